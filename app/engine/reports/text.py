"""An evaluation in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from app.engine.reports.fairness import fairness_cells, fairness_heading

MOST_COLUMNS = 10


def report_lines(document: dict[str, Any]) -> Iterator[str]:
    """Lines of text; see `app.engine.reports.document`."""
    yield f"{'':<24}{'value':>9}  {'interval':<17}{'ceiling':>9}{'floor':>9}"
    for each in document["figures"]:
        between = "" if each["low"] is None else f"{each['low']:g} to {each['high']:g}"
        numbers = f"{_number(each['ceiling'])}{_number(each['floor'])}"
        yield f"{each['title']:<24}{_number(each['value'])}  {between:<17}{numbers}"
    pairs = document["pairs"]
    if pairs["distance"] is not None:
        numbers = f"{_number(pairs['ceiling'])}{_number(pairs['floor'])}"
        yield f"{'Pairs, mean distance':<24}{_number(pairs['distance'])}  {'':<17}{numbers}"
    yield from _composite(document["composite"])
    yield from _models(document["models"])
    yield from _fairness(document.get("fairness"))
    yield ""
    yield "columns that are farthest from other real rows:"
    width = max(len(each["name"]) for each in document["columns"][:MOST_COLUMNS])
    for each in document["columns"][:MOST_COLUMNS]:
        numbers = f"{_number(each['distance'])} (real{_number(each['ceiling'])})"
        yield f"  {each['name']:<{width}}{numbers}  {each['measure']}"
    yield from (f"note: {note}" for note in document["notes"])


def _composite(found: dict[str, Any]) -> Iterator[str]:
    if found["value"] is not None:
        parts = ", ".join(f"{name} {value:g}" for name, value in found["parts"].items())
        yield f"{'Composite':<24}{_number(found['value'])}  of {parts}"


def _models(models: Sequence[dict[str, Any]]) -> Iterator[str]:
    """A line for each model with its scores."""
    if models:
        yield ""
        yield "models tested on held-out real rows:"
    for each in models:
        scores = ", ".join(f"{name} {score['value']:g}" for name, score in each["scores"].items())
        yield f"  {each['learner']}, trained on {each['trained_on']}: {scores}"


def _fairness(found: dict[str, Any] | None) -> Iterator[str]:
    """A line for each figure."""
    if found is None:
        return
    yield ""
    yield f"{fairness_heading(found)}, {found['groups']} groups (before, after, even):"
    for title, before, after, even in fairness_cells(found):
        yield f"  {title:<40}{before:>9}{after:>9}{even:>9}"


def _number(value: float | None) -> str:
    return f"{'-' if value is None else f'{value:g}':>9}"
