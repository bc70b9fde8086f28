"""Mean F1 of the labels."""

from __future__ import annotations

import numpy as np

from app.engine.evaluation.metrics.shared.base import LabelMetric, Whole


def macro_f1(truth: Whole, predicted: Whole) -> float:
    """Plain mean of the labels' F1, the harmonic mean of precision and recall (van Rijsbergen
    1979), over labels that occur in either; both of shape (rows,), numbers of labels."""
    labels = np.union1d(truth, predicted)
    hits = np.array([((truth == k) & (predicted == k)).sum() for k in labels])
    both = np.array([(truth == k).sum() + (predicted == k).sum() for k in labels])
    return float((2.0 * hits / both).mean())


METRIC = LabelMetric(
    name="macro_f1",
    label="Macro F1",
    perfect=1.0,
    sentence="Macro F1 {value}: the mean over the labels of how well each is found (F1).",
    value=lambda found: macro_f1(found.truth, found.likeliest),
)
