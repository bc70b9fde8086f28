"""Typed values written as cells, read back, are the same; and the same the other way round."""

from __future__ import annotations

import datetime as dt
import math

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.errors import SourceError
from app.engine.formats.cells.cell_format import CellFormat, Kind
from app.engine.formats.cells.cells import possible_mask, read_cells, storage_type, write_cells
from app.engine.formats.cells.moment_cells import read_moments
from app.engine.profiling.moment_formats import find_moments
from app.engine.profiling.number_formats import find_numbers

CELLS: list[tuple[Kind, CellFormat, list[str | None]]] = [
    ("integer", CellFormat(min_decimals=1, max_decimals=1), ["41.0", "7099.0", "-3.0", "0.0"]),
    ("integer", CellFormat(thousands=","), ["1,234", "12", "-7,000,000"]),
    ("integer", CellFormat(suffix=" kg", missing=("?",)), ["12 kg", "?", "-3 kg"]),
    ("number", CellFormat(min_decimals=2, max_decimals=2, prefix="$"), ["$5.00", "$12.25"]),
    (
        "number",
        CellFormat(min_decimals=2, max_decimals=2, decimal_mark=",", thousands="."),
        ["1.234,50", "-12,00", "7.000.000,10"],
    ),
    ("number", CellFormat(min_decimals=1, max_decimals=4), ["8.3252", "5.0", "129.25"]),
    ("number", CellFormat(max_decimals=13), ["-73.9561344937861", "40.0078"]),
    ("date", CellFormat(pattern="%m%d%Y"), ["10142018", "01022018"]),
    ("date", CellFormat(pattern="%b %-d %Y", missing=(None,)), ["Jan 1 2000", None, "Dec 31 1999"]),
    ("date", CellFormat(pattern="%d.%m.%y"), ["31.12.68", "01.01.69"]),
    ("datetime", CellFormat(pattern="%Y-%m-%dT%H:%M:%S.%3fZ"), ["2009-01-02T23:04:05.120Z"]),
    (
        "datetime",
        CellFormat(pattern="%-m/%-d/%Y %-I:%M %p"),
        ["1/5/2009 3:04 PM", "12/25/2010 12:00 AM"],
    ),
    ("time", CellFormat(pattern="%H:%M", missing=("?",)), ["13:45", "00:10", "?"]),
    ("boolean", CellFormat(labels=("No", "Yes"), missing=("",)), ["Yes", "No", ""]),
    ("id", CellFormat(width=5), ["00501", "02208"]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "form", "cells"), CELLS)
def test_cells_come_back_as_they_were(kind: Kind, form: CellFormat, cells: list[str]) -> None:
    values = read_cells(pa.array(cells, pa.string()), form, kind)
    assert write_cells(values, form, kind).to_pylist() == cells


def test_what_does_not_fit_is_refused_without_showing_it() -> None:
    for kind, form in (("integer", CellFormat()), ("date", CellFormat(pattern="%Y-%m-%d"))):
        with pytest.raises(SourceError) as caught:
            read_cells(pa.array(["Zaphod"]), form, kind)
        assert "Zaphod" not in str(caught.value)


@pytest.mark.parametrize("text", ["2023-02-29", "2023-13-01", "2023-00-10", "2023-04-31"])
def test_days_that_are_none_are_no_dates(text: str) -> None:
    assert read_moments(pa.array([text]), "%Y-%m-%d", "date") is None


NUMBERS = st.lists(
    st.floats(-1e9, 1e9).map(lambda x: round(x, 3)), min_size=1, max_size=30, unique=True
)


@settings(deadline=None, max_examples=60)
@given(
    NUMBERS,
    st.sampled_from([("", "."), (",", "."), (".", ","), (" ", ","), ("'", ".")]),
    st.sampled_from([("", ""), ("$", ""), ("", "%"), ("€ ", ""), ("", " km/h")]),
    st.integers(3, 5),
)
def test_numbers_of_every_dress_are_found_and_come_back(
    numbers: list[float], marks: tuple[str, str], dress: tuple[str, str], decimals: int
) -> None:
    form = CellFormat(
        thousands=marks[0], decimal_mark=marks[1], prefix=dress[0], suffix=dress[1],
        min_decimals=decimals, max_decimals=decimals,
    )  # fmt: skip
    values = pa.array([*numbers, 1234567.25, 0.5], pa.float64())
    cells = write_cells(values, form, "number")
    found = find_numbers(cells)
    assert found is not None
    assert read_cells(cells, found.format, found.kind).cast(pa.float64()).equals(values)
    assert (
        write_cells(read_cells(cells, found.format, found.kind), found.format, found.kind) == cells
    )


