"""From declared shares of learned columns to whole numbers of rows of each kind.

What a model draws is cut into cells, of which each is a segment of every column that has shares.
Cells have weights, which are raked (iterative proportional fitting; Deming & Stephan 1940): among
all weights with the declared shares, these lie nearest to what was learned. They are then rounded
so that every share is exact in every column at once, which is a small integer program.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.generators.apportionment import ExactApportionment

ROUNDS = 500
CLOSE = 1e-9
REACHED = 1e-6
SECONDS = 20.0

Array = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class OutOfReach(Exception):  # noqa: N818
    """Shares that the model's rows cannot have together.

    Args:
        column, segment: numbers of one that is missed.
        reached: its share, as near as it comes; None where only whole numbers are in the way.
    """

    column: int
    segment: int
    reached: float | None


def rows_of_cells(seen: Whole, margins: Sequence[ExactApportionment]) -> Whole:
    """Rows of each cell, so that every column has its margin.

    Args:
        seen: rows of each cell in a sample, of shape (segments of the first column, …).
        margins: of each column; all sum to the same.

    Raises:
        OutOfReach: where there are no such numbers.
    """
    counts = [np.asarray(margin.counts, dtype=np.int64) for margin in margins]
    weights = raked(seen, [np.asarray(margin.shares) for margin in margins])
    if len(counts) == 1:
        return counts[0]
    return _rounded(weights, counts)


def raked(seen: Whole, shares: Sequence[Array]) -> Array:
    """Weights of the cells, summing to 1, with the shares of each column; shape of `seen`.

    Raises:
        OutOfReach: where no weights on the cells that the model draws have them.
    """
    weights = seen / max(float(seen.sum()), 1.0)
    for _ in range(ROUNDS):
        for column, wanted in enumerate(shares):
            weights = weights * _factors(weights, column, wanted)
        if max(abs(_sums(weights, i) - each).max() for i, each in enumerate(shares)) < CLOSE:
            break
    for column, wanted in enumerate(shares):
        off = np.abs(_sums(weights, column) - wanted)
        if off.max() > REACHED:
            segment = int(off.argmax())
            raise OutOfReach(column, segment, float(_sums(weights, column)[segment]))
    return weights


def _factors(weights: Array, column: int, wanted: Array) -> Array:
    there = _sums(weights, column)
    factors = np.divide(wanted, there, out=np.zeros_like(wanted), where=there > 0)
    shape = [1] * weights.ndim
    shape[column] = -1
    return factors.reshape(shape)


def _sums(weights: Array, column: int) -> Array:
    others = tuple(axis for axis in range(weights.ndim) if axis != column)
    return np.asarray(weights.sum(axis=others))


def _rounded(weights: Array, counts: Sequence[Whole]) -> Whole:
    """Whole numbers near to the weights with the margins `counts`.

    Raises:
        OutOfReach: where there are none.
    """
    total = int(counts[0].sum())
    used = np.flatnonzero(weights.ravel() > 0)
    ideal = weights.ravel()[used] * total
    floors = np.floor(ideal + 1e-7).astype(np.int64)
    memberships = np.vstack(_memberships(used, weights.shape))
    left = np.concatenate(counts) - memberships @ floors
    for below, above in ((0, 1), (1, 2), (4, 5)):
        more = _whole_solution(memberships, left, ideal - floors, np.minimum(floors, below), above)
        if more is not None:
            found = np.zeros(weights.size, dtype=np.int64)
            found[used] = floors + more
            return found.reshape(weights.shape)
    raise OutOfReach(0, int(np.abs(left[: len(counts[0])]).argmax()), None)


def _memberships(used: NDArray[np.intp], shape: tuple[int, ...]) -> list[NDArray[np.int64]]:
    """Which of the used cells belong to each segment, of shape (segments, cells) for a column."""
    places = np.unravel_index(used, shape)
    return [
        (np.arange(size)[:, None] == place[None, :]).astype(np.int64)
        for size, place in zip(shape, places, strict=True)
    ]


def _whole_solution(
    memberships: Whole, left: Whole, fractions: Array, below: Whole, above: int
) -> Whole | None:
    """What is added to each cell so that nothing is left, rather where a fraction is large; None
    where there is no solution."""
    from app.engine.special_functions import lean_numpy

    with lean_numpy():
        from scipy.optimize import Bounds, LinearConstraint, milp

    found = milp(
        c=np.round(0.5 - fractions, 9),
        integrality=np.ones(len(fractions), dtype=np.int64),
        bounds=Bounds(-below.astype(float), np.full(len(fractions), float(above))),
        constraints=LinearConstraint(memberships, left, left),
        options={"time_limit": SECONDS},
    )
    if found.x is None:
        return None
    more = np.rint(found.x).astype(np.int64)
    return more if (memberships @ more == left).all() else None
