"""The two ways in which something of private rows comes out: noisy counts, and a choice."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal
from fractions import Fraction
from itertools import accumulate
from typing import Protocol

import numpy as np

from app.engine.privacy.discrete_gaussian import BITS, Counts, noise, noise_table
from app.engine.privacy.events import EPSILON_UNIT, GaussianEvent, SelectionEvent
from app.engine.seeds import NoiseKey

_DIGITS = 60
_WORDS = 4  # of 64 bits, behind one choice


class Noise(Protocol):
    """What stands between private rows and everything else."""

    def counts(self, exact: Counts, event: GaussianEvent, call: int) -> Counts:
        """Counts with noise, shape (cells,).

        Args:
            call: number of this call of the execution.
        """

    def choice(self, scores: Sequence[int], event: SelectionEvent, call: int) -> int:
        """Number of the candidate that is chosen by its score."""


class KeyedNoise:
    """Noise from a key: the same for the same key and the same call."""

    def __init__(self, key: NoiseKey) -> None:
        self._key = key

    def counts(self, exact: Counts, event: GaussianEvent, call: int) -> Counts:
        """Counts with noise of the discrete Gaussian."""
        names: tuple[str | int, ...] = ("counts", call, event.name, *event.columns)
        drawn = noise(self._key, event.variance, len(exact), *names, event.variance)
        return np.asarray(exact + drawn)

    def choice(self, scores: Sequence[int], event: SelectionEvent, call: int) -> int:
        """A candidate by the exponential mechanism: P ∝ exp(ε score/(2Δ))."""
        words = self._key.words(_WORDS, "choice", call, event.name, event.epsilon)
        word = sum(int(each) << (64 * place) for place, each in enumerate(words))
        reach = list(accumulate(_weights(scores, event)))
        target = (word * reach[-1]) >> (64 * _WORDS)
        return sum(each <= target for each in reach)


def counts_error(event: GaussianEvent) -> Fraction:
    """How far noisy counts lie from exact ones, in total variation, all cells together."""
    return event.cells * noise_table(event.variance).error


def choice_error(event: SelectionEvent) -> Fraction:
    """The same of a choice: weights are rounded down to 2^−128 of the largest, which moves the
    probabilities by less than 2 × candidates × 2^−128 together, and a word of 256 bits by less
    than that once more."""
    return Fraction(4 * event.candidates, 2**BITS)


def _weights(scores: Sequence[int], event: SelectionEvent) -> list[int]:
    """exp(ε (score − best)/(2Δ)) in whole numbers of 2^−128."""
    context, best = Context(prec=_DIGITS), max(scores)
    of_one = event.epsilon * EPSILON_UNIT / (2 * event.sensitivity)
    found = []
    for score in scores:
        exponent = of_one * (score - best)
        quotient = context.divide(Decimal(exponent.numerator), Decimal(exponent.denominator))
        value = context.multiply(context.exp(quotient), Decimal(1 << BITS))
        found.append(int(value))
    return found
