"""Intervals that hold a figure's true value in 95 of 100 samples of the same size, about."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Z = 1.959964  # the 97.5 % quantile of the normal distribution
DRAWS = 200
FINEST = 4  # decimals


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float

    @property
    def decimals(self) -> int:
        """How many decimals of a figure say something: two digits of half the width."""
        half = (self.high - self.low) / 2.0
        return FINEST if half <= 0 else max(1, min(FINEST, 1 - math.floor(math.log10(half))))


def normal_quantile(tries: int = 1) -> float:
    """How many standard errors an interval reaches to each side when so many intervals are to hold
    at once (Bonferroni)."""
    return Z if tries == 1 else NormalDist().inv_cdf(1.0 - 0.025 / tries)


def share_interval(share: float, trials: int) -> Interval:
    """Of a share of independent trials (Wilson 1927)."""
    weight = trials + Z * Z
    centre = (share * trials + Z * Z / 2.0) / weight
    half = Z / weight * math.sqrt(trials * share * (1.0 - share) + Z * Z / 4.0)
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


def auc_interval(auc: float, positives: int, negatives: int, tries: int = 1) -> Interval:
    """Of an area under the ROC curve (Hanley & McNeil 1982); what chance does to the model that
    gave the scores is not in it.

    Args:
        tries: of how many figures this is one, when all intervals are to hold at once
            (Bonferroni).
    """
    both = auc / (2.0 - auc)
    neither = 2.0 * auc * auc / (1.0 + auc)
    variance = (
        auc * (1.0 - auc)
        + (positives - 1) * (both - auc * auc)
        + (negatives - 1) * (neither - auc * auc)
    ) / (positives * negatives)
    half = normal_quantile(tries) * math.sqrt(max(variance, 0.0))
    return Interval(max(0.0, auc - half), min(1.0, auc + half))


def bootstrap_interval(
    statistic: Callable[[NDArray[np.intp]], float | None], rows: int, rng: np.random.Generator
) -> Interval | None:
    """Between the 2.5 % and 97.5 % quantiles of a statistic of rows drawn with replacement (Efron
    1979); None where it cannot be taken of most draws.

    Args:
        statistic: takes numbers of rows, shape (rows,).
    """
    found = [statistic(rng.integers(rows, size=rows)) for _ in range(DRAWS)] if rows else []
    known = [value for value in found if value is not None]
    if len(known) * 2 <= DRAWS:
        return None
    low, high = np.quantile(known, [0.025, 0.975])
    return Interval(float(low), float(high))


def mean_interval(values: NDArray[np.float64]) -> Interval:
    """Of the mean of numbers that are never negative, shape (rows,), by their standard error."""
    half = Z * float(values.std()) / math.sqrt(len(values))
    return Interval(max(0.0, float(values.mean()) - half), float(values.mean()) + half)


def jackknife_interval(value: float, left_out: NDArray[np.float64]) -> Interval | None:
    """Of a statistic that is never negative, by leaving out one group of rows after the other
    (Quenouille 1956; Tukey 1958); None where it cannot be taken.

    Args:
        value: of all rows.
        left_out: without each of the groups of equal size, shape (groups,).
    """
    groups = len(left_out)
    if groups < 2 or not (math.isfinite(value) and np.isfinite(left_out).all()):
        return None
    half = Z * math.sqrt((groups - 1) / groups * float(((left_out - left_out.mean()) ** 2).sum()))
    return Interval(max(0.0, value - half), value + half)
