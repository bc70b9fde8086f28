"""Datetimes in another time zone."""

from __future__ import annotations

import datetime as dt
from importlib import resources
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.errors import ComputationError
from app.engine.expressions import ExpressionError, parse

MOMENT = pa.timestamp("us")


def moved(moments: list[dt.datetime | None], source: str, goal: str) -> list[dt.datetime | None]:
    expression = parse(f"in_zone(t, '{source}', '{goal}')", ["t"])
    assert expression.type({"t": MOMENT}) == MOMENT
    values = expression.evaluate({"t": pa.array(moments, MOMENT)}, len(moments))
    return values.to_pylist()


@settings(max_examples=60, deadline=None)
@given(
    moments=st.lists(
        st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2060, 1, 1)), min_size=1, max_size=40
    ),
    zones=st.tuples(
        *[st.sampled_from(["UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu",
                           "Australia/Lord_Howe", "Africa/Casablanca"])] * 2
    ),
)  # fmt: skip
def test_clocks_show_what_zoneinfo_says(moments: list[dt.datetime], zones: tuple[str, str]) -> None:
    source, goal = map(_packaged, zones)
    wanted = [
        m.replace(tzinfo=source).astimezone(dt.UTC).astimezone(goal).replace(tzinfo=None, fold=0)
        for m in moments
    ]
    assert moved(list(moments), *zones) == wanted


def _packaged(name: str) -> ZoneInfo:
    """The zone by the tables of the package, which may be newer than those of the system."""
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file)


def test_summer_begins_and_ends() -> None:
    utc = [dt.datetime(2024, 3, 31, 0, 59), dt.datetime(2024, 3, 31, 1, 0), None]
    berlin = [dt.datetime(2024, 3, 31, 1, 59), dt.datetime(2024, 3, 31, 3, 0), None]
    assert moved(list(utc), "UTC", "Europe/Berlin") == berlin
    twice = [dt.datetime(2024, 10, 27, 2, 30)]
    assert moved(list(twice), "Europe/Berlin", "UTC") == [dt.datetime(2024, 10, 27, 0, 30)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("in_zone(t, 'UTC', 'Europe/Berlim')", "no time zone"),
        ("in_zone(t, 'UTC')", "in_zone"),
        ("in_zone(t, x, 'UTC')", "a text written out"),
        ("in_zone(d, 'UTC', 'Europe/Berlin')", "where a datetime should stand"),
    ],
)
def test_faults_of_zones(text: str, message: str) -> None:
    types = {"t": MOMENT, "x": pa.string(), "d": pa.date32()}
    with pytest.raises(ExpressionError, match=message):
        parse(text, types).type(types)


def test_the_ends_of_the_calendar_are_told() -> None:
    with pytest.raises(ComputationError, match="years 1 to 9999"):
        moved([dt.datetime(9999, 12, 31, 23, 30)], "UTC", "Asia/Tokyo")
