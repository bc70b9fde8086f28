"""Mean F1 of the labels."""

from __future__ import annotations

import numpy as np

from app.engine.evaluation.metrics.shared.base import Array, LabelMetric, Whole


def f1_of_labels(truth: Whole, predicted: Whole, labels: Whole) -> Array:
    """F1 of each label, the harmonic mean of precision and recall (van Rijsbergen 1979); NaN where
    a label occurs in neither.

    Args:
        truth, predicted: numbers of labels, shape (rows,).
        labels: those that are asked for, shape (labels,).
    """
    hits = np.array([((truth == k) & (predicted == k)).sum() for k in labels])
    both = np.array([(truth == k).sum() + (predicted == k).sum() for k in labels])
    return np.where(both > 0, 2.0 * hits / np.maximum(both, 1), np.nan)


def macro_f1(truth: Whole, predicted: Whole) -> float:
    """Plain mean of the F1 of the labels that occur in either; both of shape (rows,), numbers of
    labels."""
    return float(f1_of_labels(truth, predicted, np.union1d(truth, predicted)).mean())


METRIC = LabelMetric(
    name="macro_f1",
    label="Macro F1",
    perfect=1.0,
    sentence="Macro F1 {value}: the mean over the labels of how well each is found (F1).",
    value=lambda found: macro_f1(found.truth, found.likeliest),
)
