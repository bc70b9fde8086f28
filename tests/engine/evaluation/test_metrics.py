"""Metrics against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from app.engine.evaluation.metrics.accuracy import accuracy
from app.engine.evaluation.metrics.auc import auc, macro_auc
from app.engine.evaluation.metrics.calibration_error import calibration_error
from app.engine.evaluation.metrics.macro_f1 import macro_f1
from app.engine.evaluation.metrics.mae import mean_absolute
from app.engine.evaluation.metrics.r2 import r2
from app.engine.evaluation.metrics.rmse import root_mean_square
from app.engine.evaluation.metrics.shared.curves import roc_points

RNG = np.random.default_rng(4)
TRUTH = RNG.integers(0, 3, 500)
PROBABILITIES = RNG.dirichlet([1, 1, 1], 500).round(2)
PROBABILITIES = PROBABILITIES / PROBABILITIES.sum(axis=1, keepdims=True)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.5, 0.9])), min_size=2).filter(
        lambda rows: 0 < sum(positive for positive, _ in rows) < len(rows)
    )
)
def test_auc_with_ties(rows: list[tuple[bool, float]]) -> None:
    positive, score = (np.array(each) for each in zip(*rows, strict=True))
    assert auc(positive, score) == pytest.approx(reference.roc_auc_score(positive, score))


def test_auc_of_one_kind_is_not_known() -> None:
    assert auc(np.ones(3, dtype=bool), np.arange(3.0)) is None


def test_macro_auc() -> None:
    expected = reference.roc_auc_score(TRUTH, PROBABILITIES, multi_class="ovr")
    assert macro_auc(TRUTH, PROBABILITIES) == pytest.approx(expected)


def test_macro_auc_leaves_out_a_label_that_does_not_occur() -> None:
    truth = TRUTH % 2
    expected = np.mean([auc(truth == k, PROBABILITIES[:, k]) for k in (0, 1)])
    assert macro_auc(truth, PROBABILITIES) == pytest.approx(expected)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1))
def test_macro_f1_and_accuracy(rows: list[tuple[int, int]]) -> None:
    truth, predicted = (np.array(each) for each in zip(*rows, strict=True))
    expected = reference.f1_score(truth, predicted, average="macro", zero_division=0)
    assert macro_f1(truth, predicted) == pytest.approx(expected)
    assert accuracy(truth, predicted) == pytest.approx((truth == predicted).mean())


def test_calibration_error_of_bins_by_hand() -> None:
    hit = np.array([True, False, True, True])
    confidence = np.array([0.4, 0.2, 0.9, 0.7])
    # Two bins: (0.2, 0.4) with half of them hits, (0.7, 0.9) with all.
    assert calibration_error(hit, confidence, bins=2) == pytest.approx(
        (abs(0.5 - 0.3) + abs(1.0 - 0.8)) / 2
    )


def test_true_probabilities_are_calibrated_and_shifted_ones_are_not() -> None:
    p = RNG.random(200_000)
    hit = RNG.random(200_000) < p
    assert calibration_error(hit, p) < 0.01
    assert calibration_error(hit, np.clip(p + 0.1, 0, 1)) > 0.08


def test_a_short_roc_curve_is_complete() -> None:
    positive, score = TRUTH[:60] == 1, PROBABILITIES[:60, 1]
    false, true, _ = reference.roc_curve(positive, score, drop_intermediate=False)
    found = roc_points(positive, score)
    assert found[0] == pytest.approx(false)
    assert found[1] == pytest.approx(true)


def test_a_long_roc_curve_is_thinned_and_keeps_its_area() -> None:
    score = RNG.normal(size=50_000)
    positive = RNG.random(50_000) < 1 / (1 + np.exp(-score))
    false, true = roc_points(positive, score)
    assert len(false) <= 200
    assert (false[0], true[0], false[-1], true[-1]) == (0.0, 0.0, 1.0, 1.0)
    assert np.trapezoid(true, false) == pytest.approx(auc(positive, score), abs=1e-3)


def test_figures_of_regression() -> None:
    truth = RNG.normal(size=300)
    predicted = truth + RNG.normal(size=300)
    assert r2(truth, predicted) == pytest.approx(reference.r2_score(truth, predicted))
    assert root_mean_square(truth - predicted) == pytest.approx(
        reference.root_mean_squared_error(truth, predicted)
    )
    assert mean_absolute(truth - predicted) == pytest.approx(
        reference.mean_absolute_error(truth, predicted)
    )
    assert r2(np.ones(3), np.ones(3)) is None
