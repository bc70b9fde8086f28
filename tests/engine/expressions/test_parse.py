"""Syntax, names and bounds of expressions."""

from __future__ import annotations

import pickle

import pyarrow as pa
import pytest

from app.engine.expressions import ExpressionError, parse, snake_case, written

COLUMNS = ("Tenure (Months)", "plan", "qty", "price", "customers.joined", "Is", "A b", "a_b")


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("`Tenure (Months)` >= 36", {"Tenure (Months)"}),
        ("tenure_months >= 36", {"Tenure (Months)"}),
        ("plan in ('Gold', \"Silver\")", {"plan"}),
        ("customers.joined is not null", {"customers.joined"}),
        ("round(qty * price, 2)", {"qty", "price"}),
        ("not plan == 'Bronze' and 1 <= qty < 5", {"plan", "qty"}),
        ("1 + 2", set()),
    ],
)
def test_names_of_columns(text: str, columns: set[str]) -> None:
    assert parse(text, COLUMNS).columns == columns


@pytest.mark.parametrize(
    ("text", "position", "said"),
    [
        ("tenure_month > 3", 0, "did you mean `Tenure (Months)`?"),
        ("qty + prise", 6, "did you mean price?"),
        ("qty +", 5, "a value should stand"),
        ("(qty", 4, "close the bracket"),
        ("qty qty", 4, "not expected"),
        ("qty = 3", 4, "write =="),
        ("qty == null", 4, "is null"),
        ("flor(qty)", 0, "did you mean floor?"),
        ("round()", 0, "takes 1 to 2 values, got 0"),
        ("plan == 'Gold", 8, "never closed"),
        ("qty & 3", 4, "unexpected character"),
        ("plan in (qty)", 9, "literal values"),
        ("`A b` + a_b + `a b`", 14, "no column"),
        ("qty.__class__", 0, "no column"),
        ("__import__('os')", 0, "no function"),
        ("1e999 > qty", 0, "too large"),
    ],
)
def test_faults_say_where_and_what(text: str, position: int, said: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        parse(text, COLUMNS)
    assert raised.value.position == position
    assert said in str(raised.value)
    assert raised.value.at("schema.rules[0].if").faults[0].path == "schema.rules[0].if"
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)


def test_an_alias_of_two_columns_must_be_written_out() -> None:
    with pytest.raises(ExpressionError, match="backticks"):
        parse("plan_type == 'Gold'", ["Plan Type", "plan type"])
    assert parse("plan_type == 1", ["Plan Type", "plan_type"]).columns == {"plan_type"}


@pytest.mark.parametrize(
    "text",
    ["(" * 500 + "1" + ")" * 500, "-" * 5_000 + "1", "+".join(["qty"] * 5_000), "1" * 30_000,
     "1" + " < 2" * 3_000, "not " * 3_000 + "true"],
)  # fmt: skip
def test_sizes_are_bounded(text: str) -> None:
    with pytest.raises(ExpressionError, match=r"deep|more than|longer"):
        parse(text, COLUMNS)


def test_a_hundred_terms_are_fine() -> None:
    expression = parse(" + ".join(["qty"] * 100), COLUMNS)
    assert expression.evaluate({"qty": pa.array([1, None])}).to_pylist() == [100, None]


def test_powers_do_not_hang() -> None:
    assert parse("9 ** 9 ** 9", ()).evaluate({}, rows=1).to_pylist() == [None]


@pytest.mark.parametrize(
    ("name", "snake"),
    [("Tenure (Months)", "tenure_months"), ("SubscriptionId", "subscription_id"), ("CLTV", "cltv"),
     ("Größe in m²", "größe_in_m²"), ("customers.Joined Date", "customers.joined_date")],
)  # fmt: skip
def test_snake_case(name: str, snake: str) -> None:
    assert snake_case(name) == snake


def test_names_as_written_are_read_again() -> None:
    for name in (*COLUMNS, "back`tick", "in", "Größe", "a.b"):
        text = f"{written(name)} is null"
        assert parse(text, [*COLUMNS, name]).columns == {name}


def test_an_expression_survives_pickling() -> None:
    expression = parse("if(qty > 2, price, 0)", COLUMNS)
    copy = pickle.loads(pickle.dumps(expression))
    columns = {"qty": pa.array([1, 3]), "price": pa.array([2.5, 4.5])}
    assert copy == expression
    assert copy.evaluate(columns).to_pylist() == [0.0, 4.5]
