"""Distances to the rows of another table, a block of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Points: TypeAlias = NDArray[np.float32]
Distances: TypeAlias = NDArray[np.float32]

BLOCK = 128


def squared_distances(points: Points, others: Points) -> Iterator[tuple[slice, Distances]]:
    """Squared Euclidean distances of each point to each of the others, so many points at a time:
    which points, and their distances, shape (some points, others), in an array of the caller's."""
    lengths = (others * others).sum(axis=1)
    for start in range(0, len(points), BLOCK):
        block = points[start : start + BLOCK]
        squares = block @ others.T
        squares *= -2.0
        squares += lengths
        squares += (block * block).sum(axis=1)[:, None]
        yield slice(start, start + len(block)), np.maximum(squares, 0.0, out=squares)


def nearest_distances(points: Points, others: Points) -> Distances:
    """Euclidean distance of each point to the nearest of the others, shape (points,).

    Distances are rounded to 1/1000, so that equal rows lie at 0 and ties are ties.
    """
    found = np.empty(len(points), dtype=np.float32)
    for rows, squares in squared_distances(points, others):
        found[rows] = squares.min(axis=1)
    return _rounded(found)


def nearest_two(points: Points, others: Points) -> Distances:
    """Euclidean distances of each point to the nearest and the second nearest of the others, which
    are two at least; shape (points, 2). Rounded to 1/1000."""
    found = np.empty((len(points), 2), dtype=np.float32)
    for rows, squares in squared_distances(points, others):
        nearest = squares.argmin(axis=1)[:, None]
        found[rows, :1] = np.take_along_axis(squares, nearest, axis=1)
        np.put_along_axis(squares, nearest, np.inf, axis=1)
        found[rows, 1] = squares.min(axis=1)
    return _rounded(found)


def nearest_rows(points: Points, others: Points) -> NDArray[np.intp]:
    """Number of the nearest of the others, the first of several; shape (points,)."""
    found = np.empty(len(points), dtype=np.intp)
    for rows, squares in squared_distances(points, others):
        found[rows] = squares.argmin(axis=1)
    return found


def _rounded(squares: Distances) -> Distances:
    return np.round(np.sqrt(squares), 3).astype(np.float32)
