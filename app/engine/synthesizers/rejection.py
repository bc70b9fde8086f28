"""Rows that fulfil conditions, from the distribution that the model has given these.

Candidates are drawn as ever, and those that fulfil every condition are kept (von Neumann 1951):
what is kept is distributed as the model's rows are given the conditions, and nothing is written
over. A candidate is given up as soon as the columns that a condition reads are there, so that what
is asked of the first columns costs little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.errors import GenerationError
from app.engine.seeds import Stream
from app.engine.synthesizers.base import BLOCK_ROWS, Model, even_uniforms
from app.engine.synthesizers.drawing import Drawing
from app.engine.synthesizers.values import DrawnValues

MOST_CANDIDATES = 1 << 22
"""For the rows of one block that are expected, at most; a block gives up at four times as many."""
FEWEST_CANDIDATES = 256

Drawn = dict[str, DrawnValues]


class Clause(Protocol):
    """A condition on single rows; a value that can be pickled."""

    @property
    def columns(self) -> frozenset[str]:
        """Those that it reads."""

    def mask(self, cells: Mapping[str, pa.Array]) -> NDArray[np.bool_]:
        """Where it is fulfilled, shape (rows,)."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that fulfil the same conditions.

    Args:
        rows: how many are wanted of the whole table.
        share: of all rows that the model draws; above 0.
    """

    clauses: tuple[Clause, ...]
    rows: int
    share: float


def candidates(
    model: Model, rows: int, clauses: Sequence[Clause], stream: Stream, columns: int | None = None
) -> Drawing:
    """Those of `rows` drawn rows that fulfil all clauses, in the order in which they were drawn.

    Args:
        rows: at most BLOCK_ROWS.
        columns: how many of the model's columns are drawn; None for all.
    """
    drawing = model.drawing(rows)
    waiting = list(clauses)
    for column in drawing.columns[:columns]:
        drawing.advance(even_uniforms(drawing.rows, stream.child("column", column.name)))
        for clause in [each for each in waiting if each.columns <= drawing.drawn.keys()]:
            waiting.remove(clause)
            _keep(drawing, clause)
    return drawing


def accepted(model: Model, group: Group, rows: int, stream: Stream) -> Drawn:
    """So many rows of a group; the same for the same arguments.

    Raises:
        GenerationError: after many times as many candidates as it was expected to take.
    """
    parts: list[Drawn] = []
    found, tried, turn = 0, 0, 0
    while not parts or found < rows:
        if tried > 4 * MOST_CANDIDATES:
            raise GenerationError(
                f"of {tried:,} rows drawn only {found:,} fulfil the conditions; ask for fewer rows"
            )
        expected = int((rows - found) / group.share * 1.1) + FEWEST_CANDIDATES
        size = min(expected, BLOCK_ROWS) if rows else 0
        drawing = candidates(model, size, group.clauses, stream.child("turn", turn))
        if drawing.rows > rows - found:
            drawing.take(np.arange(rows - found))
        parts.append(drawing.drawn)
        found, tried, turn = found + drawing.rows, tried + size, turn + 1
    return joined(parts)


def joined(parts: Sequence[Drawn]) -> Drawn:
    """Rows after one another, of the same columns."""
    return {name: DrawnValues.joined([part[name] for part in parts]) for name in parts[0]}


def _keep(drawing: Drawing, clause: Clause) -> None:
    mask = clause.mask(drawing.cells(sorted(clause.columns)))
    if not mask.all():
        drawing.take(np.flatnonzero(mask))
