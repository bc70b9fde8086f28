"""Fields of what is asked of rows, as a job request."""

from __future__ import annotations

import pytest

from app.engine.expressions import parse
from app.ui.model.relations.asked_rows import AskedCondition, AskedRows, AskedShare


@pytest.mark.parametrize(
    ("column", "sign", "value", "text"),
    [
        ("plan", "==", "pro", "plan == 'pro'"),
        ("months", ">=", "1,200", "months >= 1200"),
        ("zip", "==", "00123", "zip == '00123'"),
        ("zip", "==", "'123'", "zip == '123'"),
        ("active", "!=", "true", "active != true"),
        ("since", "<", "2021-01-01", "since < '2021-01-01'"),
        ("plan", "in", "pro, it's", "plan in ('pro', 'it''s')"),
        ("odd name", "is null", "ignored", "`odd name` is null"),
        ("plan", "is not null", "", "plan is not null"),
        ("share", "<", "0.5", "share < 0.5"),
        ("balance", "<", "-2.5", "balance < -2.5"),
    ],
)
def test_a_condition_is_an_expression(column: str, sign: str, value: str, text: str) -> None:
    found = AskedCondition(column, sign, value).where
    assert found == text
    parse(found, ["plan", "months", "zip", "active", "since", "odd name", "share", "balance"])


def test_what_is_said_is_in_the_request_and_nothing_else() -> None:
    assert AskedRows().request() == {}
    asked = AskedRows(
        [AskedCondition("plan", value="pro", rows="300"), AskedCondition("months", ">", "3")],
        [AskedShare("plan", "pro", "30%"), AskedShare("plan", " basic ", "0,1")],
    )
    assert asked.request() == {
        "conditions": [{"where": "plan == 'pro'", "rows": 300}, {"where": "months > 3"}],
        "shares": {"plan": {"pro": 0.3, "basic": 0.1}},
    }
    assert not asked.has_table
    assert AskedRows(draw=True, given="src_1").request() == {"given": "src_1"}
    filled = AskedRows(draw=True, impute="src_1")
    assert filled.has_table and filled.request() == {"impute": "src_1", "draw": True}
