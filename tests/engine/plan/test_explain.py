from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from app.engine.expressions import parse
from app.engine.plan.compiler import compile_plan
from app.engine.plan.explain import explain
from app.engine.plan.plan import Plan
from app.engine.schema.load import load_definition

EXAMPLES = Path(__file__).parents[3] / "examples"

DIALLED = """
n_samples: 10000
seed: 1
features:
  a: {type: float, buckets: {mean: 0, std: 1, correlation: positive, strength: high}}
  b: {type: category, cats: {X: {proportion: 0.3, correlation: negative, strength: low}, Y: }}
target:
  t: {type: category, cats: {Y: 0.4, N: 0.6}, positive: Y%s}
"""


def example(name: str) -> Plan:
    return compile_plan(load_definition((EXAMPLES / name).read_bytes()).definition, seed=1)


@pytest.fixture(scope="module")
def fig6() -> Plan:
    return example("fig6.yaml")


def test_shares_of_all_rules_and_the_else_sum_to_one(fig6: Plan) -> None:
    told = explain(fig6)
    assert sum(rule["share"] for rule in told["rules"]) + told["else"]["share"] == pytest.approx(1)


def test_probabilities_weighted_by_share_give_the_label_share(fig6: Plan) -> None:
    told = explain(fig6)
    parts = [*told["rules"], told["else"]]
    assert sum(p["share"] * p["then"]["Yes"] for p in parts) == pytest.approx(0.5, abs=1e-3)
    assert all(sum(p["then"].values()) == pytest.approx(1) for p in parts)


def test_rules_can_be_read_back_and_hold_for_their_share_of_the_rows(fig6: Plan) -> None:
    batch = fig6.tables[0].block(0)
    columns = {name: batch.column(name) for name in batch.schema.names}
    free = np.ones(batch.num_rows, dtype=bool)
    for rule in explain(fig6)["rules"]:
        matched = parse(rule["if"], columns).mask(columns) & free
        free &= ~matched
        assert matched.mean() == pytest.approx(rule["share"], abs=0.02)


def test_the_text_is_an_if_else_chain(fig6: Plan) -> None:
    lines = explain(fig6)["text"].splitlines()
    assert lines[0].startswith("if ")
    assert all(line.startswith("elif ") for line in lines[1:-1])
    assert re.match(r"else: +P\(Churned = Yes\) = 0\.\d+ +# \d+\.\d% of rows", lines[-1])


def test_the_first_example_reads_at_sight() -> None:
    """No warning, few rules, and the likeliest to leave are new and on the cheapest plan."""
    loaded = load_definition((EXAMPLES / "churn.yaml").read_bytes())
    plan = compile_plan(loaded.definition)
    told = explain(plan)
    assert loaded.warnings == () and plan.warnings == ()
    assert len(told["rules"]) < 30 and "scorecard" not in told["else"]
    likeliest = max(told["rules"], key=lambda rule: rule["then"]["yes"])
    assert likeliest["if"] == 'tenure_months <= 6 and Plan == "Bronze"'
    effects = {each["effect"]: each["reached"] for each in told["effects"]}
    assert effects["Tenure (Months)"] < 0


def test_many_segments_come_with_a_scorecard_that_states_the_rest() -> None:
    told = explain(example("churn_patent.yaml"))
    columns = {each["column"] for each in told["else"]["scorecard"]["columns"]}
    assert "Subscription Type" in columns
    assert "CLTV" not in columns
    assert told["reachable"]["auc"][0] < told["reachable"]["auc"][1] <= 1


@pytest.mark.parametrize(
    ("dial", "expected"), [("auc: 0.8", 0.8), ("accuracy: 0.7", 0.7), ("", None)]
)
def test_what_is_expected_is_the_dial_or_what_comes_by_itself(
    dial: str, expected: float | None
) -> None:
    text = DIALLED % (dial and f", {dial}")
    told = explain(compile_plan(load_definition(text).definition))
    (figure,), (reached,) = told["expected"].keys(), told["expected"].values()
    low, high = told["reachable"][figure]
    assert low < reached < high
    assert expected is None or reached == pytest.approx(expected, abs=0.005)


def test_a_table_without_a_target_says_so() -> None:
    plan = compile_plan(
        load_definition("n_samples: 3\nfeatures: {a: {type: int, min: 1, max: 2}}").definition
    )
    assert explain(plan)["rules"] == []
    assert "no target" in explain(plan)["text"]
