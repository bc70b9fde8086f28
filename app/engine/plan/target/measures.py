"""How predictable a target is at the best: figures of a model that knows the probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def best_auc(probability: Array, weights: Array) -> float:
    """Area under the ROC curve of the probability itself: the chance that a positive row has a
    larger one than a negative row, equal ones counting half (Mann & Whitney 1947).

    Args:
        probability: of the positive label in each cell, shape (cells,).
        weights: share of each cell, shape (cells,).
    """
    order = np.argsort(probability, kind="stable")
    positive = (weights * probability)[order]
    negative = (weights * (1.0 - probability))[order]
    below = np.cumsum(negative) - negative / 2
    total = positive.sum() * negative.sum()
    return float(positive @ below / total) if total > 0 else 0.5


def best_auc_of_labels(probabilities: Array, weights: Array, positive: int) -> float:
    """`best_auc` of the positive label of two; the plain mean over all labels, each against the
    rest, of more.

    Args:
        probabilities: shape (labels, cells).
    """
    if len(probabilities) == 2:
        return best_auc(probabilities[positive], weights)
    return float(np.mean([best_auc(each, weights) for each in probabilities]))


def best_accuracy(probabilities: Array, weights: Array) -> float:
    """Share of rows whose label is the likeliest one, in [0, 1].

    Args:
        probabilities: of each label in each cell, shape (labels, cells).
        weights: share of the rows in each cell, shape (cells,); sums to 1.
    """
    return float(probabilities.max(axis=0) @ weights)


def best_r2(means: Array, weights: Array, variance: float) -> float:
    """Var(E[y|x]) / Var(y), at most 1.

    Args:
        means: of the target in each cell, shape (cells,).
        weights: share of the rows in each cell, shape (cells,); sums to 1.
        variance: of the target over all rows, above 0.
    """
    centre = means @ weights
    return min(float(((means - centre) ** 2) @ weights / variance), 1.0)
