"""Distances to the nearest row of another table."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float32]

BLOCK = 512


def nearest_distances(points: Points, others: Points) -> NDArray[np.float32]:
    """Euclidean distance of each point to the nearest of the others, shape (rows,).

    Distances are rounded to 1/1000, so that equal rows lie at 0 and ties are ties.
    """
    lengths = (others * others).sum(axis=1)
    found = np.empty(len(points), dtype=np.float32)
    for start in range(0, len(points), BLOCK):
        block = points[start : start + BLOCK]
        products = lengths - 2.0 * (block @ others.T)
        squares = products.min(axis=1) + (block * block).sum(axis=1)
        found[start : start + BLOCK] = np.sqrt(np.maximum(squares, 0.0))
    return np.round(found, 3)
