"""A statistic of one input: what a declared effect is the correlation of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.generators.arranging.marginals import NumberMarginal
from app.engine.plan.target.bins import Bins, support_bins
from app.engine.schema.models import CategoryColumn, Column, Effect, NumberColumn

Array = NDArray[np.float64]
NAMED_STRENGTHS = {"low": 0.1, "medium": 0.3, "high": 0.5}
DEFAULT_STRENGTH = "medium"


@dataclass(frozen=True, slots=True)
class Declared:
    """An effect as declared: of the value (`part` None), or of a bucket or label."""

    label: str | None
    effect: Effect
    path: str
    part: int | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Statistic:
    """One declared effect.

    Args:
        input: number of the input.
        label: label of the target it speaks of; None for a numeric target.
        subject: whose correlation it is: ``Tenure``, ``Plan = Gold``.
        path: place in the document.
        sign, strength: as declared.
        scores: value on each bin, nulls last, shape (bins + 1,).
        spread: distribution of the standardised quantity itself: values and weights, both
            (points,), for what can be reached at all.
        centre, scale: the quantity is (raw − centre) / scale.
        bucket: bins that count as 1 in a membership; None for the value itself.
    """

    input: int
    label: str | None
    subject: str
    path: str
    sign: int
    strength: float | str
    scores: Array
    spread: tuple[Array, Array]
    centre: float
    scale: float
    bucket: tuple[int, ...] | None = None

    @property
    def exact(self) -> bool:
        """Whether the correlation is a promise."""
        return not isinstance(self.strength, str)

    @property
    def correlation(self) -> float:
        """The declared correlation, its sign included; for words, in relation to one another."""
        size = NAMED_STRENGTHS[self.strength] if isinstance(self.strength, str) else self.strength
        return self.sign * size


def of_value(
    number: int, name: str, declared: Declared, bins: Bins, marginal: NumberMarginal
) -> Statistic | None:
    """The value of a numeric column; None where it is the same in every row."""
    values, weights = marginal.values, marginal.weights
    mean = float(values @ weights)
    standard = (values - mean) / max(1.0, abs(mean))
    scale = float(np.sqrt(weights @ (standard * standard))) * max(1.0, abs(mean))
    if not scale > 1e-12 * max(1.0, abs(mean)):
        return None
    standard = (values - mean) / scale
    places = support_bins(bins, marginal)
    mass = np.bincount(places, weights, bins.count)
    sums = np.bincount(places, weights * standard, bins.count)
    scores = np.append(np.divide(sums, mass, out=np.zeros_like(sums), where=mass > 0), 0.0)
    return Statistic(
        number, declared.label, name, declared.path, *_size(declared.effect), scores,
        (standard, weights), mean, scale,
    )  # fmt: skip


def of_membership(
    number: int,
    name: str,
    declared: Declared,
    members: tuple[int, ...],
    shares: Array,
    column: Column,
) -> Statistic | None:
    """Being in the bins `members`; None where every row is, or none. `shares` of the rows are of
    shape (bins,), the last bin holding the missing values."""
    inside = np.zeros(len(shares))
    inside[list(members)] = 1.0
    present = 1.0 - float(shares[-1])
    share = float(shares @ inside) / max(present, 1e-300)
    if not 1e-9 < share < 1 - 1e-9:
        return None
    scale = float(np.sqrt(share * (1.0 - share)))
    scores = (inside - share) / scale
    scores[-1] = 0.0
    spread = (np.array([-share, 1.0 - share]) / scale, np.array([1.0 - share, share]))
    subject = f"{name} {_part_name(column, declared.part)}"
    return Statistic(
        number, declared.label, subject, declared.path, *_size(declared.effect), scores,
        spread, share, scale, members,
    )  # fmt: skip


def _part_name(column: Column, part: int | None) -> str:
    if isinstance(column, CategoryColumn) and part is not None:
        return f"= {column.cats[part].label}"
    assert isinstance(column, NumberColumn)
    assert part is not None
    bucket = column.buckets[part]
    return f"in bucket {bucket.mean:g} ± {bucket.std:g}"


def _size(effect: Effect) -> tuple[int, float | str]:
    sign = 1 if effect.correlation == "positive" else -1
    return sign, DEFAULT_STRENGTH if effect.strength is None else effect.strength
