"""Correlations, conditions and rules as fields, and back as the language says them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.schema.load import load_definition
from app.ui.model.draft import Draft
from app.ui.model.relations import following
from app.ui.model.relations.comparisons import (
    SIGNS,
    Comparison,
    read_comparisons,
    write_comparisons,
)
from app.ui.model.relations.statements import (
    Key,
    Statements,
    comparisons,
    outcome_of,
    outcomes,
    with_outcome,
)

COLUMNS = ["Tenure (Months)", "plan", "fee", "it's `odd`"]
BASE: dict[str, Any] = {
    "features": {
        "Tenure (Months)": {"type": "int", "min": 1, "max": 60},
        "fee": {"type": "float", "mean": 40, "std": 9},
        "plan": {"type": "category", "cats": ["A", "B"]},
        "joined": {"type": "date", "start_date": "2024-01-01", "end_date": "2024-12-31"},
        "left": {"type": "date", "after": "joined"},
    },
    "target": {"churned": {"type": "category", "cats": {"no": 0.8, "yes": 0.2}, "positive": "yes"}},
}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("tenure_months <= 6", [Comparison("Tenure (Months)", "<=", "6")]),
        ("`Tenure (Months)` > fee", [Comparison("Tenure (Months)", ">", "fee")]),
        ("plan == 'Gold'", [Comparison("plan", "==", "Gold")]),
        ("fee >= -2.5", [Comparison("fee", ">=", "-2.5")]),
        ("fee > 1 and plan != 'A'", [Comparison("fee", ">", "1"), Comparison("plan", "!=", "A")]),
    ],
)
def test_comparisons_are_read_as_fields(text: str, found: list[Comparison]) -> None:
    assert read_comparisons(text, COLUMNS) == found


@pytest.mark.parametrize("text", ["fee * 2 > 3", "fee > 1 or fee < 0", "unknown > 1", "", "fee >"])
def test_what_says_more_stays_text(text: str) -> None:
    assert read_comparisons(text, COLUMNS) is None


@given(
    st.lists(
        st.builds(
            Comparison,
            st.sampled_from(COLUMNS),
            st.sampled_from(sorted(SIGNS)),
            st.sampled_from([*COLUMNS, "Gold", "it's", "12", "-3.5", "true", "2024-01-31"]),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_comparisons_read_back_as_they_were_written(found: list[Comparison]) -> None:
    assert read_comparisons(write_comparisons(found, COLUMNS), COLUMNS) == found


@pytest.mark.parametrize("key", ["correlations", "constraints", "rules"])
def test_a_new_statement_is_whole_and_goes_again(key: Key) -> None:
    draft = Draft(BASE)
    statements = Statements(draft.table(), key)
    assert statements.can_add and statements.items == []
    statements.add()
    assert len(statements.items) == 1
    assert load_definition(draft.document).definition
    if key != "correlations":
        assert comparisons(statements, 0)
    statements.remove(0)
    assert draft.document == BASE


def test_a_rule_keeps_what_it_says_of_other_labels() -> None:
    rule = {"if": "fee > 1", "then": {"yes": 0.5, "no": 0.5}}
    assert outcome_of(rule) == ("yes", "0.5")
    assert with_outcome(rule, "yes", "40 %")["then"] == {"yes": 0.4, "no": 0.5}
    assert outcomes(Draft(BASE).table()) == ["yes", "no"]


def test_how_long_after_is_said_by_fields() -> None:
    draft = Draft(BASE)
    column = draft.table().column("left")
    assert column is not None
    following.set_unit(column.spec, "days")
    assert following.unit(column.spec) == "days" and following.family(column.spec) == "gamma"
    following.set_family(column.spec, "uniform")
    following.set_parameter(column.spec, "min", "2")
    following.set_parameter(column.spec, "max", "30")
    following.set_unit(column.spec, "months")
    assert load_definition(draft.document).definition
    following.set_unit(column.spec, "")
    assert "within" not in column.spec
