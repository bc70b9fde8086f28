"""Models of rows: scores against published and hand-made figures, linear models against others'."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from sklearn import linear_model as reference
from sklearn import metrics

from app.engine.evaluation.contest import Contest, contest
from app.engine.evaluation.row_space import Array
from app.engine.evaluation.utility import (
    coefficients,
    columns_predicted,
    importances,
    rankings,
)
from app.engine.evaluation.utility.coefficients import interval_overlap
from app.engine.evaluation.utility.comparison import compared_models
from app.engine.evaluation.utility.importances import rank_correlation
from app.engine.evaluation.utility.learners import linear_predictions
from app.engine.evaluation.utility.linear_model import design_of, least_squares, logistic
from app.engine.evaluation.utility.predictions import Predictions
from app.engine.evaluation.utility.scores import (
    average_precision,
    brier,
    equal_width_error,
    perfect_calibration_error,
    score_intervals,
    scores_of,
    tuned_threshold,
)
from app.engine.seeds import Stream
from tests.engine.evaluation.oracles import ORACLES

RNG = np.random.default_rng(8)
CHANCE: Array = RNG.random(400).round(2)
POSITIVE = RNG.random(400) < CHANCE


def people(rows: int, seed: int, *, broken: bool = False) -> pa.Table:
    rng = np.random.default_rng(seed)
    age, size, noise = rng.normal(50, 10, rows), rng.normal(0, 1, rows), rng.normal(0, 1, rows)
    chance = 1 / (1 + np.exp(-(age - 55) / 5 - size))
    rich = rng.random(rows) < (rng.permutation(chance) if broken else chance)
    return pa.table({"age": age, "size": size, "noise": noise, "rich": np.where(rich, "yes", "no")})


def judged(target: str | None = "rich", *, broken: bool = False) -> Contest:
    tables = (people(1_500, 1), people(1_500, 2), people(1_500, 3, broken=broken))
    return contest(*tables, target)


def test_calibration_is_that_of_the_case_by_hand() -> None:
    case = ORACLES["calibration"]
    truth, chance = np.array(case["truth"]) == 1, np.array(case["probability"])
    assert equal_width_error(truth, chance, case["bins"]) == pytest.approx(case["error"], abs=1e-12)


def test_bins_hold_their_upper_end_and_the_first_holds_nothing_too() -> None:
    hit = np.array([True, False, True])
    assert equal_width_error(hit, np.array([0.0, 0.2, 1.0]), 5) == pytest.approx(0.8 / 3)


def test_a_perfect_model_shows_what_is_said() -> None:
    rng = np.random.default_rng(0)
    chance = rng.random(1_000)
    shown = [equal_width_error(rng.random(1_000) < chance, chance) for _ in range(200)]
    assert perfect_calibration_error(chance) == pytest.approx(float(np.mean(shown)), rel=0.05)
    assert perfect_calibration_error(chance) == pytest.approx(0.04, abs=0.005)


def test_average_precision_and_rank_correlation_are_those_of_plain_loops() -> None:
    case = ORACLES["average_precision"]
    truth, score = np.array(case["truth"]) == 1, np.array(case["score"], dtype=float)
    assert average_precision(truth, score) == pytest.approx(case["value"], abs=1e-12)
    ranks = ORACLES["rank_correlation"]
    first, second = (np.array(ranks[name], dtype=float) for name in ("first", "second"))
    assert rank_correlation(first, second) == pytest.approx(ranks["value"], abs=1e-12)
    assert rank_correlation(first, np.ones(12)) is None
    assert average_precision(np.zeros(3, dtype=bool), np.arange(3.0)) is None


def test_scores_are_those_of_the_library() -> None:
    found = scores_of(Predictions(POSITIVE.astype(float), CHANCE, 2), 0.3)
    assert found["auc"] == pytest.approx(metrics.roc_auc_score(POSITIVE, CHANCE))
    ap = metrics.average_precision_score(POSITIVE, CHANCE)
    assert found["average_precision"] == pytest.approx(ap)
    assert found["brier"] == pytest.approx(metrics.brier_score_loss(POSITIVE, CHANCE))
    for name, start in (("macro_f1", 0.5), ("macro_f1_tuned", 0.3)):
        expected = metrics.f1_score(POSITIVE, start <= CHANCE, average="macro")
        assert found[name] == pytest.approx(expected)


def test_several_labels_and_numbers_have_scores_of_their_own() -> None:
    truth = RNG.integers(0, 3, 300)
    chances = RNG.dirichlet([1, 1, 1], 300)
    found = scores_of(Predictions(truth.astype(float), chances, 3))
    precision = metrics.average_precision_score(np.eye(3)[truth], chances, average="macro")
    assert found["average_precision"] == pytest.approx(precision)
    assert found["brier"] == pytest.approx(brier(np.eye(3)[truth], chances))
    assert "macro_f1_tuned" not in found
    assert set(scores_of(Predictions(CHANCE, CHANCE, 0))) == {"r2", "rmse"}
    assert scores_of(Predictions(CHANCE[:0], CHANCE[:0], 0)) == {}


def test_a_tuned_threshold_is_the_best_that_was_tried() -> None:
    positive = np.arange(100) >= 90
    score = np.arange(100) / 1000.0
    start = tuned_threshold(positive, score)
    assert ((score >= start) == positive).all()


def test_intervals_hold_the_truth_of_most_samples() -> None:
    inside = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        chance = rng.random(300)
        made = Predictions((rng.random(300) < chance).astype(float), chance, 2)
        inside += (
            (found := score_intervals(made, None, Stream(seed))["brier"]).low <= 1 / 6 <= found.high
        )
    assert inside >= 34


def test_overlaps_are_the_published_ones() -> None:
    for z, overlap in ORACLES["published_overlaps"]:
        assert interval_overlap(np.array([z]))[0] == pytest.approx(overlap, abs=1e-4)


def test_linear_models_are_those_of_the_library() -> None:
    x = np.column_stack([np.ones(400), RNG.normal(size=(400, 3))])
    y = x @ [1.0, 2.0, 0.0, -1.0] + RNG.normal(size=400)
    ridge = reference.Ridge(alpha=1.0).fit(x[:, 1:], y)
    assert least_squares(x, y).values == pytest.approx([ridge.intercept_, *ridge.coef_], abs=1e-8)
    label = (y > 1).astype(float)
    regression = reference.LogisticRegression(C=1.0, tol=1e-10, max_iter=500).fit(x[:, 1:], label)
    expected = [regression.intercept_[0], *regression.coef_[0]]
    assert logistic(x, label).values == pytest.approx(expected, abs=1e-5)


def test_standard_errors_are_the_spread_of_coefficients() -> None:
    rng = np.random.default_rng(0)
    x = np.column_stack([np.ones(500), rng.normal(size=500)])
    found = []
    for _ in range(200):
        chance = 1 / (1 + np.exp(-x[:, 1]))
        found.append(logistic(x, (rng.random(500) < chance).astype(float), 1e-6))
    spread = np.std([each.values[1] for each in found])
    assert np.mean([each.errors[1] for each in found]) == pytest.approx(float(spread), rel=0.15)


def test_regressors_have_flags_for_labels_and_what_is_missing() -> None:
    rows = np.array([[1.0, 0.0, 5.0], [3.0, 1.0, 6.0], [np.nan, 2.0, 7.0]])
    design = design_of(rows, 2, [1])
    made = design.regressors(rows)
    assert made.shape == (3, 1 + len(design.places)) == (3, 13)
    assert made[:, 1].tolist() == [-1.0, 1.0, 0.0] and made[:, 2].tolist() == [0.0, 0.0, 1.0]
    assert made[:, 3:5].tolist() == [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]


def test_linear_predictions_of_labels_are_chances() -> None:
    space = judged()
    found = linear_predictions(space.train, space.holdout, 3, [3])
    assert found is not None and found.labels == 2
    score = found.score()
    assert score is not None and score > 0.85
    three = np.column_stack([RNG.normal(size=90), np.repeat([0.0, 1.0, 2.0], 30)])
    several = linear_predictions(three, three, 1, [1])
    assert several is not None
    assert several.predicted.sum(axis=1) == pytest.approx(np.ones(90))
    assert linear_predictions(three[:30], three[:30], 1, [1]) is None


def test_models_of_both_tables_are_tested_on_held_out_rows() -> None:
    found = {(each.learner, each.trained_on): each for each in compared_models(judged())}
    assert len(found) == 6
    for each in found.values():
        value = each.scores["auc"]
        assert value.interval is not None and value.interval.low < value.value
        assert value.value > 0.8 and each.threshold is not None
    assert found["linear", "both"].rows == 3_000
    broken = {
        (each.learner, each.trained_on): each for each in compared_models(judged(broken=True))
    }
    assert broken["linear", "synthetic"].scores["auc"].value < 0.75
    assert compared_models(judged(None)) == ()


def test_broken_columns_show_in_importances_and_coefficients() -> None:
    good, bad = judged(), judged(broken=True)
    for measure, name in (
        (importances, "importance_agreement"),
        (coefficients, "coefficient_overlap"),
    ):
        fine, poor = (measure._taken(each, each.synthetic)[name].value for each in (good, bad))
        assert fine > poor + 0.2, name
    details = coefficients._taken(bad, bad.synthetic)["coefficient_overlap"].details["columns"]
    assert next(iter(details)) in ("age", "size")


def test_without_a_target_each_column_is_predicted() -> None:
    whole, broken = judged(None), judged(None, broken=True)
    found = columns_predicted._taken(whole, whole.synthetic)["columns_predicted"]
    assert set(found.details["columns"]) == {"age", "size", "noise", "rich"}
    assert found.interval is not None and found.interval.low <= found.value <= found.interval.high
    assert found.details["columns"]["rich"] > 0.6 > 0.1 > found.details["columns"]["noise"]
    bad = columns_predicted._taken(broken, broken.synthetic)["columns_predicted"]
    assert bad.details["columns"]["rich"] < 0.4
    assert columns_predicted._taken(judged(), judged().synthetic) == {}


def test_rankings_of_models_are_compared_as_the_library_does() -> None:
    for _ in range(20):
        first, second = RNG.integers(0, 4, (2, 5)).astype(float)
        expected = stats.kendalltau(first, second).statistic
        found = rankings.kendall(first.tolist(), second.tolist())
        assert (found is None) == bool(np.isnan(expected))
        assert found is None or found == pytest.approx(expected)


def test_rows_of_which_nothing_can_be_learned_rank_models_by_chance() -> None:
    found, broken = judged(), judged(broken=True)
    own = rankings._taken(found, found.synthetic)["ranking_agreement"]
    assert own.value > 0.6 and own.interval is not None and own.interval.high == 1.0
    scores = {each["model"]: each["score"] for each in own.details["models"]}
    assert scores["boosted trees"] > scores["one tree"] > 0.6
    other = rankings._taken(broken, broken.synthetic)["ranking_agreement"]
    assert other.value < own.value
