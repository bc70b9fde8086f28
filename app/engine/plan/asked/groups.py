"""The groups of rows that together meet every count that is asked.

Every condition and every share says counts of its own. Rows are kept apart by all of them at once:
by *cells*, one part of each split.
"""

from __future__ import annotations

from app.engine.plan.asked.counts import Counts, whole_counts
from app.engine.plan.asked.probe import Cell, Probe, draw_probe
from app.engine.plan.asked.reading import Asked
from app.engine.plan.asked.splits import clauses_of
from app.engine.plan.asked.unreachable import check_cells, check_cost, check_values, unreachable
from app.engine.seeds import Stream
from app.engine.synthesizers.base import BLOCK_ROWS, Model
from app.engine.synthesizers.rejection import Clause, Group

TURNS = (1 << 12, 1 << 14, *[BLOCK_ROWS] * 3)  # rows that cells are counted in, as it takes more
ENOUGH = 10  # rows of a cell, that its share is known well enough to draw it
ENOUGH_OF_SEVERAL = 50  # where the counts of cells are fitted to it


def groups_of(model: Model, asked: Asked, stream: Stream) -> tuple[Group, ...]:
    """The groups of rows that together meet every count.

    Raises:
        ConflictError: counts that cannot be met, with what can be reached.
    """
    check_values(model, asked)
    probe, counts = _probed(model, asked, stream)
    if counts is None:
        raise unreachable(probe, asked)
    groups = {
        cell: Group(_clauses(asked, cell), int(count), probe.share(cell))
        for cell, count in zip(probe.cells, counts, strict=True)
        if count
    }
    check_cost(groups, probe, asked)
    return tuple(groups.values())


def _probed(model: Model, asked: Asked, stream: Stream) -> tuple[Probe, Counts | None]:
    """Cells of so many rows as it takes, and the rows of each that meet what is asked."""
    enough = ENOUGH if len(asked.splits) < 2 else ENOUGH_OF_SEVERAL
    probe, counts = Probe(), None
    for turn, rows in enumerate(TURNS):
        draw_probe(model, asked, rows, stream.child("turn", turn), probe)
        check_cells(probe)
        counts = whole_counts(probe, asked)
        if counts is not None and _fewest(probe, counts) >= enough:
            break
    return probe, counts


def _fewest(probe: Probe, counts: Counts) -> int:
    """The rows that were found of the rarest cell that is wanted."""
    hits = [probe.found[cell] for cell, count in zip(probe.cells, counts, strict=True) if count]
    return min(hits, default=ENOUGH_OF_SEVERAL)


def _clauses(asked: Asked, cell: Cell) -> tuple[Clause, ...]:
    parts = [clauses_of(split, part) for split, part in zip(asked.splits, cell, strict=True)]
    return sum(parts, asked.always)
