"""Values of expressions: null, types, moments, and a slow evaluator to compare with."""

from __future__ import annotations

import datetime
import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.errors import GenerationError
from app.engine.expressions import ExpressionError, elementary, parse

COLUMNS = {
    "i": pa.array([3, -2, None, 0, 7]),
    "x": pa.array([1.5, None, -0.25, 0.0, 1e6]),
    "t": pa.array(["Gold", None, "silver", "", "Ünï"]),
    "c": pa.array(["Gold", "Gold", None, "Iron", "Iron"]).dictionary_encode(),
    "b": pa.array([True, False, None, True, False]),
    "d": pa.array([datetime.date(2020, 1, 31), None, datetime.date(2019, 12, 1)] * 2)[:5],
    "m": pa.array([datetime.datetime(2020, 2, 1, 12, 30)] * 4 + [None]),
}
TYPES = {name: column.type for name, column in COLUMNS.items()}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("i + 1", [4, -1, None, 1, 8]),
        ("i / 2", [1.5, -1.0, None, 0.0, 3.5]),
        ("1 / i", [1 / 3, -0.5, None, None, 1 / 7]),
        ("i // 2", [1, -1, None, 0, 3]),
        ("i % 3", [0, 1, None, 0, 1]),
        ("7 % i", [1, -1, None, None, 0]),
        ("i ** 2", [9.0, 4.0, None, 0.0, 49.0]),
        ("-i ** 2", [-9.0, -4.0, None, -0.0, -49.0]),
        ("i > 0 and b", [True, False, None, False, False]),
        ("i > 0 or b", [True, False, None, True, True]),
        ("not b", [False, True, None, False, True]),
        ("b and null", [None, False, None, None, False]),
        ("-3 < i <= 3", [True, True, None, True, False]),
        ("i in (3, 0)", [True, False, None, True, False]),
        ("i not in (3, 0)", [False, True, None, False, True]),
        ("t in ('Gold', '')", [True, None, False, True, False]),
        ("c == 'Gold'", [True, True, None, False, False]),
        ("c is null", [False, False, True, False, False]),
        ("c is not null", [True, True, False, True, True]),
        ("if(i > 0, 'up', c)", ["up", "Gold", None, "Iron", "up"]),
        ("coalesce(i, x)", [3.0, -2.0, -0.25, 0.0, 7.0]),
        ("round(x)", [2, None, 0, 0, 1_000_000]),
        ("round(x, 1)", [1.5, None, -0.2, 0.0, 1e6]),
        ("floor(x)", [1, None, -1, 0, 1_000_000]),
        ("ceil(x)", [2, None, 0, 0, 1_000_000]),
        ("sqrt(x)", [math.sqrt(1.5), None, None, 0.0, 1000.0]),
        ("log(i)", [math.log(3), None, None, None, math.log(7)]),
        ("min(i, x, 2)", [1.5, None, None, 0.0, 2.0]),
        ("clip(i, 0, 5)", [3, 0, None, 0, 5]),
        ("lower(t)", ["gold", None, "silver", "", "ünï"]),
        ("length(t)", [4, None, 6, 0, 3]),
        ("concat(t, '-', i)", ["Gold-3", None, None, "-0", "Ünï-7"]),
        ("year(d)", [2020, None, 2019, 2020, None]),
        ("days_between(d, '2020-02-01')", [1, None, 62, 1, None]),
        ("days_between(d, m)", [1, None, 62, 1, None]),
        ("d < m", [True, None, True, True, None]),
        ("d >= '2020-01-01'", [True, None, False, True, None]),
        ("m > '2020-02-01 12:00'", [True, True, True, True, None]),
        ("hour(m)", [12, 12, 12, 12, None]),
        ("exp(i) > 1e300", [False, False, None, False, False]),
        ("abs(i)", [3, 2, None, 0, 7]),
    ],
)
def test_values(text: str, values: list[Any]) -> None:
    expression = parse(text, COLUMNS)
    found = expression.evaluate(COLUMNS)
    assert found.to_pylist() == pytest.approx(values)
    assert found.type == expression.type(TYPES)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("i + t", "a text where a number"),
        ("t > 3", "a text and a whole number"),
        ("b + 1", "a condition where a number"),
        ("i and b", "a whole number where a condition"),
        ("b < true", "no order"),
        ("m - d", "days_between"),
        ("d > 'soon'", "'soon' is not a date"),
        ("round(x, i)", "written out"),
        ("round(x, 99)", "at most 15"),
        ("lower(i)", "where a text"),
        ("if(i, 1, 2)", "where a condition"),
        ("coalesce(i, t)", "do not go together"),
        ("hour(d)", "time of day"),
    ],
)
def test_kinds_are_checked_before_any_row(text: str, said: str) -> None:
    with pytest.raises(ExpressionError, match=said):
        parse(text, COLUMNS).type(TYPES)


def test_a_condition_is_wanted() -> None:
    with pytest.raises(ExpressionError, match="no condition"):
        parse("i + 1", COLUMNS).check_condition(TYPES)
    parse("i > 1 or b", COLUMNS).check_condition(TYPES)


