"""Rows that a model draws to see how likely what is asked of them is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from app.engine.plan.asked.reading import Asked
from app.engine.seeds import Stream
from app.engine.synthesizers.base import Model
from app.engine.synthesizers.rejection import candidates

Cell = tuple[int, ...]
"""One part of each split."""


@dataclass(slots=True)
class Probe:
    """Cells of rows that the model drew.

    Args:
        drawn: how many rows, those that do not fulfil what every row has to among them.
    """

    drawn: int = 0
    found: Counter[Cell] = field(default_factory=Counter)

    @property
    def cells(self) -> list[Cell]:
        """Those that were found, in order."""
        return sorted(self.found)

    def share(self, cell: Cell) -> float:
        """Of all rows that are drawn; rather too little where few were found."""
        hits = self.found[cell]
        return (hits - hits**0.5 if hits > 1 else hits / 2) / self.drawn


def draw_probe(model: Model, asked: Asked, rows: int, stream: Stream, probe: Probe) -> None:
    """Draw rows, as far as what is asked reads it, and count its cells."""
    read = {name for clause in asked.always for name in clause.columns}
    read |= {name for split in asked.splits for name in split.columns}
    names = [column.name for column in model.drawing(0).columns]
    last = max((names.index(name) + 1 for name in read), default=0)
    drawing = candidates(model, rows, asked.always, stream, last)
    probe.drawn += rows
    cells = drawing.cells(sorted(read))
    parts = np.array([split.parts(cells) for split in asked.splits], dtype=np.intp)
    if not asked.splits:
        probe.found[()] += drawing.rows
        return
    found, hits = np.unique(parts, axis=1, return_counts=True)
    for cell, count in zip(found.T.tolist(), hits.tolist(), strict=True):
        probe.found[tuple(cell)] += count
