"""How near pairs of columns of synthetic rows come to the real ones.

Each column is cut into cells by its real rows: numbers into ten of about equal mass, labels into
the ten most frequent and all others. What no real row has (beyond the least or greatest number, a
label that is unknown) has cells of its own, and so has what is missing: nothing is clipped away.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from app.engine.evaluation.row_space import Array, LabelAxis, NumberAxis, RowSpace

CELLS = 10

Cells = NDArray[np.intp]


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
    cells = [[_cells(axis, each[:, n]) for each in tables] for n, axis in enumerate(space.axes)]
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


def _cells(axis: LabelAxis | NumberAxis, values: Array) -> Cells:
    """Number of each value's cell, 0 where it is missing; shape (rows,)."""
    missing = np.isnan(values)
    known = np.where(missing, 0.0, values)
    found = _label_cells(axis, known) if isinstance(axis, LabelAxis) else _bins(axis, known)
    return np.where(missing, 0, found + 1)


def _label_cells(axis: LabelAxis, known: Array) -> Cells:
    frequent = np.minimum(known, CELLS).astype(np.intp)
    return np.where(known >= len(axis.labels), CELLS + 1, frequent)


def _bins(axis: NumberAxis, known: Array) -> Cells:
    if not len(axis.ordered):
        return np.zeros(len(known), dtype=np.intp)
    places = np.linspace(0, len(axis.ordered) - 1, CELLS + 1).astype(np.intp)
    inner = np.unique(axis.ordered[places][1:-1])
    found = 1 + np.searchsorted(inner, known, side="right")
    beyond = np.where(known > axis.ordered[-1], len(inner) + 2, found)
    return np.where(known < axis.ordered[0], 0, beyond).astype(np.intp)
