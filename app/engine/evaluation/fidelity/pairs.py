"""How near pairs of columns of synthetic rows come to the real ones."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from app.engine.evaluation.fidelity.cells import Cells, column_cells
from app.engine.evaluation.row_space import Array, RowSpace


@dataclass(frozen=True, slots=True)
class PairFidelity:
    """Two columns of synthetic rows beside the held-out rows.

    Args:
        distance: half the sum of the differences of shares over the cells of the two (total
            variation).
        ceiling: the same of as many other real rows.
        floor: the same of independent columns.
    """

    first: str
    second: str
    distance: float
    ceiling: float
    floor: float


def pair_fidelity(
    space: RowSpace, train: Array, holdout: Array, synthetic: Array, shuffled: Array
) -> tuple[PairFidelity, ...]:
    """All pairs; tables are numbers of the space, shape (rows, columns) each."""
    rows = min(len(train), len(synthetic))
    tables = (holdout, synthetic[:rows], train[:rows], shuffled[:rows])
    cells = [
        [column_cells(axis, each[:, n]) for each in tables] for n, axis in enumerate(space.axes)
    ]
    return tuple(
        PairFidelity(space.names[a], space.names[b], *_distances(cells[a], cells[b]))
        for a, b in combinations(range(len(space.axes)), 2)
    )


def _distances(first: list[Cells], second: list[Cells]) -> list[float]:
    """Of each table but the first to the first."""
    width = 1 + max(int(each.max(initial=0)) for each in second)
    size = width * (1 + max(int(each.max(initial=0)) for each in first))
    shares = [
        np.bincount(a * width + b, minlength=size) / max(len(a), 1)
        for a, b in zip(first, second, strict=True)
    ]
    return [float(np.abs(each - shares[0]).sum() / 2.0) for each in shares[1:]]
