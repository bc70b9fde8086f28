"""Numbers as people write them, and those that must be asked about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ui.model.values import read_number, read_numbers, show
from app.ui.model.writing.numbers import readings, spelled


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12%", 0.12),
        ("12 %", 0.12),
        ("0,5%", 0.005),
        ("0,12", 0.12),
        (",5", 0.5),
        ("20,000", 20_000),
        ("1,234,567.5", 1_234_567.5),
        ("1.234,5", 1234.5),
        ("1.234.567", 1_234_567),
        ("20 000", 20_000),
        ("20\u00a0000,5", 20_000.5),
        ("1'000", 1000),
        ("-1,5", -1.5),
        ("\u22123", -3),
        ("+7", 7),
        ("1e5", 100_000.0),
        ("0.125", 0.125),
        ("0,125", 0.125),
        ("007", 7),
    ],
)
def test_a_number_is_read_as_it_is_meant(text: str, value: float) -> None:
    assert readings(text) == (value,)
    assert read_number(text) == value


@pytest.mark.parametrize("text", ["20.000", "1.500", "999.999", "-2.750"])
def test_a_point_before_three_digits_has_two_readings(text: str) -> None:
    point, thousands = readings(text)
    assert point == float(text)
    assert thousands == int(text.replace(".", ""))
    assert readings(str(thousands)) == (thousands,)
    assert readings(spelled(thousands)) == (thousands,)


@pytest.mark.parametrize("text", ["", "many", "1,2,3", "12%%", "1.2.3", "20,00,000", "--1", "0x1"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert readings(text) == ()
    assert read_number(text) == (text or None)


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**17), 10**17))
def test_what_is_shown_reads_as_the_same_number(value: float) -> None:
    assert read_number(show(value)) == value


@given(st.integers(0, 10_000))
def test_percent_is_exact(number: int) -> None:
    assert read_number(f"{number / 100} %") == pytest.approx(number / 10_000, rel=1e-15)


@pytest.mark.parametrize("text", ["1, 2, 5", "1 2 5", "1; 2; 5", "1,0; 2,0; 5,0"])
def test_several_numbers_are_parted_as_people_part_them(text: str) -> None:
    assert read_numbers(text) == [1, 2, 5]
