"""Values of expressions: null, types, moments, and a slow evaluator to compare with."""

from __future__ import annotations

import calendar
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
from app.engine.expressions.transliteration import in_ascii

day, at = datetime.date, datetime.datetime
M, N = at(2020, 2, 1, 12, 30), at(2020, 2, 1, 12)
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
        ("if(i > 0, 'up', 'down')", ["up", "down", None, "down", "up"]),
        ("if(not b, 1, 2)", [2, 1, None, 2, 1]),
        ("if(i is null, 'none', if(i > 0, 'up', 'down'))", ["up", "down", "none", "down", "up"]),
        ("coalesce(i, x)", [3.0, -2.0, -0.25, 0.0, 7.0]),
        ("round(x)", [2, None, 0, 0, 1_000_000]),
        ("round(x, 1)", [1.5, None, -0.2, 0.0, 1e6]),
        ("floor(x)", [1, None, -1, 0, 1_000_000]),
        ("ceil(x)", [2, None, 0, 0, 1_000_000]),
        ("sqrt(x)", [math.sqrt(1.5), None, None, 0.0, 1000.0]),
        ("log(i)", [math.log(3), None, None, None, math.log(7)]),
        ("min(i, x, 2)", [1.5, None, None, 0.0, 2.0]),
        ("clip(null, null, null)", [None] * 5),
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
    ("text", "values"),
    [
        ("replace(t, 'l', 'LL')", ["GoLLd", None, "siLLver", "", "Ünï"]),
        ("replace(t, 'ol', c)", ["GGoldd", None, None, "", "Ünï"]),
        ("replace(t, 'l', null)", [None] * 5),
        ("substring(t, 2)", ["old", None, "ilver", "", "nï"]),
        ("substring(t, 2, 2)", ["ol", None, "il", "", "nï"]),
        ("substring(t, -2)", ["ld", None, "er", "", "nï"]),
        ("substring(t, -3, 2)", ["ol", None, "ve", "", "Ün"]),
        ("substring(t, -3, 9)", ["old", None, "ver", "", "Ünï"]),
        ("substring(t, 1, 0)", ["", None, "", "", ""]),
        ("pad(t, 5, '·')", ["·Gold", None, "silver", "·····", "··Ünï"]),
        ("pad(t, 5, ' ', 'right')", ["Gold ", None, "silver", "     ", "Ünï  "]),
        ("pad(i, 3, '0')", ["003", "0-2", None, "000", "007"]),
        ("ascii(t)", ["Gold", None, "silver", "", "Uni"]),
        ("ascii('Łódź')", ["Lodz"] * 5),
        ("weekday(d)", [5, None, 7, 5, None]),
        ("weekday(m)", [6, 6, 6, 6, None]),
        ("d + days(1)", [day(2020, 2, 1), None, day(2019, 12, 2), day(2020, 2, 1), None]),
        ("weeks(1) + d", [day(2020, 2, 7), None, day(2019, 12, 8), day(2020, 2, 7), None]),
        ("d + months(1)", [day(2020, 2, 29), None, day(2020, 1, 1), day(2020, 2, 29), None]),
        ("d - years(1)", [day(2019, 1, 31), None, day(2018, 12, 1), day(2019, 1, 31), None]),
        ("d + days(i)", [day(2020, 2, 3), None, None, day(2020, 1, 31), None]),
        (
            "d + hours(36)",
            [N, None, at(2019, 12, 2, 12), N, None],
        ),
        ("m - hours(x)", [at(2020, 2, 1, 11), None, at(2020, 2, 1, 12, 45), M, None]),
        ("m + hours(1 / 7000)", [at(2020, 2, 1, 12, 30, 1)] * 4 + [None]),
        ("m + minutes(90)", [at(2020, 2, 1, 14)] * 4 + [None]),
        ("m + months(1)", [at(2020, 3, 1, 12, 30)] * 4 + [None]),
        (
            "'2024-02-28' + days(i)",
            [day(2024, 3, 2), day(2024, 2, 26), None, day(2024, 2, 28), day(2024, 3, 6)],
        ),
        ("'2024-02-28 10:00' + days(1)", [at(2024, 2, 29, 10)] * 5),
        ("d + days(null)", [None] * 5),
        ("null + days(i)", [None] * 5),
        ("d + days(30) > m", [True, None, False, True, None]),
    ],
)
def test_values_of_texts_and_moments(text: str, values: list[Any]) -> None:
    expression = parse(text, COLUMNS)
    found = expression.evaluate(COLUMNS)
    assert found.to_pylist() == values
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
        ("d + 3", "write date \\+ days"),
        ("days(3)", "no value of a column"),
        ("days(3) + days(2)", "not added to one another"),
        ("days(3) - d", "nothing is subtracted from"),
        ("days(1) < days(2)", "only added or subtracted"),
        ("concat(days(1))", "only added or subtracted"),
        ("d + days(x)", "are whole"),
        ("d + days(t)", "a text where a number"),
        ("i + days(1)", "a whole number where a date"),
        ("'soon' + days(1)", "'soon' is not a date"),
        ("replace(t, c, 'x')", "written out, in quotes"),
        ("replace(t, '', 'x')", "empty text"),
        ("replace(i, '1', 'x')", "where a text"),
        ("substring(t, 0)", "starts at 1"),
        ("substring(t, i)", "written out"),
        ("substring(t, 1, -1)", "below 0"),
        ("pad(t, 0)", "from 1 to 1,000"),
        ("pad(t, 3, 'ab')", "one character"),
        ("pad(t, 3, ' ', 'up')", "'left' or 'right'"),
        ("pad(x, 3)", "a text or a whole number"),
        ("ascii(i)", "where a text"),
        ("weekday(t)", "where a date"),
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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("'9999-12-30' + days(abs(i))", "years 1 to 9999"),
        ("'0001-01-02' - months(3)", "years 1 to 9999"),
        ("d + hours(1e300)", "longer than the calendar"),
        ("d + years(9223372036854775807)", "longer than the calendar"),
        ("replace(" * 9 + "t" + ", 'l', 'llllllllll')" * 9, "above 10,000 bytes"),
    ],
)
def test_what_leaves_the_bounds_is_an_error(text: str, said: str) -> None:
    with pytest.raises(GenerationError, match=said):
        parse(text, COLUMNS).evaluate(COLUMNS)


