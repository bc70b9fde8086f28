"""What a column looks like, in words and named bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.engine.profiling.columns import summarize
from app.engine.profiling.documents import ColumnSummary
from app.ui.model.values import figure_text, short

OTHERS = "others"


@dataclass(frozen=True)
class Histogram:
    """Bars with their names; `missing` is the share of nulls, `distinct` counts different values.

    `edges` are those of numbers and moments (as seconds), and empty for labels; without `shares`
    the values are too many for bars.
    """

    names: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
    edges: tuple[float, ...] = ()
    missing: float = 0.0
    distinct: int = 0
    summary: str = ""


def histogram(values: Sequence[Any], edges: Sequence[float] = ()) -> Histogram:
    """The values of one column; `edges` of another histogram where two are to be compared."""
    return named(summarize(values, edges))


def named(found: ColumnSummary) -> Histogram:
    """A summary as the engine or the API gives it, with names for its bars."""
    shares = (*found["shares"], *([found["rest"]] if found["rest"] else ()))
    edges, missing, distinct = tuple(found["edges"]), found["missing"], found["distinct"]
    return Histogram(_names(found), shares, edges, missing, distinct, _said(found))


def _names(found: ColumnSummary) -> tuple[str, ...]:
    if not found["edges"]:
        return (*found["labels"], *([OTHERS] if found["rest"] else ()))
    step = found["edges"][1] - found["edges"][0]
    show = _day if found["kind"] == "moment" else figure_text
    return tuple(f"{show(left)} to {show(left + step)}" for left in found["edges"][:-1])


def _said(found: ColumnSummary) -> str:
    if found["kind"] == "number":
        return f"mean {figure_text(found['mean'] or 0)}, sd {figure_text(found['std'] or 0)}"
    if found["kind"] == "moment":
        return f"{_day(found['min'] or 0)} to {_day(found['max'] or 0)}"
    if found["kind"] == "other":
        return f"{found['distinct']:,} different values, such as {short(found['example'] or '')}"
    return f"{found['distinct']} labels" if found["distinct"] != 1 else "one label"


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
