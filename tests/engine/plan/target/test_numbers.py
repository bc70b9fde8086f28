"""Numeric targets: marginal, correlations, R², rules."""

from __future__ import annotations

import numpy as np
import pytest

from app.engine.errors import ConflictError
from app.engine.plan.target.numbers import ValueProblem
from tests.engine.plan.target.support import as_floats, compiled, drawn

HOUSES = """
features:
  Area: {type: float, min: 20, max: 500, decimals: 1,
    distribution: {lognormal: {mean: 4.6, std: 0.4}}, correlation: positive, strength: 0.6}
  Age: {type: int, min: 0, max: 150, distribution: {exponential: {scale: 30}},
    correlation: negative, strength: 0.2, missing: 0.1}
  Heating: {type: category, cats: {gas: {proportion: 0.6},
    oil: {proportion: 0.4, correlation: negative, strength: medium}}}
target:
  Price: {type: float, min: 30000, max: 3000000, decimals: 0, mean: 350000, std: 150000%s}
"""


@pytest.mark.parametrize(("rows", "tolerance"), [(1_000, 0.02), (5_000, 0.01), (100_000, 0.02)])
def test_promises_and_margin_hold(rows: int, tolerance: float) -> None:
    found = drawn(HOUSES % ", r2: 0.6", rows)
    assert found.correlation(found.values("Area")) == pytest.approx(0.6, abs=tolerance)
    assert found.correlation(found.values("Age")) == pytest.approx(-0.2, abs=tolerance)
    prices = as_floats(found.target)
    assert prices.min() >= 30_000
    assert prices.mean() == pytest.approx(351_000, rel=0.01)
    assert np.median(prices) == pytest.approx(350_000, rel=0.01)


def test_the_margin_does_not_depend_on_the_dial() -> None:
    weak, strong = (drawn(HOUSES % f", r2: {r2}", 3_000) for r2 in (0.5, 0.9))
    assert sorted(weak.target.to_pylist()) == sorted(strong.target.to_pylist())
    assert not weak.target.equals(strong.target)


@pytest.mark.parametrize("r2", [0.5, 0.7, 0.9])
def test_the_best_possible_r2_is_the_declared_one(r2: float) -> None:
    found = drawn(HOUSES % f", r2: {r2}", 200_000)
    assert found.model.reached == pytest.approx(r2, abs=1e-4)
    score = found.model.scores(found.columns)[0]
    prices = as_floats(found.target)
    order = np.argsort(score, kind="stable")
    groups = np.array_split(prices[order], 400)
    means = np.array([group.mean() for group in groups])
    # Means of 500 rows each carry a 500th of what the inputs leave unexplained.
    explained = means.var() / prices.var() - (1 - r2) / 500
    assert explained == pytest.approx(r2, abs=0.01)


def test_out_of_reach() -> None:
    with pytest.raises(ConflictError, match=r"r2 of Price: 0\.3 declared, from 0\.39"):
        compiled(HOUSES % ", r2: 0.3")
    with pytest.raises(ConflictError, match=r"0\.99 declared, 0\.9\d+ is the most that the two"):
        compiled((HOUSES % "").replace("strength: 0.6", "strength: 0.99"))
    with pytest.raises(ConflictError) as raised:
        compiled((HOUSES % "").replace("strength: 0.2", "strength: 0.85"))
    assert {fault.path for fault in raised.value.faults} == {
        "schema.features.Area.strength",
        "schema.features.Age.strength",
    }


def test_a_rule_states_a_mean() -> None:
    rule = "rules: [{if: \"Heating == 'oil' and Area > 120\", then: {mean: 420000}}]\n"
    found = drawn(HOUSES % "" + rule, 50_000)
    rows = (found.membership("Heating", "oil") == 1) & (found.values("Area") > 120)
    prices = as_floats(found.target)
    margin = 4 * prices[rows].std() / np.sqrt(rows.sum())
    assert prices[rows].mean() == pytest.approx(420_000, abs=margin)
    assert found.correlation(found.values("Area")) == pytest.approx(0.6, abs=0.01)


def test_nulls_of_the_target() -> None:
    found = drawn(HOUSES % ", missing: 0.2", 5_000)
    assert found.target.null_count == 1_000
    assert found.correlation(found.values("Area")) == pytest.approx(0.6, abs=0.01)


def test_moments_and_slopes_do_not_depend_on_what_was_asked_for_before() -> None:
    rng = np.random.default_rng(5)
    design, weights = rng.normal(size=(3, 200)), np.full(200, 1 / 200)
    values, shares = np.linspace(-1.0, 2.0, 50), np.full(50, 1 / 50)
    shared = ValueProblem(design, design, weights, values, shares)
    apart = ValueProblem(design, design.copy(), weights, values, shares)
    points = rng.normal(size=(2, 3)) / 3
    for point in (points[0], points[1], points[0]):
        fresh = ValueProblem(design, design.copy(), weights, values, shares)
        assert np.array_equal(shared.slopes(point), fresh.slopes(point))
        assert np.array_equal(apart.slopes(point), fresh.slopes(point))
        assert np.array_equal(shared.moments(point), fresh.moments(point))
    step = 1e-5 * np.eye(3)
    for column, each in enumerate(step):
        rise = (apart.moments(points[0] + each) - apart.moments(points[0] - each)) / 2e-5
        assert apart.slopes(points[0])[:, column] == pytest.approx(rise, rel=0.02, abs=1e-3)
