"""Mean absolute error."""

from __future__ import annotations

import numpy as np

from app.engine.evaluation.metrics.shared.base import Array, NumberMetric


def mean_absolute(errors: Array) -> float:
    """The mean size of errors, of shape (rows,), in their unit."""
    return float(np.abs(errors).mean())


METRIC = NumberMetric(
    name="mae",
    label="MAE",
    perfect=0.0,
    sentence="MAE {value}: its mean absolute error, in the target's unit.",
    value=lambda found: mean_absolute(found.errors),
)
