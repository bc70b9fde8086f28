"""What a column of rows looks like: counts of labels, or of a number in equal steps."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.ui.model.values import figure_text, short

BINS = 20
MOST_LABELS = 8
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

    def place(self, value: Any) -> int | None:
        """The bar that a value belongs to; None where there is none."""
        if not self.edges:
            text = label_text(value)
            other = len(self.names) - 1 if OTHERS in self.names else None
            return self.names.index(text) if text in self.names else other
        number = _number(value)
        if number is None:
            return None
        step = self.edges[1] - self.edges[0]
        return min(max(int((number - self.edges[0]) / step), 0), len(self.shares) - 1)


def histogram(values: Sequence[Any], edges: Sequence[float] = ()) -> Histogram:
    """The values of one column; `edges` of another histogram where two are to be compared."""
    present = [each for each in values if each is not None and each != ""]
    missing = 1 - len(present) / len(values) if values else 0.0
    numbers = [_number(each) for each in present]
    if not present or any(number is None for number in numbers):
        return _of_labels(present, missing)
    known = [number for number in numbers if number is not None]
    return _of_numbers(known, missing, edges, moments=isinstance(present[0], str))


def label_text(value: Any) -> str:
    """A label as it is written in a definition."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(value: Any) -> float | None:
    """A number, or a moment as seconds since 1970; None where the value is neither."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return found.replace(tzinfo=UTC).timestamp()


def _of_labels(values: Sequence[Any], missing: float) -> Histogram:
    counts = Counter(map(label_text, values))
    total = max(1, len(values))
    if len(counts) > max(MOST_LABELS, len(values) / 2):
        said = f"{len(counts):,} different values, such as {short(str(values[0]))}"
        return Histogram(missing=missing, distinct=len(counts), summary=said)
    top = counts.most_common(MOST_LABELS)
    names = [name for name, _ in top]
    shares = [count / total for _, count in top]
    if len(counts) > len(top):
        names.append(OTHERS)
        shares.append(1 - sum(shares))
    said = f"{len(counts)} labels" if len(counts) != 1 else "one label"
    return Histogram(tuple(names), tuple(shares), (), missing, len(counts), said)


def _of_numbers(
    numbers: list[float], missing: float, edges: Sequence[float], *, moments: bool
) -> Histogram:
    edges = list(edges) or _edges(min(numbers), max(numbers))
    counts = [0] * (len(edges) - 1)
    low, step = edges[0], edges[1] - edges[0]
    for number in numbers:
        counts[min(max(int((number - low) / step), 0), len(counts) - 1)] += 1
    show = _day if moments else figure_text
    return Histogram(
        tuple(f"{show(left)} to {show(left + step)}" for left in edges[:-1]),
        tuple(count / len(numbers) for count in counts),
        tuple(edges),
        missing,
        len(set(numbers)),
        f"{show(min(numbers))} to {show(max(numbers))}" if moments else _middle(numbers),
    )


def _middle(numbers: Sequence[float]) -> str:
    mean = math.fsum(numbers) / len(numbers)
    std = math.sqrt(math.fsum((each - mean) ** 2 for each in numbers) / len(numbers))
    return f"mean {figure_text(mean)}, sd {figure_text(std)}"


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def _edges(low: float, high: float) -> list[float]:
    """Equal steps; around a few whole numbers one step each."""
    if low == high:
        return [low - 0.5, low + 0.5]
    if low.is_integer() and high.is_integer() and high - low < BINS:
        return [low - 0.5 + i for i in range(int(high - low) + 2)]
    step = (high - low) / BINS
    return [low + step * i for i in range(BINS + 1)]