PATTERNS = [
    "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%-m/%-d/%Y", "%d.%m.%Y", "%-d.%-m.%Y", "%Y%m%d", "%m%d%Y",
    "%d-%b-%Y", "%b %-d, %Y", "%B %-d, %Y", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ",
    "%m/%d/%Y %I:%M %p", "%d.%m.%Y %H:%M", "%Y-%m-%d %H:%M:%S.%3f",
]  # fmt: skip


@settings(deadline=None, max_examples=80)
@given(
    st.lists(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2099, 12, 31)), max_size=20),
    st.sampled_from(PATTERNS),
)
def test_moments_of_every_pattern_are_found_and_come_back(
    moments: list[dt.datetime], pattern: str
) -> None:
    moments = [*moments, *(dt.datetime(2001, 5, day, 21, day, 4, 120000) for day in range(13, 30))]
    kind: Kind = "datetime" if "%H" in pattern or "%I" in pattern else "date"
    type_ = pa.timestamp("us") if kind == "datetime" else pa.date32()
    values = pa.array(moments if kind == "datetime" else [m.date() for m in moments], type_)
    cells = write_cells(values, CellFormat(pattern=pattern), kind)
    found = find_moments(cells.unique(), "date")
    assert found is not None
    assert found.kind == kind
    form = CellFormat(pattern=found.pattern)
    assert write_cells(read_cells(cells, form, kind), form, kind).equals(cells)


@pytest.mark.parametrize(
    "kind",
    [
        pa.int16(), pa.uint8(), pa.float32(), pa.float16(), pa.string(), pa.bool_(), pa.date32(),
        pa.date64(), pa.timestamp("ms"), pa.timestamp("us", "Europe/Rome"), pa.time32("s"),
        pa.time64("ns"), pa.decimal128(10, 2),
    ],
)  # fmt: skip
def test_types_of_sources_are_known_by_what_they_print(kind: pa.DataType) -> None:
    assert storage_type(str(kind)) == kind


@pytest.mark.parametrize(
    "kind", [pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns")]
)
def test_times_that_are_labels_come_back_as_times(kind: pa.DataType) -> None:
    values = pa.array([36_000, None, 86_399], pa.int32()).cast(pa.time32("s")).cast(kind)
    form = CellFormat(storage=str(kind))
    assert write_cells(values.cast(pa.string()), form, "constant").equals(values)


TEXTS: list[str | None] = [
    "1", " 1", "+1", "-1", "0x1F", "-0x1F", "00012", "9223372036854775808", "1e3", "1.0", "", "nan",
    "000009223372036854775807", "-9223372036854775808", "-Infinity", "1.", "1e", ".5", "nan(ind)",
    "1_0", "1e999", "-", "++1", "9223372036854775807.0", "1.5", "1\n", "٣", "$5 kg", "$1,000.50 kg",
    "1.000,50", "2024-02-30", "2024-02-29", "2023-02-29", "2024-13-01", "0000-01-01", "24:00:00",
    "23:59:60", "23:59:59", "12:30 PM", "13:00 AM", "00:10 AM", "yes", "no", "?", None,
]  # fmt: skip
FLOATS = [1.5, 2.0, None, math.nan, math.inf, 2.0**63, -(2.0**63), -(2.0**64), -0.0]


def reads(cell: pa.Array, form: CellFormat, kind: Kind) -> bool:
    try:
        read_cells(cell, form, kind)
    except SourceError:
        return False
    return True


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("integer", CellFormat(missing=("?",))),
        ("integer", CellFormat(min_decimals=1)),
        ("number", CellFormat(max_decimals=2)),
        ("number", CellFormat(prefix="$", suffix=" kg", thousands=",", max_decimals=2)),
        ("number", CellFormat(decimal_mark=",", thousands=".", max_decimals=2)),
        ("boolean", CellFormat(labels=("no", "yes"))),
        ("date", CellFormat(pattern="%Y-%m-%d")),
        ("time", CellFormat(pattern="%H:%M:%S")),
        ("time", CellFormat(pattern="%I:%M %p")),
        ("category", CellFormat()),
        ("integer", CellFormat(storage="double")),
    ],
)
def test_each_cell_that_is_read_is_possible_and_few_others(kind: Kind, form: CellFormat) -> None:
    cells = pa.array(TEXTS, pa.string()) if form.is_text else pa.array(FLOATS, pa.float64())
    possible = possible_mask(cells, form, kind).to_pylist()
    read = [reads(cells.slice(place, 1), form, kind) for place in range(len(cells))]
    assert not any(each and not mark for each, mark in zip(read, possible, strict=True))
    assert sum(possible) - sum(read) <= 1  # a whole number of too many bits
