"""Whole counts of cells that meet every count of every split.

How likely each cell is, is known from a probe; these shares are fitted to the counts (iterative
proportional fitting: Deming & Stephan 1940) and made whole by an integer programme.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from app.engine.plan.asked.probe import Cell, Probe
from app.engine.plan.asked.reading import Asked

ROUNDS = 200

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


def whole_counts(probe: Probe, asked: Asked) -> Counts | None:
    """Rows of each cell of a probe, shape (cells,); None where none meet all that is asked."""
    cells = probe.cells
    is_open = np.array([not asked.fills or _is_asked(cell, asked) for cell in cells], dtype=bool)
    if not is_open.any():
        return None
    margins, wanted = _margins(cells, asked)
    likely = np.array([probe.found[cell] for cell in cells], dtype=float) * is_open
    return _nearest_whole(_fitted(likely, margins, wanted), margins, wanted, is_open)


def reach_of(probe: Probe, asked: Asked, place: int) -> tuple[int, int] | None:
    """The fewest and the most rows that the first part of a split can have while all other splits
    have their counts; None where these do not go together either."""
    from scipy.optimize import LinearConstraint, milp

    others = asked.splits[:place] + asked.splits[place + 1 :]
    rest = [cell[:place] + cell[place + 1 :] for cell in probe.cells]
    margins, wanted = _margins(rest, replace(asked, splits=others, fills=False))
    inside = np.array([cell[place] == 0 for cell in probe.cells], dtype=float)
    whole = np.ones(len(rest), dtype=np.int64)
    met = LinearConstraint(margins, wanted, wanted)
    found = [milp(sign * inside, integrality=whole, constraints=met).x for sign in (1, -1)]
    if any(each is None for each in found):
        return None
    low, high = (round(float(inside @ each)) for each in found)
    return low, high


def _is_asked(cell: Cell, asked: Asked) -> bool:
    """Whether rows of a cell are in a part that was asked for."""
    return any(part < len(s.counts) - 1 for s, part in zip(asked.splits, cell, strict=True))


def _margins(cells: list[Cell], asked: Asked) -> tuple[Floats, Floats]:
    """Which cells are in each part, shape (parts, cells), and the rows of each, shape (parts,)."""
    table = np.array(cells, dtype=np.intp).reshape(len(cells), len(asked.splits))
    rows = [np.ones(len(cells))]
    wanted = [asked.rows]
    for place, split in enumerate(asked.splits):
        for part, count in enumerate(split.counts):
            rows.append((table[:, place] == part).astype(float))
            wanted.append(count)
    return np.array(rows), np.array(wanted, dtype=float)


def _fitted(shares: Floats, margins: Floats, wanted: Floats) -> Floats:
    """Rows of each cell, not whole, that come near to all counts; shape (cells,)."""
    found = shares / max(shares.sum(), 1.0) * wanted[0]
    for _ in range(ROUNDS):
        for inside, count in zip(margins, wanted, strict=True):
            there = float(inside @ found)
            found = np.where(inside > 0, found * (count / there if there else 1.0), found)
    return found


def _nearest_whole(
    ideal: Floats,
    margins: Floats,
    wanted: Floats,
    is_open: NDArray[np.bool_],
) -> Counts | None:
    """Whole rows of each cell that meet all counts and differ least from the ideal ones."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    size = len(ideal)
    unit = np.eye(size)  # of counts, and of how far they are from the ideal ones
    most = np.where(is_open, wanted[0], 0.0)
    found = milp(
        np.concatenate([np.zeros(size), np.ones(size)]),
        integrality=np.concatenate([np.ones(size), np.zeros(size)]),
        bounds=Bounds(np.zeros(2 * size), np.concatenate([most, np.full(size, np.inf)])),
        constraints=[
            LinearConstraint(np.hstack([margins, np.zeros_like(margins)]), wanted, wanted),
            LinearConstraint(np.hstack([unit, -unit]), -np.inf, ideal),
            LinearConstraint(np.hstack([unit, unit]), ideal, np.inf),
        ],
    )
    if found.x is None:
        return None
    counts = np.round(found.x[:size]).astype(np.int64)
    return counts if np.array_equal(margins @ counts, wanted) else None
