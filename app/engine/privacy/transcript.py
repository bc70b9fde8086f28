"""Everything that came out of private rows in one execution: what models are fitted on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.engine.privacy.discrete_gaussian import Counts
from app.engine.privacy.events import (
    Event,
    GaussianEvent,
    SelectionEvent,
    canonical,
    event_document,
)


@dataclass(frozen=True, eq=False, slots=True)
class Measurement:
    """A marginal with noise.

    Args:
        counts: of each cell, the last column's place running fastest; shape (cells,).
    """

    event: GaussianEvent
    counts: Counts

    @property
    def columns(self) -> tuple[str, ...]:
        return self.event.columns

    @property
    def sigma(self) -> float:
        """Standard deviation of the noise, in rows."""
        return float(np.sqrt(self.event.variance * 1e-6))


@dataclass(frozen=True, slots=True)
class Choice:
    """A marginal that was chosen among others.

    Args:
        candidates: their columns.
        chosen: number of one of them.
    """

    event: SelectionEvent
    candidates: tuple[tuple[str, ...], ...]
    chosen: int


Entry = Measurement | Choice


@dataclass(frozen=True, slots=True)
class Transcript:
    """Entries in the order in which they came out."""

    entries: tuple[Entry, ...] = ()

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(entry.event for entry in self.entries)

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        return tuple(each for each in self.entries if isinstance(each, Measurement))

    @property
    def hash(self) -> str:
        """SHA-256 of the entries in canonical JSON, in hexadecimal digits."""
        return hashlib.sha256(canonical([_document(each) for each in self.entries])).hexdigest()


def _document(entry: Entry) -> dict[str, Any]:
    if isinstance(entry, Measurement):
        return {**event_document(entry.event), "counts": entry.counts.tolist()}
    candidates = [list(each) for each in entry.candidates]
    return {**event_document(entry.event), "among": candidates, "chosen": entry.chosen}
