"""Coefficient of determination."""

from __future__ import annotations

from app.engine.evaluation.metrics.shared.base import Array, NumberMetric


def r2(truth: Array, predicted: Array) -> float | None:
    """Coefficient of determination: 1 − residual over total sum of squares; None for a constant.
    Both are of shape (rows,)."""
    total = float(((truth - truth.mean()) ** 2).sum())
    return 1.0 - float(((truth - predicted) ** 2).sum()) / total if total > 0 else None


METRIC = NumberMetric(
    name="r2",
    label="R²",
    perfect=1.0,
    sentence="R² {value}: it explains {percent} of the target's variance.",
    is_headline=True,
    value=lambda found: r2(found.truth, found.predicted),
)