@pytest.mark.parametrize(
    ("text", "ascii_text"),
    [
        ("Müller-Lüdenscheidt", "Muller-Ludenscheidt"),
        ("Straße Ærø Þór Đorđe", "Strasse Aero Thor Dorde"),
        ("Щукин, Юлия Соловьёва", "Shchukin, Yuliya Soloveva"),
        ("Αθανάσιος Ψ", "Athanasios Ps"),
        ("Nguyễn", "Nguyen"),
        ("“x” — 5 €…", '"x" - 5 EUR...'),
        ("東京", "??"),
    ],
)
def test_letters_are_written_in_ascii(text: str, ascii_text: str) -> None:
    assert in_ascii(text) == ascii_text


@settings(max_examples=200, deadline=None, derandomize=True)
@given(text=st.text(max_size=30))
def test_ascii_is_ascii_and_stays(text: str) -> None:
    found = in_ascii(text)
    assert found.isascii()
    assert in_ascii(found) == found


DATES = st.none() | st.dates(day(1900, 1, 1), day(2200, 12, 31))
COUNTS = st.none() | st.integers(-600, 600)


def _months_later(date: datetime.date, months: int) -> datetime.date:
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return day(year, month + 1, min(date.day, last))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(rows=st.lists(st.tuples(DATES, COUNTS), min_size=1, max_size=6))
def test_moved_dates_agree_with_the_calendar(rows: list[tuple[Any, Any]]) -> None:
    columns = {
        "d": pa.array([date for date, _ in rows], pa.date32()),
        "n": pa.array([count for _, count in rows], pa.int64()),
    }
    delta = datetime.timedelta
    slow: dict[str, Any] = {
        "d + days(n)": lambda date, n: date + delta(days=n),
        "d - weeks(n)": lambda date, n: date - delta(weeks=n),
        "d + months(n)": _months_later,
        "d - months(n)": lambda date, n: _months_later(date, -n),
        "d + hours(n)": lambda date, n: at(date.year, date.month, date.day) + delta(hours=n),
    }
    for text, function in slow.items():
        found = parse(text, columns).evaluate(columns).to_pylist()
        assert found == [_nullable(function, *row) for row in rows]


TEXTS = st.none() | st.text("abßü ", max_size=8)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(rows=st.lists(TEXTS, min_size=1, max_size=6), start=st.integers(1, 9), n=st.integers(0, 9))
def test_texts_agree_with_python(rows: list[str | None], start: int, n: int) -> None:
    columns = {"t": pa.array(rows, pa.string())}
    slow: dict[str, Any] = {
        f"substring(t, {start}, {n})": lambda text: text[start - 1 : start - 1 + n],
        f"substring(t, -{start})": lambda text: text[-start:],
        f"pad(t, {n + 1}, '·')": lambda text: text.rjust(n + 1, "·"),
        f"pad(t, {n + 1}, '·', 'right')": lambda text: text.ljust(n + 1, "·"),
        "replace(t, 'a', 'bb')": lambda text: text.replace("a", "bb"),
        "replace(t, 'ab', '')": lambda text: text.replace("ab", ""),
    }
    for text, function in slow.items():
        found = parse(text, columns).evaluate(columns).to_pylist()
        assert found == [_nullable(function, row) for row in rows]


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
        lambda row: _chosen(condition[1](row), then[1](row), otherwise[1](row)),
    )


def _chosen(condition: bool | None, then: Any, otherwise: Any) -> Any:
    if condition is None:
        return None
    return then if condition else otherwise


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
