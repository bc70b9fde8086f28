"""A target by the values of another column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.engine.profiling.columns import bar_of, label_of, summarize
from app.engine.profiling.documents import ColumnSummary, TargetFigures

FEWEST_IN_A_BAR = 5


@dataclass(frozen=True, slots=True)
class TargetByColumn:
    """The target by the values of a column.

    Args:
        column: what the column looks like in the rows that have both.
        figures: share of the positive label, or mean of the target, for each bar and for the rest
            of the labels if there is one; None where a bar has few rows.
    """

    column: ColumnSummary
    figures: tuple[float | None, ...]


def target_by_column(
    rows: Sequence[Mapping[str, Any]], column: str, target: str, positive: str
) -> TargetByColumn | None:
    """The target in each bar of a column; None where the column has no bars.

    Args:
        rows: records that have both columns.
        positive: the label whose share is wanted; empty for the mean of a target of numbers.
    """
    pairs = [
        (row[column], figure)
        for row in rows
        if row[column] is not None and (figure := _figure(row[target], positive)) is not None
    ]
    found = summarize([value for value, _ in pairs])
    if not found["shares"]:
        return None
    bars = len(found["shares"]) + bool(found["rest"])
    gathered: list[list[float]] = [[] for _ in range(bars)]
    for value, figure in pairs:
        if (place := bar_of(found, value)) is not None:
            gathered[place].append(figure)
    return TargetByColumn(found, tuple(map(_mean, gathered)))


def targets_by_column(
    rows: Sequence[Mapping[str, Any]], target: str, positive: str
) -> dict[str, TargetFigures]:
    """As `target_by_column`, of each column of the rows that has bars, by name; as plain data."""
    names = [name for name in (rows[0] if rows else ()) if name != target]
    found = ((name, target_by_column(rows, name, target, positive)) for name in names)
    return {
        name: {"column": each.column, "figures": list(each.figures)}
        for name, each in found
        if each is not None
    }


def _figure(value: Any, positive: str) -> float | None:
    if positive:
        return float(label_of(value) == positive)
    return float(value) if isinstance(value, int | float) else None


def _mean(figures: Sequence[float]) -> float | None:
    return sum(figures) / len(figures) if len(figures) >= FEWEST_IN_A_BAR else None
