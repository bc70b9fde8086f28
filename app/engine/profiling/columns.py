"""What the values of a column look like: counts of labels, or of numbers in equal steps."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from app.engine.profiling.documents import ColumnSummary

BARS = 20
MOST_LABELS = 8
# Squares of larger numbers are beyond what a number can hold.
LARGEST = 1e150


def summarize_rows(rows: Iterable[Mapping[str, Any]]) -> dict[str, ColumnSummary]:
    """Summaries of the columns of records that all have the same names; empty without rows."""
    columns: dict[str, list[Any]] = {}
    for row in rows:
        for name, value in row.items():
            columns.setdefault(name, []).append(value)
    return {name: summarize(values) for name, values in columns.items()}


def summarize(values: Sequence[Any], edges: Sequence[float] = ()) -> ColumnSummary:
    """The summary of the values of one column.

    Args:
        values: numbers, truth values, texts, moments as texts in ISO 8601; None and empty texts
            count as missing.
        edges: those of another summary where the two are to be compared; values beyond them
            count in the outer bars.
    """
    present = [each for each in values if each is not None and each != ""]
    missing = 1 - len(present) / len(values) if values else 0.0
    numbers = [number for each in present if (number := as_number(each)) is not None]
    if not present or len(numbers) < len(present):
        return _of_labels(present, missing)
    moments = isinstance(present[0], str)
    return _of_numbers(numbers, missing, edges, moments=moments)


def label_of(value: Any) -> str:
    """A label as it is written in a definition."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_number(value: Any) -> float | None:
    """A number, or a moment in seconds since 1970; None where the value is neither, or too large
    to be reckoned with."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if -LARGEST < value < LARGEST else None
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return found.replace(tzinfo=UTC).timestamp()


def bar_of(summary: ColumnSummary, value: Any) -> int | None:
    """The place of the bar that a value belongs to; None where there is none.

    What has no bar among labels belongs to the place behind the last bar, if there is a rest.
    """
    if not summary["edges"]:
        text, labels = label_of(value), summary["labels"]
        if text in labels:
            return labels.index(text)
        return len(labels) if summary["rest"] else None
    number = as_number(value)
    return None if number is None else _place(number, summary["edges"])


def _place(number: float, edges: Sequence[float]) -> int:
    steps = (number - edges[0]) / (edges[1] - edges[0])
    return int(min(max(steps, 0), len(edges) - 2))


def _summary(missing: float, distinct: int, example: str | None = None) -> ColumnSummary:
    """A summary without bars."""
    return ColumnSummary(
        kind="other",
        missing=missing,
        distinct=distinct,
        edges=[],
        labels=[],
        shares=[],
        rest=0.0,
        mean=None,
        std=None,
        min=None,
        max=None,
        example=example,
    )


def _of_labels(values: Sequence[Any], missing: float) -> ColumnSummary:
    counts = Counter(map(label_of, values))
    if len(counts) > max(MOST_LABELS, len(values) / 2):
        return _summary(missing, len(counts), str(values[0]))
    top = counts.most_common(MOST_LABELS)
    found = _summary(missing, len(counts))
    found["kind"] = "label"
    found["labels"] = [label for label, _ in top]
    found["shares"] = [count / len(values) for _, count in top]
    found["rest"] = 1 - sum(found["shares"]) if len(counts) > len(top) else 0.0
    return found


def _of_numbers(
    numbers: Sequence[float], missing: float, edges: Sequence[float], *, moments: bool
) -> ColumnSummary:
    low, high = min(numbers), max(numbers)
    edges = list(edges) or _edges(low, high)
    counts = Counter(_place(number, edges) for number in numbers)
    found = _summary(missing, len(set(numbers)))
    found["kind"] = "moment" if moments else "number"
    found["edges"] = edges
    found["shares"] = [counts[bar] / len(numbers) for bar in range(len(edges) - 1)]
    found["min"], found["max"] = low, high
    if not moments:
        found["mean"] = mean = math.fsum(numbers) / len(numbers)
        squares = math.fsum((each - mean) ** 2 for each in numbers)
        found["std"] = math.sqrt(squares / len(numbers))
    return found


def _edges(low: float, high: float) -> list[float]:
    """Equal steps; around a few whole numbers one step each. Where numbers are too close to one
    another to be distinguished in steps, a single one."""
    if low == high:
        half = max(0.5, abs(low) * 1e-9)
        return [low - half, low + half]
    if low.is_integer() and high.is_integer() and high - low < BARS:
        edges = [low - 0.5 + i for i in range(int(high - low) + 2)]
    else:
        step = (high - low) / BARS
        edges = [low + step * i for i in range(BARS + 1)]
    rising = all(left < right for left, right in pairwise(edges))
    return edges if rising else [low, high]
