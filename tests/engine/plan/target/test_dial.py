"""The dial: how predictable a target of labels is."""

from __future__ import annotations

import numpy as np
import pytest

from app.engine.errors import ConflictError
from app.engine.plan.target.measures import best_accuracy, best_auc
from tests.engine.plan.target.support import Drawn, as_floats, compiled, drawn, indicator

CHURN = """
features:
  Tenure (Months): {type: int, min: 3, max: 100,
    buckets: {mean: 16, std: 8, correlation: positive, strength: high}}
  CLTV: {type: int, min: 0, max: 5000, buckets: {mean: -40, std: 20}}
  Last 30 Days Spend Trend:
    type: float
    buckets:
      - {mean: 10, std: 5, correlation: positive, strength: high, proportion: 0.5}
      - {mean: -10, std: 5, correlation: negative, strength: high, proportion: 0.5}
  Topup Frequency Trend: {type: float,
    buckets: {mean: -40, std: 20, correlation: positive, strength: high}}
  Subscription Type:
    type: category
    cats:
      Gold: {proportion: 0.5, correlation: positive, strength: high}
      Silver: {proportion: 0.3, correlation: positive, strength: medium}
      Bronze: {proportion: 0.2, correlation: negative, strength: low}
target:
  Churned: {type: category, cats: {Active: {proportion: 0.9}, Inactive: {proportion: 0.1}},
    positive: Inactive%s}
"""
DIALS = (0.6, 0.7, 0.8, 0.85, 0.9, 0.95)


@pytest.mark.parametrize("auc", DIALS)
def test_the_best_possible_auc_is_the_declared_one(auc: float) -> None:
    found = drawn(CHURN % f", auc: {auc}", 100_000)
    chance = found.model.probabilities(found.columns)[1]
    assert best_auc(chance, np.full(len(chance), 1e-5)) == pytest.approx(auc, abs=0.005)
    assert found.model.reached == pytest.approx(auc, abs=1e-4)
    assert indicator(found.target, "Inactive").sum() == 10_000


@pytest.mark.parametrize("accuracy", [0.92, 0.95])
def test_the_best_possible_accuracy_is_the_declared_one(accuracy: float) -> None:
    found = drawn(CHURN % f", accuracy: {accuracy}", 100_000)
    chances = found.model.probabilities(found.columns)
    reached = best_accuracy(chances, np.full(chances.shape[1], 1e-5))
    assert reached == pytest.approx(accuracy, abs=0.005)


def test_promised_correlations_hold_beside_the_dial() -> None:
    text = CHURN.replace("mean: 16, std: 8, correlation: positive, strength: high",
                         "mean: 16, std: 8, correlation: positive, strength: 0.25")  # fmt: skip
    found = drawn(text % ", auc: 0.88", 20_000)
    tenure = found.correlation(found.values("Tenure (Months)"), "Inactive")
    assert tenure == pytest.approx(0.25, abs=0.01)
    assert found.model.reached == pytest.approx(0.88, abs=1e-4)


ONE_INPUT = """
features:
  x: {type: float, buckets: {mean: 0, std: 1}, correlation: positive, strength: 0.3}
target:
  t: {type: category, cats: {n: 0.9, y: 0.1}, positive: y, auc: %s}
"""


def test_with_promises_alone_the_shape_of_the_effect_gives_way() -> None:
    low, high = compiled(ONE_INPUT.replace(", auc: %s", "")).model.reachable
    assert low == pytest.approx(high)
    found = drawn(ONE_INPUT % (low + 0.04), 100_000)
    assert found.model.reached == pytest.approx(low + 0.04, abs=1e-3)
    assert found.correlation(found.values("x"), "y") == pytest.approx(0.3, abs=0.02)


@pytest.mark.parametrize(
    "text", [ONE_INPUT % 0.6, ONE_INPUT % 1.0, CHURN.replace("correlation", "missing: 0 #") % ""]
)
def test_a_dial_out_of_reach_names_the_range(text: str) -> None:
    if "#" in text:
        text = ONE_INPUT.replace("correlation: positive, strength: 0.3", "missing: 0") % 0.8
    with pytest.raises(ConflictError, match=r"declared, from 0\.\d+ to \d\.\d+ can be reached"):
        compiled(text)


def test_no_margin_and_no_share_moves_with_the_dial() -> None:
    weak, strong = (drawn(CHURN % f", auc: {auc}", 5_000) for auc in (0.6, 0.95))
    for name in weak.columns:
        assert weak.columns[name].equals(strong.columns[name])
    assert indicator(weak.target, "Inactive").sum() == indicator(strong.target, "Inactive").sum()


@pytest.mark.slow
@pytest.mark.parametrize("auc", [0.6, 0.85, 0.95])
def test_a_trained_model_reaches_the_dial(auc: float) -> None:
    import lightgbm
    from sklearn.metrics import roc_auc_score

    found = drawn(CHURN % f", auc: {auc}", 100_000)
    x, y = _matrix(found), indicator(found.target, "Inactive")
    trained = lightgbm.train(
        {"objective": "binary", "verbosity": -1, "num_threads": 1, "seed": 1, "num_leaves": 15,
         "learning_rate": 0.06, "min_data_in_leaf": 100},
        lightgbm.Dataset(x[:70_000], y[:70_000]),
        120,
    )  # fmt: skip
    reached = roc_auc_score(y[70_000:], trained.predict(x[70_000:]))
    assert reached == pytest.approx(auc, abs=0.02)


def _matrix(found: Drawn) -> np.ndarray:
    columns = [
        column.indices.to_numpy() if hasattr(column, "indices") else as_floats(column)
        for column in found.columns.values()
    ]
    return np.column_stack(columns).astype(float)
