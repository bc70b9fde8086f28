"""Declared facts, and how each of them is measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.engine.evaluation.accumulator import Accumulator, Json


@dataclass(frozen=True, slots=True)
class DeclaredFact:
    """A promise about one table.

    Args:
        fact: what is promised, in plain words, such as ``share of Churned=Inactive``.
        declared: the value promised; of what must hold in every row: 0 rows that break it.
        tolerance: how far the observed value may lie from it, for the planned number of rows.
        note: what the value means, where the fact's words leave it open.
    """

    table: str
    fact: str
    declared: Json
    tolerance: float = 0.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class FactResult:
    """A declared fact with what the finished files hold; `observed` is None where they could not
    be read."""

    table: str
    fact: str
    declared: Json
    observed: Json
    tolerance: float
    holds: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Measurement:
    """Facts of one table that are measured together.

    Args:
        start: makes a new accumulator, whose outcomes are those of `facts` in their order.
    """

    facts: tuple[DeclaredFact, ...]
    start: Callable[[], Accumulator]
