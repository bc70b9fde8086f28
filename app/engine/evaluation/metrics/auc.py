"""Area under the ROC curve."""

from __future__ import annotations

import numpy as np

from app.engine.evaluation.metrics.shared.base import (
    Array,
    Flags,
    LabelMetric,
    LabelPredictions,
    Whole,
)


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


def _value(found: LabelPredictions) -> float | None:
    """That of the positive label of two, else the mean over the labels."""
    if found.has_two_labels:
        return auc(found.is_positive, found.score)
    return macro_auc(found.truth, found.probabilities)


METRIC = LabelMetric(
    name="auc",
    label="AUC",
    perfect=1.0,
    chance=0.5,
    sentence="AUC {value}: it ranks a positive row above a negative one {percent} of the time.",
    is_headline=True,
    value=_value,
)
