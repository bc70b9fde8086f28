"""What the declarations of a table's facts may look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from app.engine.evaluation.accumulator import Accumulator, Json
from app.engine.evaluation.accumulators.violations import Check, ViolationsAccumulator
from app.engine.evaluation.measurement import DeclaredFact, Measurement
from app.engine.evaluation.target_model import KnownTarget
from app.engine.generators.base import Generator
from app.engine.generators.missing import WithMissing
from app.engine.schema.models import Column, Table

RANDOM = "random sampling: within 4 standard deviations of independent draws"


@dataclass(frozen=True, slots=True)
class TableScope:
    """One declared table with its plan.

    Args:
        rows: planned rows.
        generators: planned columns by name; empty where rows come from elsewhere.
        sampling: ``exact`` or ``random``.
        known_target: what the plan knows of the target.
        read: declared columns of ancestors that the table reads, as ``table.column``.
        rows_of: planned rows of every table.
    """

    table: Table
    rows: int
    schema: pa.Schema
    sampling: str
    generators: dict[str, Generator] = field(default_factory=dict)
    known_target: KnownTarget | None = None
    read: dict[str, Column] = field(default_factory=dict)
    rows_of: dict[str, int] = field(default_factory=dict)

    def generator(self, name: str) -> Any:
        """The generator of a column's values, nulls left aside; None where there is none."""
        found = self.generators.get(name)
        return found.inner if isinstance(found, WithMissing) else found

    def one(
        self,
        fact: str,
        declared: Json,
        start: Callable[[], Accumulator],
        tolerance: float = 0.0,
        note: str = "",
    ) -> Measurement:
        """The measurement of a single fact."""
        return Measurement((self.fact(fact, declared, tolerance, note),), start)

    def every_row(self, fact: str, broken: Check, note: str) -> Measurement:
        """The measurement of a fact that holds in every row."""
        note = f"rows that break it; {note}"
        return self.one(fact, 0, lambda: ViolationsAccumulator(broken), note=note)

    def fact(
        self, fact: str, declared: Json, tolerance: float = 0.0, note: str = ""
    ) -> DeclaredFact:
        return DeclaredFact(self.table.name, fact, declared, tolerance, note)

    def noted(self, *notes: str) -> str:
        """The notes of a fact that random sampling makes a statistical one."""
        return "; ".join((*notes, RANDOM) if self.sampling == "random" else notes)
