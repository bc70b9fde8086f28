"""Regions of buckets, cuts at quantiles, and conditions that say the same as the bins."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from app.engine.expressions import parse
from app.engine.plan.explain import explain_model
from app.engine.plan.target.wording import condition, display_name
from tests.engine.plan.target.support import as_floats, compiled, drawn

FIG6 = """
features:
  Customer Tenure (Months):
    type: integer
    min: 3
    max: 100
    buckets:
    - {mean: 48, std: 12, correlation: negative, strength: high}
    - {mean: 6, std: 3, correlation: positive, strength: medium}
  Plan Type:
    type: category
    cats:
    - {Gold: , proportion: 0.3, correlation: negative, strength: high}
    - {Bronze: , proportion: 0.5, correlation: positive, strength: high}
target:
  Churned: {type: category, cats: [Yes, No], positive: Yes}
"""
MIXED = """
features:
  a b: {type: float, buckets: [{mean: 0, std: 4, correlation: positive, strength: low},
    {mean: 5, std: 2, correlation: negative, strength: low}, {mean: 40, std: 1}], missing: 0.1}
  n: {type: int, min: 0, max: 60, distribution: {poisson: {mean: 9}}, correlation: positive,
    missing: 0.05}
  x: {type: float, min: -1, max: 1, correlation: negative}
  d: {type: date, start_date: 2020-01-01, end_date: 2020-12-31, correlation: positive}
  m: {type: datetime, start_date: 2020-01-01, end_date: 2020-12-31, correlation: positive}
  f: {type: bool, proportion: 0.5, correlation: positive, missing: 0.2}
  c: {type: category, cats: {'say "hi"': {correlation: positive}, plain: }}
target:
  t: {type: bool, proportion: 0.3, positive: true}
"""


def test_a_region_is_mean_and_std_cut_to_the_bounds() -> None:
    model = compiled(FIG6).model
    rules = explain_model(model, ["Customer Tenure (Months)", "Plan Type", "Churned"])
    conditions = {part for rule in rules["rules"] for part in rule["conditions"]}
    assert conditions == {
        "36 <= customer_tenure_months <= 60",
        "3 <= customer_tenure_months <= 9",
        'plan_type == "Gold"',
        'plan_type == "Bronze"',
    }


def test_where_regions_overlap_the_nearer_mean_has_the_value() -> None:
    card = compiled(MIXED).model.cards[0]
    values = np.array([-4.0, 0.0, 3.2, 3.4, 4.0, 6.9, 7.1, 20.0])
    # 0 ± 4 and 5 ± 2 are equally near at x/4 = (5 - x)/2, so at 3.33.
    assert card.bins.codes(pa.array(values)).tolist() == [0, 0, 0, 1, 1, 1, 3, 3]
    assert card.bins.codes(pa.array([None, 40.0])).tolist() == [4, 2]


def test_conditions_mean_the_same_as_bins() -> None:
    found = drawn(MIXED, 4_000)
    for card in found.model.cards:
        codes = card.codes(found.columns)
        covered = np.zeros(len(codes), dtype=int)
        for code in range(card.bins.count + 1):
            text = condition(card, code, list(found.columns))
            mask = parse(text, list(found.columns)).mask(found.columns)
            assert (mask == (codes == code)).all(), text
            covered += mask
        assert (covered == 1).all()


def test_bins_of_a_value_have_like_shares() -> None:
    model = compiled(MIXED).model
    shares = next(card.shares for card in model.cards if card.column == "x")
    assert shares[:-1].min() > 0.04
    assert shares.sum() == pytest.approx(1)
    assert 8 <= len(shares) <= 11


def test_a_name_is_shown_in_snake_case_only_where_it_is_clear() -> None:
    assert display_name("Plan Type", ["Plan Type", "x"]) == "plan_type"
    assert display_name("Plan Type", ["Plan Type", "plan type"]) == "`Plan Type`"
    assert display_name("Plan Type", ["Plan Type", "plan_type"]) == "`Plan Type`"
    assert display_name("plan", ["plan"]) == "plan"
    assert display_name("!!", ["!!"]) == "`!!`"


def test_first_match_reading_of_a_complete_list_gives_each_row_its_probability() -> None:
    found = drawn(FIG6, 3_000)
    body = explain_model(found.model, list(found.columns))
    chance = np.full(3_000, body["else"]["then"]["Yes"])
    free = np.ones(3_000, dtype=bool)
    for rule in body["rules"]:
        here = parse(rule["if"], list(found.columns)).mask(found.columns) & free
        chance[here] = rule["then"]["Yes"]
        free &= ~here
    assert free.any()
    assert chance == pytest.approx(found.model.probabilities(found.columns)[0], abs=1e-4)
    shares = [rule["share"] for rule in body["rules"]] + [body["else"]["share"]]
    assert sum(shares) == pytest.approx(1)


def test_the_scorecard_states_the_rest_completely() -> None:
    found = drawn(MIXED, 2_000)
    body = explain_model(found.model, list(found.columns))
    card = body["else"]["scorecard"]
    points = np.full(2_000, card["base"]["true"])
    for column in card["columns"]:
        for grade in column["grades"]:
            mask = parse(grade["if"], list(found.columns)).mask(found.columns)
            points += mask * grade["points"]["true"]
    stated = 1 / (1 + np.exp(-points))
    assert stated == pytest.approx(found.model.probabilities(found.columns)[0], abs=1e-4)
    assert "every other segment" in body["text"]
    assert as_floats(found.target).sum() == 600
