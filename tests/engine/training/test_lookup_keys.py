"""Keys to lookup tables of several columns, and those that rows of one parent have but once."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from app.engine.errors import DefinitionError
from app.engine.plan.several.planning import tables_plan
from app.engine.synthesizers.several.files import tables_bytes, tables_of
from app.engine.synthesizers.several.learned_tables import LearnedTables
from app.engine.training.several.fitting import train_tables
from app.engine.training.training_plan import AskedTraining
from tests.engine.several_tables import NEW, drawn

QUICK = AskedTraining(settings={"max_rounds": 8}, seed=1)
FLIGHTS: dict[str, Any] = {
    "tables": {
        "stations": {"primary_key": "code", "original": True},
        "weather": {"primary_key": ["station", "hour"], "original": True},
        "flights": {},
    },
    "foreign_keys": [
        {"from": "flights.station", "to": "stations.code"},
        {
            "from": ["flights.station", "flights.hour"],
            "to": ["weather.station", "weather.hour"],
            "orphans": "missing",
        },
        {"from": "weather.station", "to": "stations.code"},
    ],
}
MUSIC: dict[str, Any] = {
    "tables": {
        "lists": {"primary_key": "id", "original": True},
        "tracks": {"primary_key": "id", "columns": {"id": NEW}},
        "entries": {"primary_key": ["list", "track"]},
    },
    "foreign_keys": [
        {"from": "entries.track", "to": "tracks.id"},
        {"from": "entries.list", "to": "lists.id"},
    ],
}


@cache
def flights() -> dict[str, pa.Table]:
    """Each station has no weather of some hours; few flights leave then. An hour says its part of
    the day."""
    rng = np.random.default_rng(1)
    codes = np.array(["AAA", "BBB", "CCC"])
    known = [(c, h) for n, c in enumerate(codes) for h in range(24) if (h + n) % 4]
    place = rng.integers(0, len(known), 900)
    station = [known[each][0] for each in place]
    hour = np.array([known[each][1] for each in place])
    hour[:12] = [4 * (n % 3) for n in range(12)]
    station[:12] = ["AAA"] * 12
    return {
        "stations": pa.table({"code": codes}),
        "weather": pa.table(
            {
                "station": [each[0] for each in known],
                "hour": [each[1] for each in known],
                "wind": rng.normal(10, 3, len(known)).round(1),
            }
        ),
        "flights": pa.table(
            {
                "station": station,
                "hour": hour,
                "part": np.array(["night", "morning", "day", "evening"])[hour // 6],
                "delay": np.round(rng.normal(0, 5, 900) + hour, 1),
            }
        ),
    }


@cache
def music() -> dict[str, pa.Table]:
    rng = np.random.default_rng(2)
    counts = rng.integers(0, 5, 150)
    chosen = [rng.choice(6, each, replace=False, p=[0.4, 0.3, 0.1, 0.1, 0.05, 0.05])
              for each in counts]  # fmt: skip
    return {
        "lists": pa.table({"id": np.arange(6) + 1, "name": list("abcdef")}),
        "tracks": pa.table({"id": np.arange(150) + 10, "length": rng.integers(100, 400, 150)}),
        "entries": pa.table(
            {"list": np.concatenate(chosen) + 1, "track": np.repeat(np.arange(150) + 10, counts)}
        ),
    }


@cache
def learned(which: str) -> LearnedTables:
    tables, definition = (flights(), FLIGHTS) if which == "flights" else (music(), MUSIC)
    found = train_tables(tables, definition, QUICK)
    return tables_of(tables_bytes(found))


def pairs(table: pa.Table, *names: str) -> list[tuple[Any, ...]]:
    return list(zip(*(table[name].to_pylist() for name in names), strict=True))


def test_each_row_has_a_key_of_the_lookup_table_or_none() -> None:
    rows = drawn(tables_plan(learned("flights"), "x", rows={"flights": 3_000}, seed=3))
    known = set(pairs(rows["weather"], "station", "hour"))
    own = pairs(rows["flights"], "station", "hour")
    assert {each for each in own if None not in each} <= known
    missing = sum(None in each for each in own)
    assert 0 < missing < 0.05 * len(own)
    assert rows["weather"].num_rows == flights()["weather"].num_rows


def test_what_a_part_of_the_key_says_holds_in_every_row() -> None:
    rows = drawn(tables_plan(learned("flights"), "x", rows={"flights": 3_000}, seed=3))["flights"]
    parts = dict(pairs(flights()["flights"], "hour", "part"))
    assert all(parts[hour] == part for hour, part in pairs(rows, "hour", "part"))


def test_rows_without_a_lookup_row_are_refused_unless_it_is_said_what_becomes_of_them() -> None:
    keys = [dict(each) for each in FLIGHTS["foreign_keys"]]
    del keys[1]["orphans"]
    with pytest.raises(DefinitionError, match="12 rows of 'flights' refer to no row"):
        train_tables(flights(), {**FLIGHTS, "foreign_keys": keys}, QUICK)


def test_rows_of_one_parent_have_different_lookup_rows() -> None:
    rows = drawn(tables_plan(learned("music"), "x", rows=2_000, seed=3))
    own = pairs(rows["entries"], "list", "track")
    assert len(own) > 3_000 and len(set(own)) == len(own)
    assert {int(each) for each, _ in own} <= set(range(1, 7))


def test_few_different_lookup_rows_are_shared_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is drawn again, rows that repeat one have others of the lookup table."""
    monkeypatch.setattr("app.engine.plan.several.looking_up.MOST_TURNS", 0)
    rows = drawn(tables_plan(learned("music"), "x", rows=500, seed=3))
    own = pairs(rows["entries"], "list", "track")
    assert len(set(own)) == len(own)
    rows = drawn(tables_plan(learned("flights"), "x", rows={"flights": 800}, seed=3))
    known = set(pairs(rows["weather"], "station", "hour"))
    assert {e for e in pairs(rows["flights"], "station", "hour") if None not in e} <= known


def test_rows_in_an_order_have_no_such_key() -> None:
    tables = {**MUSIC["tables"], "entries": {"primary_key": ["list", "track"], "order_by": "list"}}
    with pytest.raises(DefinitionError):
        train_tables(music(), {**MUSIC, "tables": tables}, QUICK)
