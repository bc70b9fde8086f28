from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from app.engine.distributions.triangular import Triangular
from app.engine.errors import DefinitionError
from app.engine.plan.compiler import compile_plan
from app.engine.schema.load import load_definition
from app.engine.schema.models import MomentColumn
from tests.engine.planning import column_of, drawn, plan_of


def test_dates_fill_their_range_evenly() -> None:
    column = MomentColumn(type="date", start="2024-01-01", end="2024-01-10")
    counted = pc.value_counts(column_of(10_000, column).combine_chunks()).to_pylist()
    assert {item["values"] for item in counted} == {dt.date(2024, 1, d) for d in range(1, 11)}
    assert {item["counts"] for item in counted} <= {999, 1_000, 1_001}


def test_datetimes_reach_the_last_second_of_a_last_day() -> None:
    column = MomentColumn(type="datetime", start="2024-01-01", end="2024-01-01")
    values = column_of(86_400, column).combine_chunks()
    assert values.type == pa.timestamp("us")
    assert pc.max(values).as_py() == dt.datetime(2024, 1, 1, 23, 59, 59)
    assert pc.min(values).as_py() == dt.datetime(2024, 1, 1)


def test_times_cover_the_day() -> None:
    values = column_of(100_000, MomentColumn(type="time"))
    assert values.type == pa.time64("us")
    assert pc.max(values).as_py() > dt.time(23, 59)


def test_a_distribution_lies_over_the_range() -> None:
    law = Triangular(c=1.0)
    column = MomentColumn(type="date", start="2024-01-01", end="2024-12-30", distribution=law)
    days = column_of(10_000, column).cast(pa.int32()).to_numpy() - 19_723
    assert days.mean() == pytest.approx(365 * 2 / 3 - 0.5, abs=0.5)


def test_a_format_gives_text() -> None:
    column = MomentColumn(type="date", start="2024-03-05", end="2024-03-05", format="%d.%m.%Y")
    assert column_of(3, column).to_pylist() == ["05.03.2024"] * 3


def test_a_format_of_times_gives_text() -> None:
    column = MomentColumn(type="time", start="08:30:00", end="08:30:00", format="%H:%M")
    assert column_of(2, column).to_pylist() == ["08:30"] * 2


def test_unique_dates_differ() -> None:
    column = MomentColumn(type="date", start="2023-01-01", end="2023-12-31", unique=True)
    assert len(set(column_of(365, column).to_pylist())) == 365
    with pytest.raises(DefinitionError, match="365 different moments"):
        plan_of(366, x=column)


def test_a_moment_follows_another_column() -> None:
    first = MomentColumn(type="date", start="2024-01-01", end="2024-06-30", missing=0.1)
    later = MomentColumn(type="datetime", end="2024-12-31", after="first")
    table = drawn(plan_of(5_000, later=later, first=first))
    seconds = [
        table.column(name).cast(pa.timestamp("s")).cast(pa.int64()).to_numpy()
        for name in ("first", "later")
    ]
    known = ~np.isnan(seconds[0].astype(float))
    assert [table.column(name).null_count for name in ("first", "later")] == [500, 0]
    assert (seconds[1][known] > seconds[0][known]).all()


def test_a_moment_cannot_follow_a_column_that_is_none() -> None:
    with pytest.raises(DefinitionError, match="'nowhere' is not a date"):
        plan_of(5, x=MomentColumn(type="date", after="nowhere"))


def test_a_range_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(DefinitionError, match="is after end"):
        plan_of(5, x=MomentColumn(type="date", start="2024-02-01", end="2024-01-01"))


@pytest.mark.parametrize(
    ("kind", "pattern", "apart"),
    [
        ("date", "%Y", False),
        ("date", "%d.%m.%y", False),
        ("date", "%d. %B %Y", True),
        ("date", "%j/%Y", True),
        ("datetime", "%F", False),
        ("datetime", "%F %H:%M", False),
        ("datetime", "%F %I:%M:%S %p", True),
        ("time", "%H:%M", False),
        ("time", "%T", True),
    ],
)
def test_unique_moments_want_a_format_that_tells_them_apart(
    kind: str, pattern: str, apart: bool
) -> None:
    column = {"type": kind, "format": pattern, "unique": True}
    definition = load_definition({"n_samples": 100, "features": {"a": column}}).definition
    if not apart:
        with pytest.raises(DefinitionError, match="writes some moments alike"):
            compile_plan(definition, seed=1)
        return
    texts = compile_plan(definition, seed=1).tables[0].block(0).column("a").to_pylist()
    assert len(set(texts)) == 100


def test_an_open_end_may_be_the_last_day_there_is() -> None:
    column = {"type": "date", "start_date": "2000-01-01", "end_date": "9999-12-31"}
    definition = load_definition({"n_samples": 50, "features": {"a": column}}).definition
    days = compile_plan(definition, seed=1).tables[0].block(0).column("a").to_pylist()
    assert max(days).year > 9000
