"""What is declared of a table holds together, or is refused for the reason that there is."""

from __future__ import annotations

from collections import Counter

import pytest

from app.engine.errors import DefinitionError
from app.engine.schema.load import load_definition
from tests.engine.planning import drawn, plan_of_text

ALL_RULED = """
n_samples: 10000
features: {c: {type: category, cats: {A: 0.6, B: 0.4}}}
target: {y: {type: category, cats: {no: 0.58, yes: YES}, positive: yes}}
rules: [{if: "c == 'A'", then: {yes: 0.7}}, {if: "c == 'B'", then: {yes: 0}}]
"""


def test_rules_that_cover_all_rows_and_meet_the_share_are_accepted() -> None:
    table = drawn(plan_of_text(ALL_RULED.replace("YES", "0.42")))
    pairs = Counter(zip(table["c"].to_pylist(), table["y"].to_pylist(), strict=True))
    assert pairs == {("A", "yes"): 4200, ("A", "no"): 1800, ("B", "no"): 4000}


def test_numbers_that_differ_are_told_apart() -> None:
    with pytest.raises(DefinitionError) as caught:
        plan_of_text(ALL_RULED.replace("0.58", "0.5787").replace("YES", "0.4213"))
    message = caught.value.faults[0].message
    assert message == "share of y=no: 0.5787 declared, the rules make it 0.58"


def test_rules_over_numbers_are_met_as_near_as_the_population_is_known() -> None:
    text = """
    n_samples: 9000
    features: {x: {type: int, min: 1, max: 9}}
    target: {y: {type: bool, proportion: 0.4}}
    rules: [{if: x <= 3, then: {"true": 0.8}}, {if: x > 3, then: {"true": 0.2}}]
    """
    table = drawn(plan_of_text(text))
    assert sum(table["y"].to_pylist()) == 3600


@pytest.mark.parametrize(
    "column",
    [
        "{type: float, mean: 50000}",
        "{type: float, std: 3}",
        "{type: float, distribution: {normal: {mean: 50000}}}",
        "{type: float, distribution: normal, mean: 50000}",
        "{type: float, distribution: {lognormal: {mean: 10}}}",
    ],
)
def test_one_of_mean_and_std_is_a_fault(column: str) -> None:
    with pytest.raises(DefinitionError, match="is missing beside"):
        load_definition(f"features:\n  x: {column}")


def test_a_column_that_follows_another_is_not_correlated_and_the_reason_is_told() -> None:
    text = """
    features:
      a: {type: date, start_date: 2024-01-01, end_date: 2024-12-31}
      b: {type: date, after: a, end_date: 2025-12-31}
      x: {type: float, mean: 0, std: 1}
    correlations: [{between: [b, x], r: 0.5}]
    """
    with pytest.raises(DefinitionError, match="'b' follows a row by row"):
        plan_of_text(text)
