"""Targets of labels: counts, correlations, rules, several labels, nulls."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from app.engine.generators.base import Block
from tests.engine.plan.target.support import (
    compiled,
    drawn,
    generators_of,
    indicator,
    table_of,
)

BINARY = """
features:
  A: {type: float, buckets: {mean: 0, std: 1}, correlation: positive, strength: 0.3}
  B: {type: int, min: 0, max: 40, distribution: {poisson: {mean: 5}},
      correlation: negative, strength: 0.2, missing: 0.2}
  C: {type: category, cats: {x: {proportion: 0.5, correlation: positive, strength: 0.15},
      y: {proportion: 0.3}, z: {proportion: 0.2}}}
  D: {type: float, buckets: [{mean: 10, std: 4, correlation: positive, strength: 0.1},
      {mean: -10, std: 4}]}
  E: {type: date, start_date: 2020-01-01, end_date: 2021-12-31, correlation: positive,
      strength: 0.1}
  F: {type: bool, proportion: 0.3, correlation: negative, strength: 0.1}
  G: {type: float, min: 0, max: 1}
target:
  T: {type: category, cats: {no: {proportion: 0.9}, yes: {proportion: 0.1}}, positive: yes}
"""


@pytest.mark.parametrize(("rows", "tolerance"), [(1_000, 0.02), (5_000, 0.01), (100_000, 0.02)])
@pytest.mark.parametrize("seed", [1, 2])
def test_promised_correlations_hold(rows: int, tolerance: float, seed: int) -> None:
    found = drawn(BINARY, rows, seed)
    d = found.values("D")
    reached = {
        "A": found.correlation(found.values("A"), "yes"),
        "B": found.correlation(found.values("B"), "yes"),
        "C": found.correlation(found.membership("C", "x"), "yes"),
        "D": found.correlation(((d >= 6) & (d <= 14)).astype(float), "yes"),
        "E": found.correlation(found.values("E"), "yes"),
        "F": found.correlation(found.values("F"), "yes"),
    }
    wanted = {"A": 0.3, "B": -0.2, "C": 0.15, "D": 0.1, "E": 0.1, "F": -0.1}
    assert reached == pytest.approx(wanted, abs=tolerance)
    assert int(indicator(found.target, "yes").sum()) == rows // 10


def test_what_is_not_declared_has_no_effect() -> None:
    found = drawn(BINARY, 100_000)
    assert abs(found.correlation(found.values("G"), "yes")) < 0.015
    missing = np.isnan(found.values("B"))
    assert indicator(found.target, "yes")[missing].mean() == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("rows", [0, 1, 2, 7, 10, 33])
def test_tiny_tables(rows: int) -> None:
    found = drawn(BINARY, rows)
    positives = np.nansum(indicator(found.target, "yes"))
    assert len(found.target) == rows
    assert abs(positives - rows / 10) < 1


def test_every_declared_effect_is_reported_with_what_it_gets() -> None:
    model = compiled(BINARY).model
    assert [each.subject for each in model.effects] == [
        "A", "B", "C = x", "D in bucket 10 ± 4", "E", "F",
    ]  # fmt: skip
    for each in model.effects:
        sign = 1 if each.correlation == "positive" else -1
        assert each.reached == pytest.approx(sign * float(each.strength), abs=1e-5)
    shares = {fact.fact: fact.reached for fact in model.facts}
    assert shares["share of T=yes"] == pytest.approx(0.1, abs=1e-6)


def test_words_that_can_be_had_together_get_their_numbers() -> None:
    model = compiled(
        {
            "features": {
                "a": {"type": "float", "min": 0, "max": 1, "correlation": "positive",
                      "strength": "medium"},
                "b": {"type": "float", "min": 0, "max": 1, "correlation": "negative",
                      "strength": "low"},
            },
            "target": {"t": {"type": "bool", "proportion": 0.4, "positive": "true"}},
        }
    ).model  # fmt: skip
    assert [each.reached for each in model.effects] == pytest.approx([0.3, -0.1], abs=1e-5)


def test_words_that_cannot_are_scaled_by_one_factor() -> None:
    features = {
        name: {"type": "float", "min": 0, "max": 1, "correlation": "positive", "strength": word}
        for name, word in [("a", "high"), ("b", "high"), ("c", "high"), ("d", "medium")]
    }
    target = {"t": {"type": "category", "cats": {"n": 0.9, "y": 0.1}, "positive": "y"}}
    reached = [
        each.reached for each in compiled({"features": features, "target": target}).model.effects
    ]
    assert reached[0] < 0.45
    assert np.array(reached) / [0.5, 0.5, 0.5, 0.3] == pytest.approx(reached[0] / 0.5, rel=1e-3)


def test_categories_that_fill_a_column_keep_their_order() -> None:
    model = compiled(
        {
            "features": {"p": {"type": "category", "cats": {
                "Gold": {"proportion": 0.5, "correlation": "positive", "strength": "high"},
                "Silver": {"proportion": 0.3, "correlation": "positive", "strength": "medium"},
                "Bronze": {"proportion": 0.2, "correlation": "negative", "strength": "low"},
            }}},
            "target": {"t": {"type": "category", "cats": {"n": 0.9, "y": 0.1}, "positive": "y"}},
        }
    ).model  # fmt: skip
    gold, silver, bronze = (each.reached for each in model.effects)
    assert gold > silver > 0 > bronze
    chances = {segment.bins[0]: segment.then[1] for segment in model.segments}
    assert chances[0] > chances[1] > chances[2]


def test_several_labels_each_with_its_own_effects() -> None:
    document = """
    features:
      A: {type: float, buckets: {mean: 0, std: 1}, correlation: positive, strength: 0.25}
      B: {type: float, min: 0, max: 1, missing: 0.1, effects: {
          red: {correlation: positive, strength: 0.2},
          blue: {correlation: negative, strength: 0.15}}}
    target:
      T: {type: category, cats: {red: 0.2, green: 0.5, blue: 0.3}, positive: green, missing: 0.1}
    """
    found = drawn(document, 5_000)
    counts = {each["values"]: each["counts"] for each in found.target.value_counts().to_pylist()}
    assert counts == {"red": 900, "green": 2250, "blue": 1350, None: 500}
    assert found.correlation(found.values("A"), "green") == pytest.approx(0.25, abs=0.01)
    assert found.correlation(found.values("B"), "red") == pytest.approx(0.2, abs=0.01)
    assert found.correlation(found.values("B"), "blue") == pytest.approx(-0.15, abs=0.01)


RULES = """
features:
  tenure: {type: int, min: 1, max: 72, correlation: negative, strength: high}
  plan: {type: category, cats: {Gold: 0.5, Bronze: 0.5}}
  note: {type: float, min: 0, max: 1}
