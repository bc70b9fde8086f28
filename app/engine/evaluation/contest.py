"""Tables ready to be measured, beside what they are compared with."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from app.engine.evaluation.judged_cells.faults import ReadFaults
from app.engine.evaluation.judged_rules import JudgedRule
from app.engine.evaluation.row_space import Array, RowSpace, TextAxis, row_space, text_numbers
from app.engine.seeds import generator

SYNTHETIC, HOLDOUT = "synthetic", "holdout"


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
        rules: that every real row keeps.
        faults: what is wrong with the cells of the synthetic table, and of the held-out one where
            there is one, as they were read.
        neighbour_columns: how many columns, the first ones, neighbours are looked for by where
            diversity is measured; None for all.
        texts: for the number of each column of texts the text that each of its numbers stands for.
    """

    space: RowSpace
    train: Array
    holdout: Array
    synthetic: Array
    shuffled: Array
    copy: Array
    target: int | None = None
    seed: int = 0
    rules: tuple[JudgedRule, ...] = ()
    faults: Mapping[str, ReadFaults] = field(default_factory=dict)
    neighbour_columns: int | None = None
    texts: Mapping[int, Mapping[float, str]] = field(default_factory=dict)

    @property
    def compared_rows(self) -> int:
        """How many rows of each table are compared, so that the synthetic rows and what they stand
        beside have as many as each other."""
        return min(len(self.train), len(self.holdout), len(self.synthetic))

    def faults_of(self, rows: Array) -> ReadFaults | None:
        """What is wrong with the cells of the table that rows are from; None where nobody looked,
        or where the rows are from none.

        The real table says what is right, so nothing of it is wrong.
        """
        if not self.faults or rows is self.shuffled or rows is self.copy:
            return None
        which = {id(self.synthetic): SYNTHETIC, id(self.holdout): HOLDOUT}.get(id(rows), "")
        return self.faults.get(which, self._without_fault(rows))

    def _without_fault(self, rows: Array) -> ReadFaults:
        has_key = any(each.repeated is not None for each in self.faults.values())
        return ReadFaults(len(rows), 0.0, {}, 0.0 if has_key else None)


def contest(
    train: pa.Table,
    holdout: pa.Table,
    synthetic: pa.Table,
    target: str | None = None,
    seed: int = 0,
    rules: tuple[JudgedRule, ...] = (),
    faults: Mapping[str, ReadFaults] | None = None,
    texts: Collection[str] = (),
) -> Contest:
    """Tables that have the same columns, ready to be measured.

    Args:
        train: the rows that were learned.
        holdout: real rows that were not.
        target: the column that models are to predict.
        seed: of the order of rows, the shuffled columns and the copy.
        rules, faults: as `Contest`.
        texts: names of columns whose values are texts rather than labels.
    """
    space = row_space(train, holdout, texts=texts)
    rng = generator(seed)
    first, second, third = (
        rng.permutation(space.numbers(each), axis=0) for each in (train, holdout, synthetic)
    )
    shuffled = np.column_stack([rng.permutation(column) for column in first.T])
    copy = first[rng.integers(len(first), size=len(first))]
    place = None if target is None else space.names.index(target)
    return Contest(
        space, first, second, third, shuffled, copy, place, seed, rules, faults or {},
        texts={
            place: _known_texts(axis.name, (train, holdout, synthetic))
            for place, axis in enumerate(space.axes)
            if isinstance(axis, TextAxis)
        },
    )  # fmt: skip


def _known_texts(name: str, tables: Sequence[pa.Table]) -> dict[float, str]:
    """The text of each number of a column of texts."""
    found: dict[float, str] = {}
    for table in tables:
        column = pc.drop_null(table[name])
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        found |= zip(text_numbers(column).tolist(), column.to_pylist(), strict=True)
    return found
