"""Distances between the rows of two tables, and to each row's nearest neighbours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.engine.evaluation.contest import Contest
from app.engine.evaluation.row_space import Array, RowSpace

MOST_ROWS = 2_500  # of each table; every row is compared with every other one
DECIMALS = 6


def distances(points: Array, others: Array) -> Array:
    """Euclidean distances, rounded so that equal rows lie at 0 and ties are ties; shape
    (points, others)."""
    found = points @ (-2.0 * others.T)
    found += (points**2).sum(axis=1)[:, None]
    found += (others**2).sum(axis=1)
    np.sqrt(np.maximum(found, 0.0, out=found), out=found)
    rounded: Array = np.round(found, DECIMALS, out=found)
    return rounded


def radii(points: Array, *neighbours: int) -> list[Array]:
    """Distance of each point to its k-th nearest other point, for each k, to the farthest where
    there are fewer; 0 where as many are equal to it. Shape (points,) each."""
    found = distances(points, points)
    np.fill_diagonal(found, -1.0)  # itself comes first
    places = [min(k, len(points) - 1) for k in neighbours]
    found.partition(places, axis=1)
    return [found[:, place].clip(min=0.0) for place in places]


def points_of(contest: Contest, real: Array, rows: Array) -> tuple[Array, Array]:
    """As many real as other rows, as points; see `RowSpace.coordinates`."""
    count = min(contest.compared_rows, MOST_ROWS)
    space = RowSpace(contest.space.axes[: contest.neighbour_columns])
    first, second = (space.coordinates(each[:count]).astype(np.float64) for each in (real, rows))
    return first, second


def share_of_zeros(values: NDArray[np.float64]) -> float:
    return float((values == 0).mean())