def test_a_mask_takes_null_as_false() -> None:
    assert parse("i > 0 or b", COLUMNS).mask(COLUMNS).tolist() == [True, False, False, True, True]
    assert parse("null", ()).mask({}, rows=2).tolist() == [False, False]
    assert parse("true", ()).mask({}, rows=2).tolist() == [True, True]


def test_whole_numbers_do_not_wrap() -> None:
    with pytest.raises(GenerationError, match="overflow"):
        parse("i * 4611686018427387904", COLUMNS).evaluate(COLUMNS)


def test_sliced_and_empty_columns() -> None:
    sliced = {"i": COLUMNS["i"].slice(1, 3)}
    assert parse("i + 1", ["i"]).evaluate(sliced).to_pylist() == [-1, None, 1]
    assert parse("i // 2 + 1", ["i"]).evaluate({"i": pa.array([], pa.int64())}).to_pylist() == []


def test_elementary_functions_are_accurate() -> None:
    x = np.concatenate([np.linspace(-700, 700, 4001), np.logspace(-12, 2.5, 500)])
    assert np.abs(elementary.exp(x) / np.exp(x) - 1).max() < 1e-15
    y = np.concatenate([np.logspace(-300, 300, 4001), np.linspace(0.5, 2, 501)])
    wanted = np.log(y)
    assert (np.abs(elementary.log(y) - wanted) <= 1e-15 * np.abs(wanted) + 1e-300).all()
    assert elementary.power(2.5, 3) == 2.5**3
    assert elementary.power(2.5, -1.5) == pytest.approx(2.5**-1.5, rel=1e-14)
    assert np.isnan(elementary.power(-2.0, 0.5))


Row = dict[str, Any]
NUMBER = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b,
          "/": lambda a, b: a / b if b else None, "//": lambda a, b: a // b if b else None,
          "%": lambda a, b: a % b if b else None}  # fmt: skip
ORDER = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b, "==": lambda a, b: a == b,
         "!=": lambda a, b: a != b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b}  # fmt: skip


def _nullable(function: Any, *values: Any) -> Any:
    return None if None in values else function(*values)


def _kleene(absorbing: bool, left: Any, right: Any) -> Any:
    if absorbing in (left, right):
        return absorbing
    return None if None in (left, right) else not absorbing


Numbers = st.deferred(
    lambda: st.one_of(
        st.sampled_from([("i", lambda row: row["i"]), ("x", lambda row: row["x"])]),
        st.integers(-9, 9).map(lambda n: (f"({n})", lambda row: n)),
        st.tuples(st.sampled_from(list(NUMBER)), Numbers, Numbers).map(_binary(NUMBER)),
        st.tuples(Conditions, Numbers, Numbers).map(_choice),
        Numbers.map(lambda a: (f"abs({a[0]})", lambda row: _nullable(abs, a[1](row)))),
    )
)
Conditions = st.deferred(
    lambda: st.one_of(
        st.just(("b", lambda row: row["b"])),
        st.tuples(st.sampled_from(list(ORDER)), Numbers, Numbers).map(_binary(ORDER)),
        st.tuples(Conditions, Conditions).map(_logic("and", False)),
        st.tuples(Conditions, Conditions).map(_logic("or", True)),
        Numbers.map(lambda a: (f"({a[0]} is null)", lambda row: a[1](row) is None)),
        Conditions.map(
            lambda a: (f"(not {a[0]})", lambda row: _nullable(lambda v: not v, a[1](row)))
        ),
    )
)


def _binary(table: dict[str, Any]) -> Any:
    def build(parts: Any) -> Any:
        sign, left, right = parts
        run = table[sign]
        return (
            f"({left[0]} {sign} {right[0]})",
            lambda row: _nullable(run, left[1](row), right[1](row)),
        )

    return build


def _logic(word: str, absorbing: bool) -> Any:
    def build(parts: Any) -> Any:
        left, right = parts
        return (
            f"({left[0]} {word} {right[0]})",
            lambda row: _kleene(absorbing, left[1](row), right[1](row)),
        )

    return build


def _choice(parts: Any) -> Any:
    condition, then, otherwise = parts
    return (
        f"if({condition[0]}, {then[0]}, {otherwise[0]})",
        lambda row: then[1](row) if condition[1](row) is True else otherwise[1](row),
    )


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "i": st.none() | st.integers(-50, 50),
            "x": st.none() | st.integers(-40, 40).map(lambda n: n / 4),
            "b": st.none() | st.booleans(),
        }
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(expression=Numbers | Conditions, rows=ROWS)
def test_agrees_with_a_slow_evaluator(expression: Any, rows: list[Row]) -> None:
    text, slow = expression
    types = {"i": pa.int64(), "x": pa.float64(), "b": pa.bool_()}
    columns = {name: pa.array([row[name] for row in rows], t) for name, t in types.items()}
    try:
        parsed = parse(text, columns)
        found = parsed.evaluate(columns, len(rows))
    except (ExpressionError, GenerationError) as error:
        assert "deep" in str(error) or "overflow" in str(error)  # noqa: PT017
        return
    assert found.type == parsed.type(types)
    wanted = [slow(row) for row in rows]
    for value, expected in zip(found.to_pylist(), wanted, strict=True):
        assert (value is None) == (expected is None)
        assert value is None or value == pytest.approx(expected, rel=1e-9, abs=1e-9)
