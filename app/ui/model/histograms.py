"""What a column of rows looks like: counts of labels, or of a number in equal steps."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

BINS = 20
MOST_LABELS = 8


@dataclass(frozen=True)
class Histogram:
    """Bars with their names; `missing` is the share of nulls, `distinct` counts different values.

    `edges` are those of numbers and moments (as seconds), and empty for labels.
    """

    names: tuple[str, ...]
    shares: tuple[float, ...]
    edges: tuple[float, ...] = ()
    missing: float = 0.0
    distinct: int = 0
    summary: str = ""


def histogram(values: Sequence[Any], edges: Sequence[float] = ()) -> Histogram:
    """The values of one column; `edges` of another histogram where two are to be compared."""
    present = [each for each in values if each is not None and each != ""]
    missing = 1 - len(present) / len(values) if values else 0.0
    numbers = _numbers(present)
    if numbers is None:
        return _of_labels(present, missing)
    return _of_numbers(numbers, missing, edges)


def _numbers(values: Sequence[Any]) -> list[float] | None:
    """The values as numbers, moments as seconds; None where they are neither."""
    if not values or isinstance(values[0], bool):
        return None
    if all(isinstance(each, int | float) for each in values):
        return [float(each) for each in values]
    try:
        return [datetime.fromisoformat(each).timestamp() for each in values]
    except (TypeError, ValueError, OverflowError):
        return None


def _of_labels(values: Sequence[Any], missing: float) -> Histogram:
    counts = Counter(map(_label, values))
    top = counts.most_common(MOST_LABELS)
    total = max(1, len(values))
    names = [name for name, _ in top]
    shares = [count / total for _, count in top]
    if len(counts) > len(values) / 2 and len(values) > MOST_LABELS:
        return Histogram((), (), (), missing, len(counts), f"{len(counts)} different values")
    if len(counts) > len(top):
        names.append("others")
        shares.append(1 - sum(shares))
    said = ", ".join(
        f"{name} {share:.0%}" for name, share in zip(names[:3], shares, strict=False)
    )
    return Histogram(tuple(names), tuple(shares), (), missing, len(counts), said)


def _label(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _of_numbers(numbers: list[float], missing: float, edges: Sequence[float]) -> Histogram:
    edges = list(edges) or _edges(min(numbers), max(numbers))
    counts = [0] * (len(edges) - 1)
    low, step = edges[0], edges[1] - edges[0]
    for number in numbers:
        counts[min(max(int((number - low) / step), 0), len(counts) - 1)] += 1
    mean = math.fsum(numbers) / len(numbers)
    std = math.sqrt(math.fsum((each - mean) ** 2 for each in numbers) / len(numbers))
    return Histogram(
        tuple(f"{left:.4g} to {left + step:.4g}" for left in edges[:-1]),
        tuple(count / len(numbers) for count in counts),
        tuple(edges),
        missing,
        len(set(numbers)),
        f"mean {mean:.4g}, sd {std:.4g}",
    )


def _edges(low: float, high: float) -> list[float]:
    """Equal steps; around a few whole numbers one step each."""
    if low == high:
        return [low - 0.5, low + 0.5]
    if low.is_integer() and high.is_integer() and high - low < BINS:
        return [low - 0.5 + i for i in range(int(high - low) + 2)]
    step = (high - low) / BINS
    return [low + step * i for i in range(BINS + 1)]
