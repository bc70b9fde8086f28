"""What a metric is: a figure of a model's predictions, with what it means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class LabelPredictions:
    """Labels beside what a model says of them.

    Args:
        truth: number of the label of each row, shape (rows,).
        probabilities: of each label, shape (rows, labels), two labels at least.
        positive: number of the positive label.
    """

    truth: Whole
    probabilities: Array
    positive: int

    @property
    def has_two_labels(self) -> bool:
        return self.probabilities.shape[1] == 2

    @property
    def is_positive(self) -> Flags:
        return self.truth == self.positive

    @property
    def score(self) -> Array:
        """Probability of the positive label, shape (rows,)."""
        found: Array = self.probabilities[:, self.positive]
        return found

    @property
    def likeliest(self) -> Whole:
        """Number of the likeliest label, shape (rows,)."""
        return self.probabilities.argmax(axis=1)


@dataclass(frozen=True, eq=False, slots=True)
class NumberPredictions:
    """Numbers beside those predicted, shape (rows,) each."""

    truth: Array
    predicted: Array

    @property
    def errors(self) -> Array:
        return self.truth - self.predicted


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A figure of a trained model, by the rows that it has not seen.

    Args:
        name: that of its module, and its key in a verification.
        label: its name on pages.
        perfect: its value for predictions without a fault.
        chance: its value for predictions that have nothing to do with the truth; None where that
            depends on the data.
        sentence: what it says, with `{value}`, and `{percent}` where it is a share.
        is_headline: whether it is shown where there is room for few.
    """

    name: str
    label: str
    perfect: float
    chance: float | None = None
    sentence: str
    is_headline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelMetric(Metric):
    """A metric of predicted labels; its value is None where the rows leave it open."""

    value: Callable[[LabelPredictions], float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberMetric(Metric):
    """A metric of predicted numbers; its value is None where the rows leave it open."""

    value: Callable[[NumberPredictions], float | None]
