"""Columns cut into cells by the real rows, so that shares of rows can be compared.

Numbers have ten cells of about equal mass, and a value that holds more than that has one of its
own; labels have one for each of the ten most frequent and one for all others. What no real row has
(beyond the least or greatest number, a label that is unknown) has cells of its own, and so has what
is missing: nothing is clipped away.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.engine.evaluation.row_space import Array, LabelAxis, NumberAxis, RowSpace

CELLS = 10

Cells = NDArray[np.intp]


def row_cells(space: RowSpace, values: Array) -> Cells:
    """Number of each value's cell in its column, 0 where it is missing; shape (rows, columns)."""
    found = [column_cells(axis, values[:, place]) for place, axis in enumerate(space.axes)]
    return np.column_stack(found)


def column_cells(axis: LabelAxis | NumberAxis, values: Array) -> Cells:
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
    ends, times = np.unique(axis.ordered[places][1:-1], return_counts=True)
    inner = np.union1d(ends, np.nextafter(ends[times > 1], np.inf))
    found = 1 + np.searchsorted(inner, known, side="right")
    beyond = np.where(known > axis.ordered[-1], len(inner) + 2, found)
    return np.where(known < axis.ordered[0], 0, beyond).astype(np.intp)