rules:
  - {if: "tenure <= 6 and plan == 'Bronze'", then: {Inactive: 0.8}}
  - {if: "tenure <= 12 and plan == 'Bronze'", then: {Inactive: 0.3}}
  - {if: "tenure > 60", then: {Inactive: 0}}
target:
  Churned: {type: category, cats: {Active: 0.9, Inactive: 0.1}, positive: Inactive, auc: 0.88}
"""


def test_rules_of_the_user_hold_and_the_first_match_wins() -> None:
    found = drawn(RULES, 100_000)
    tenure, bronze = found.values("tenure"), found.membership("plan", "Bronze") == 1
    inactive = indicator(found.target, "Inactive")
    first = (tenure <= 6) & bronze
    second = (tenure <= 12) & bronze & ~first
    for rows, chance in ((first, 0.8), (second, 0.3), (tenure > 60, 0.0)):
        margin = 4 * np.sqrt(chance * (1 - chance) / rows.sum()) + 1e-3
        assert inactive[rows].mean() == pytest.approx(chance, abs=margin)
    assert inactive.sum() == 10_000
    assert found.model.reached == pytest.approx(0.88, abs=1e-3)


def test_stated_probabilities_are_those_of_the_data() -> None:
    found = drawn(
        BINARY.replace("0.9}, yes: {proportion: 0.1}", "0.7}, yes: {proportion: 0.3}"), 200_000
    )
    codes = np.stack([card.codes(found.columns) for card in found.model.cards])
    yes = indicator(found.target, "yes")
    checked = 0
    for segment in found.model.segments:
        rows = (codes == np.array(segment.bins)[:, None]).all(axis=0)
        if rows.sum() >= 200:
            chance = segment.then[1]
            margin = 4.5 * np.sqrt(chance * (1 - chance) / rows.sum())
            assert yes[rows].mean() == pytest.approx(chance, abs=margin)
            checked += 1
    chance = found.model.probabilities(found.columns)[1]
    for low in np.arange(0, 1, 0.1):
        rows = (chance >= low) & (chance < low + 0.1)
        if rows.sum() >= 1_000:
            margin = 4.5 * np.sqrt(0.25 / rows.sum())
            assert yes[rows].mean() == pytest.approx(chance[rows].mean(), abs=margin)
            checked += 1
    assert checked >= 8


def test_random_sampling_draws_each_row_by_itself() -> None:
    counts = [
        int(indicator(drawn("sampling: random\n" + BINARY, 5_000, seed).target, "yes").sum())
        for seed in range(6)
    ]
    assert len(set(counts)) > 2
    assert np.mean(counts) == pytest.approx(500, abs=60)


def test_inputs_that_depend_on_one_another_are_solved_on_a_drawn_sample() -> None:
    rng = np.random.default_rng(0)
    z = rng.standard_normal((2, 40_000))
    x, y = z[0], 0.8 * z[0] + 0.6 * z[1]
    document: dict[str, Any] = {
        "features": {
            name: {"type": "float", "distribution": {"normal": {"mean": 0, "std": 1}},
                   "correlation": "positive", "strength": 0.3}
            for name in ("x", "y")
        },
        "target": {"t": {"type": "category", "cats": {"n": 0.8, "y": 0.2}, "positive": "y"}},
    }  # fmt: skip
    sample = {"x": pa.array(x), "y": pa.array(y)}
    target = compiled(document, 40_000, joint=True, sample=lambda: sample)
    chance = target.model.probabilities(sample)[1]
    for values in (x, y):
        covariance = ((values - values.mean()) * chance).mean()
        assert covariance / values.std() / 0.4 == pytest.approx(0.3, abs=0.005)


def test_a_block_is_the_same_whatever_was_drawn_before() -> None:
    table, _ = table_of(BINARY)
    planned, streams, layout = generators_of(table, 150_000, 5)
    target = pickle.loads(pickle.dumps(compiled(BINARY, 150_000)))
    again = compiled(BINARY, 150_000)

    def block(generator: Any, number: int) -> pa.Array:
        here: dict[str, pa.Array] = {}
        for name in table.features:
            here[name] = planned[name].draw(Block(number, layout, streams[name], here))
        return generator.draw(Block(number, layout, streams["T"], here))

    late = [block(target, number) for number in (2, 1, 0)][::-1]
    assert late == [block(again, number) for number in (0, 1, 2)]
    assert len(pickle.dumps(target)) < 60_000
