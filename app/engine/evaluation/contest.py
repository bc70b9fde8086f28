"""Tables ready to be measured, beside what they are compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from app.engine.evaluation.row_space import Array, RowSpace, row_space
from app.engine.seeds import generator


@dataclass(frozen=True, slots=True)
class Contest:
    """Real and synthetic rows as numbers of one space, in random order, shape (rows, columns) each.

    Args:
        train: the rows that were learned.
        holdout: real rows that were not.
        shuffled: training rows, each column in an order of its own.
        copy: training rows drawn with replacement.
        target: number of the column that models are to predict; None where none was named.
        seed: of whatever a measure draws; see `app.engine.seeds`.
    """

    space: RowSpace
    train: Array
    holdout: Array
    synthetic: Array
    shuffled: Array
    copy: Array
    target: int | None = None
    seed: int = 0

    @property
    def compared_rows(self) -> int:
        """How many rows of each table are compared, so that the synthetic rows and what they stand
        beside have as many as each other."""
        return min(len(self.train), len(self.holdout), len(self.synthetic))


def contest(
    train: pa.Table,
    holdout: pa.Table,
    synthetic: pa.Table,
    target: str | None = None,
    seed: int = 0,
) -> Contest:
    """Tables that have the same columns, ready to be measured.

    Args:
        train: the rows that were learned.
        holdout: real rows that were not.
        target: the column that models are to predict.
        seed: of the order of rows, the shuffled columns and the copy.
    """
    space = row_space(train, holdout)
    rng = generator(seed)
    first, second, third = (
        rng.permutation(space.numbers(each), axis=0) for each in (train, holdout, synthetic)
    )
    shuffled = np.column_stack([rng.permutation(column) for column in first.T])
    copy = first[rng.integers(len(first), size=len(first))]
    place = None if target is None else space.names.index(target)
    return Contest(space, first, second, third, shuffled, copy, place, seed)
