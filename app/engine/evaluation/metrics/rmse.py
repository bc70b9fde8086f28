"""Root mean square error."""

from __future__ import annotations

import numpy as np

from app.engine.evaluation.metrics.shared.base import Array, NumberMetric


def root_mean_square(errors: Array) -> float:
    """The root of the mean square of errors, of shape (rows,), in their unit."""
    return float(np.sqrt((errors * errors).mean()))


METRIC = NumberMetric(
    name="rmse",
    label="RMSE",
    perfect=0.0,
    sentence="RMSE {value}: the root of its mean squared error, in the target's unit.",
    value=lambda found: root_mean_square(found.errors),
)
