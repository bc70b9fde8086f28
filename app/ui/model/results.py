"""What a finished job made: facts worth showing first, rows from the beginning of its file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.engine.evaluation.documents import MeasuredFact
from app.engine.profiling.targets import target_by_column
from app.ui.model.histograms import Histogram, named
from app.ui.model.values import figure_text

Fact = MeasuredFact
Row = dict[str, Any]


@dataclass(frozen=True)
class Facts:
    """Facts that do not hold, those that say something, and plain checks that found nothing."""

    broken: tuple[Fact, ...]
    informative: tuple[Fact, ...]
    plain: tuple[Fact, ...]

    @property
    def number(self) -> int:
        return len(self.broken) + len(self.informative) + len(self.plain)

    @property
    def holding(self) -> int:
        return self.number - len(self.broken)


def titled(facts: Sequence[Fact]) -> list[Fact]:
    """The facts with the name of the table before them where they are of several."""
    if len({fact["table"] for fact in facts}) < 2:
        return list(facts)
    return [{**fact, "fact": f"{fact['table']}: {fact['fact']}"} for fact in facts]


def sort_facts(facts: Sequence[Fact]) -> Facts:
    broken = tuple(fact for fact in facts if not fact["holds"])
    held = [fact for fact in facts if fact["holds"]]
    plain = tuple(fact for fact in held if _is_plain(fact))
    return Facts(broken, tuple(fact for fact in held if not _is_plain(fact)), plain)


def _is_plain(fact: Fact) -> bool:
    """Whether it only says that nothing was found where nothing should be."""
    return fact["declared"] in (0, 0.0) and fact["observed"] in (0, 0.0)


def value_text(value: Any) -> str:
    """A declared or observed value, ranges as `0 … 5`."""
    if value is None:
        return "–"
    if isinstance(value, list | tuple):
        return " … ".join("" if each is None else value_text(each) for each in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return figure_text(value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def rows_of_csv(text: str, *, whole: bool) -> list[Row]:
    """Records of the beginning of a CSV file; its last line counts only where it is `whole`.

    Numbers are read as such, empty cells as None.
    """
    lines = list(csv.reader(io.StringIO(text)))
    if not whole:
        lines = lines[:-1]
    if not lines:
        return []
    names = lines[0]
    return [
        dict(zip(names, map(_value, line), strict=True))
        for line in lines[1:]
        if len(line) == len(names)
    ]


def _value(cell: str) -> Any:
    if cell == "":
        return None
    if cell in {"true", "false"}:
        return cell == "true"
    try:
        return int(cell) if cell.lstrip("-").isdigit() and len(cell) < 16 else float(cell)
    except ValueError:
        return cell


@dataclass(frozen=True)
class Against:
    """The target by the values of a column: a figure for each bar, None where it has few rows."""

    column: Histogram
    figures: tuple[float | None, ...]


def against_target(rows: Sequence[Row], column: str, target: str, positive: str) -> Against | None:
    """Share of the positive label, or mean of the target, by the values of a column."""
    found = target_by_column(rows, column, target, positive)
    return None if found is None else Against(named(found.column), found.figures)
