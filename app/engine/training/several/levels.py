"""How many rows lie above each row of a table that refers to itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.engine.synthesizers.table import MISSING

Rows = NDArray[np.int64]


def levels_of(above: Rows) -> Rows | None:
    """How many rows lie above each one, shape (rows,); None where some go round in circles.

    Args:
        above: the row that each row refers to, MISSING or the row itself for none; shape (rows,).
    """
    places = np.arange(len(above))
    found = np.where((above == MISSING) | (above == places), 0, MISSING)
    while len(left := np.flatnonzero(found == MISSING)):
        known = left[found[above[left]] != MISSING]
        if not len(known):
            return None
        found[known] = found[above[known]] + 1
    return found


def refers_to_itself(above: Rows) -> bool:
    """Whether most rows that have none above say so by referring to themselves."""
    itself = int((above == np.arange(len(above))).sum())
    return itself > int((above == MISSING).sum())
