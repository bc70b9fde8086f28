"""Figures of a model's predictions, in numpy alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]

EQUAL_MASS_BINS = 15


def auc(positive: Flags, score: Array) -> float | None:
    """Area under the ROC curve: the chance that a positive row scores above a negative one, ties
    counting half (Mann & Whitney 1947). None where one of the two kinds is absent.

    Args:
        positive: shape (rows,).
        score: shape (rows,).
    """
    positives = int(positive.sum())
    negatives = len(positive) - positives
    if not positives or not negatives:
        return None
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    mid_ranks = np.cumsum(counts) - (counts - 1) / 2.0
    rank_sum = float(mid_ranks[place[positive]].sum())
    return (rank_sum - positives * (positives + 1) / 2.0) / (positives * negatives)


def macro_auc(truth: Whole, probabilities: Array) -> float | None:
    """Plain mean over the labels that occur of each label's AUC against the rest (Provost &
    Domingos 2000, without their weights).

    Args:
        truth: number of the label of each row, shape (rows,).
        probabilities: shape (rows, labels).
    """
    found = [auc(truth == label, p) for label, p in enumerate(probabilities.T)]
    known = [value for value in found if value is not None]
    return float(np.mean(known)) if known else None


def accuracy(truth: Whole, predicted: Whole) -> float:
    """Share of rows whose label was predicted."""
    return float((truth == predicted).mean())


def macro_f1(truth: Whole, predicted: Whole) -> float:
    """Plain mean of the labels' F1, the harmonic mean of precision and recall (van Rijsbergen
    1979), over labels that occur in either."""
    labels = np.union1d(truth, predicted)
    hits = np.array([((truth == k) & (predicted == k)).sum() for k in labels])
    both = np.array([(truth == k).sum() + (predicted == k).sum() for k in labels])
    return float((2.0 * hits / both).mean())


def calibration_error(hit: Flags, confidence: Array, bins: int = EQUAL_MASS_BINS) -> float:
    """Expected calibration error: mean gap between confidence and hits over bins of equal mass
    (Naeini, Cooper & Hauskrecht 2015; Guo et al. 2017, with equal mass in place of equal width).

    Args:
        hit: whether what was predicted is so, shape (rows,).
        confidence: its predicted probability, shape (rows,).
    """
    order = np.argsort(confidence, kind="stable")
    groups = [group for group in np.array_split(order, bins) if len(group)]
    gaps = [len(g) * abs(float(hit[g].mean() - confidence[g].mean())) for g in groups]
    return sum(gaps) / len(confidence)


def roc_points(positive: Flags, score: Array, most: int = 200) -> tuple[Array, Array]:
    """False and true positive rates at ascending rates, from (0, 0) to (1, 1).

    Of a longer curve the points nearest to even steps along it are kept, both ends among them.

    Args:
        most: how many points at the most, at least 2.
    """
    order = np.argsort(-score, kind="stable")
    last = np.append(np.diff(score[order]) != 0, True)
    true = np.append(0.0, np.cumsum(positive[order])[last] / max(positive.sum(), 1))
    false = np.append(0.0, np.cumsum(~positive[order])[last] / max((~positive).sum(), 1))
    if len(true) <= most:
        return false, true
    kept = np.unique(
        np.searchsorted(false + true, np.linspace(0.0, 2.0, most)).clip(0, len(true) - 1)
    )
    kept[-1] = len(true) - 1
    return false[kept], true[kept]


def r2(truth: Array, predicted: Array) -> float | None:
    """Coefficient of determination: 1 − residual over total sum of squares; None for a constant."""
    total = float(((truth - truth.mean()) ** 2).sum())
    return 1.0 - float(((truth - predicted) ** 2).sum()) / total if total > 0 else None


def root_mean_square(errors: Array) -> float:
    return float(np.sqrt((errors * errors).mean()))


def mean_absolute(errors: Array) -> float:
    return float(np.abs(errors).mean())
