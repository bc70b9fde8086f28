"""Whole numbers of the discrete Gaussian N_Z(0, σ²), P(k) ∝ exp(−k²/(2σ²)), by their distribution.

The distribution stands in a table of 128-bit words, floor(2^128 F(k)) for k from −K to K, of which
the upper 64 bits are compared with one random word. Only where a word falls on the upper half of an
entry does a second one decide, which happens once in 2^64/(2K + 1) draws; so each number is drawn
as if from all 128 bits. Floating-point numbers take no part: what Mironov (2012) showed of their
gaps does not arise.

How far a draw lies from an exact one, in total variation (`error`):

- cutting at K: P(|X| > K) ≤ 2 exp(−(K + 1)²/(2σ²)) (the discrete Gaussian is sub-Gaussian,
  Canonne, Kamath & Steinke 2020), which K keeps at 2^−128 or below;
- rounding F(k) down moves each of its 2K + 1 probabilities by less than 2^−128;
- weights are multiplied up from exp(−1/(2σ²)) in 320 bits. A step is off by less than 2^−318, and
  K³ steps' worth for K ≤ 2^21 stays below 2^−250, far less than what the other two come to.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from math import ceil, isqrt

import numpy as np
from numpy.typing import NDArray

from app.engine.privacy.events import VARIANCE_UNIT
from app.engine.seeds import NoiseKey

BITS = 128
_WORKING_BITS = 320
_DIGITS = 110  # of exp(−1/(2σ²)): more than the working bits hold
_TAIL = 180  # more than 2 ln(2 · 2^128), so that K = ceil(σ √180) cuts off 2^−128 at most
MOST_VARIANCE = 10**15
"""σ² in units of 1e-6: a standard deviation of 31,600 counts."""

Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class NoiseTable:
    """The distribution of one σ².

    Args:
        most: K, the largest number that is drawn.
        upper, lower: the two halves of floor(2^128 F(k)) for k from −K to K − 1, shape (2K,).
    """

    most: int
    upper: NDArray[np.uint64]
    lower: NDArray[np.uint64]

    @property
    def error(self) -> Fraction:
        """How far one draw lies from an exact one at most, in total variation."""
        return Fraction(2 * self.most + 3, 2**BITS)

    def draw(self, words: NDArray[np.uint64], second: NDArray[np.uint64]) -> Counts:
        """Numbers for random words: the number of entries that are not above the word.

        Args:
            words, second: the two halves of random words, shape (count,).

        Returns:
            Numbers from −K to K, shape (count,).
        """
        low = np.searchsorted(self.upper, words, side="left")
        high = np.searchsorted(self.upper, words, side="right")
        for place in np.flatnonzero(low != high):
            entries = self.lower[low[place] : high[place]]
            low[place] += np.searchsorted(entries, second[place], side="right")
        return low.astype(np.int64) - self.most


@lru_cache(maxsize=32)
def noise_table(variance: int) -> NoiseTable:
    """The table of a σ² in units of 1e-6.

    Raises:
        ValueError: σ² is not from 1 unit to MOST_VARIANCE.
    """
    if not 0 < variance <= MOST_VARIANCE:
        raise ValueError(f"σ² is {variance} units of 1e-6; the most is {MOST_VARIANCE}")
    weights = _weights(variance, cut(variance))
    mirrored = [*reversed(weights[1:]), *weights]
    reach = list(accumulate(mirrored))
    total = reach.pop()
    entries = [(each << BITS) // total for each in reach]
    mask = 2**64 - 1
    upper = np.array([each >> 64 for each in entries], np.uint64)
    lower = np.array([each & mask for each in entries], np.uint64)
    return NoiseTable(len(weights) - 1, upper, lower)


def cut(variance: int) -> int:
    """K for a σ² in units of 1e-6: at least σ √180."""
    return isqrt(ceil(_TAIL * variance * VARIANCE_UNIT)) + 1


def noise(key: NoiseKey, variance: int, count: int, *names: str | int) -> Counts:
    """Independent numbers of one σ² in units of 1e-6 from the stream of these names, (count,)."""
    words = key.words(2 * count, *names)
    return noise_table(variance).draw(words[:count], words[count:])


def _weights(variance: int, most: int) -> list[int]:
    """exp(−k²/(2σ²)) for k from 0 to `most`, as whole numbers of 2^−320.

    Each is the one before times exp(−(2k + 1)/(2σ²)), which in turn shrinks by exp(−1/σ²).
    """
    weight, ratio = 1 << _WORKING_BITS, _fixed_exponential(Fraction(1, 2) / _exact(variance))
    shrink = _fixed_exponential(1 / _exact(variance))
    found = [weight]
    for _ in range(most):
        weight = (weight * ratio) >> _WORKING_BITS
        ratio = (ratio * shrink) >> _WORKING_BITS
        found.append(weight)
    return found


def _exact(variance: int) -> Fraction:
    return variance * VARIANCE_UNIT


def _fixed_exponential(exponent: Fraction) -> int:
    """exp(−exponent) in whole numbers of 2^−320, rounded down; `decimal` rounds exp correctly."""
    context = Context(prec=_DIGITS)
    quotient = context.divide(Decimal(exponent.numerator), Decimal(exponent.denominator))
    value = context.exp(context.minus(quotient))
    return int(context.multiply(value, Decimal(1 << _WORKING_BITS)))
