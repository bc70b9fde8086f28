"""Expected calibration error."""

from __future__ import annotations

import numpy as np

from app.engine.evaluation.metrics.shared.base import Array, Flags, LabelMetric, LabelPredictions

EQUAL_MASS_BINS = 15


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


def _value(found: LabelPredictions) -> float:
    """That of the positive label's probability where there are two labels, of the likeliest
    label's where there are more."""
    if found.has_two_labels:
        return calibration_error(found.is_positive, found.score)
    return calibration_error(found.truth == found.likeliest, found.probabilities.max(axis=1))


METRIC = LabelMetric(
    name="calibration_error",
    label="Calibration error",
    perfect=0.0,
    sentence="Calibration error {value}: its probabilities are off by {percent} on average.",
    value=_value,
)
