"""What every metric promises; new ones are held to it by being there."""

from __future__ import annotations

import math
import string
from dataclasses import replace

import numpy as np
import pytest

from app.engine.evaluation.documents import ClassificationResult, RegressionResult
from app.engine.evaluation.metrics import METRICS, Metric
from app.engine.evaluation.metrics.shared.base import (
    LabelMetric,
    LabelPredictions,
    NumberMetric,
    NumberPredictions,
)

ROWS = 40_000
RNG = np.random.default_rng(11)

pytestmark = pytest.mark.parametrize("name", METRICS)


def value(metric: Metric, *, right: bool, labels: int = 2) -> float | None:
    """The metric of predictions that are all right, or that have nothing to do with the truth."""
    if isinstance(metric, NumberMetric):
        truth = RNG.normal(5, 2, ROWS)
        return metric.value(NumberPredictions(truth, truth if right else RNG.permutation(truth)))
    assert isinstance(metric, LabelMetric)
    numbers = RNG.integers(0, labels, ROWS)
    told = numbers if right else RNG.permutation(numbers)
    return metric.value(LabelPredictions(numbers, np.eye(labels)[told], 1))


def test_is_the_module_of_its_name_and_is_explained(name: str) -> None:
    metric = METRICS[name]
    assert metric.name == name
    assert [each.name for each in METRICS.values() if each.label == metric.label] == [name]
    fields = {field for _, field, _, _ in string.Formatter().parse(metric.sentence) if field}
    assert "value" in fields <= {"value", "percent"}
    assert metric.sentence.startswith(f"{metric.label} {{value}}: ")


def test_is_described_among_the_results_of_its_task(name: str) -> None:
    is_of_labels = isinstance(METRICS[name], LabelMetric)
    result = ClassificationResult if is_of_labels else RegressionResult
    other = RegressionResult if is_of_labels else ClassificationResult
    assert name in result.__annotations__
    assert name not in other.__annotations__


@pytest.mark.parametrize("labels", [2, 4])
def test_is_perfect_for_predictions_without_a_fault(name: str, labels: int) -> None:
    metric = METRICS[name]
    assert value(metric, right=True, labels=labels) == pytest.approx(metric.perfect, abs=1e-9)


@pytest.mark.parametrize("labels", [2, 4])
def test_is_far_from_perfect_for_predictions_that_know_nothing(name: str, labels: int) -> None:
    metric = METRICS[name]
    found = value(metric, right=False, labels=labels)
    assert found is not None
    assert abs(found - metric.perfect) > 0.2
    assert metric.chance is None or found == pytest.approx(metric.chance, abs=0.02)


def test_is_a_number_or_left_open_where_all_rows_are_alike(name: str) -> None:
    metric = METRICS[name]
    if isinstance(metric, NumberMetric):
        found = metric.value(NumberPredictions(np.ones(9), np.linspace(0, 1, 9)))
    else:
        assert isinstance(metric, LabelMetric)
        alike = LabelPredictions(np.ones(9, dtype=np.int64), np.full((9, 2), 0.5), 1)
        found = metric.value(alike)
        assert found == metric.value(replace(alike, probabilities=alike.probabilities.copy()))
    assert found is None or math.isfinite(found)
