"""Share of rows whose label was predicted."""

from __future__ import annotations

from app.engine.evaluation.metrics.shared.base import LabelMetric, Whole


def accuracy(truth: Whole, predicted: Whole) -> float:
    """Share of rows whose label was predicted; both of shape (rows,), numbers of labels."""
    return float((truth == predicted).mean())


METRIC = LabelMetric(
    name="accuracy",
    label="Accuracy",
    perfect=1.0,
    sentence="Accuracy {value}: it names the right label in {percent} of the rows.",
    is_headline=True,
    value=lambda found: accuracy(found.truth, found.likeliest),
)
