"""Plots, guesses and figures: what the pages compute themselves."""

from __future__ import annotations

from typing import Any

import pytest
import scipy.stats

from app.engine.importing.columns import from_text, is_sql
from app.engine.importing.csv_columns import from_csv
from app.engine.importing.sql.declaring import draft_of_sql
from app.engine.schema.load import load_definition
from app.ui.model.density import density
from app.ui.model.histograms import histogram
from app.ui.model.progress import Pace, duration, size
from app.ui.model.results import against_target, rows_of_csv, sort_facts
from app.ui.model.rules import tree


def test_a_declared_density_is_read_in_the_spelling_of_the_draft() -> None:
    expected = scipy.stats.norm(3, 2)
    for spec in ({"mean": 3, "std": 2}, {"distribution": {"normal": {"mean": 3, "std": 2}}}):
        found = density(spec)
        assert found.y == pytest.approx(list(expected.pdf(found.x)), abs=1e-9)
    buckets = [{"mean": 30, "std": 5, "proportion": 0.7}, {"mean": 90, "std": 5}]
    mixed = density({"buckets": buckets, "max": 100})
    law = 0.7 * scipy.stats.norm(30, 5).pdf(mixed.x) + 0.3 * scipy.stats.norm(90, 5).pdf(mixed.x)
    assert mixed.y == pytest.approx(list(law)) and max(mixed.x) == pytest.approx(100)


@pytest.mark.parametrize(
    "spec", [{}, {"mean": "x"}, {"distribution": {"gamma": {}}}, {"mean": 0, "std": 0}]
)
def test_what_cannot_be_drawn_yet_is_empty(spec: dict[str, Any]) -> None:
    assert density(spec).x == ()


def test_histograms_name_their_bars_and_say_what_is_in_them() -> None:
    numbers = histogram([1, 2, 2, 3, None])
    assert numbers.shares == (0.25, 0.5, 0.25) and numbers.missing == pytest.approx(0.2)
    assert numbers.names == ("0.5 to 1.5", "1.5 to 2.5", "2.5 to 3.5")
    assert numbers.summary == "mean 2, sd 0.7071"
    flags = histogram([True, False, False, False])
    assert dict(zip(flags.names, flags.shares, strict=True)) == {"false": 0.75, "true": 0.25}
    assert flags.summary == "2 labels" and histogram(["x"] * 3).summary == "one label"
    more = histogram([label for label in "abcdefghij" for _ in range(3)])
    assert (more.names[-1], more.shares[-1]) == ("others", pytest.approx(0.2))
    days = histogram(["2024-01-01", "2024-12-31"])
    assert days.summary == "2024-01-01 to 2024-12-31" and sum(days.shares) == 1
    many = histogram([f"name {i}" for i in range(50)])
    assert many.shares == () and many.summary == "50 different values, such as name 0"


def test_the_target_by_the_values_of_a_column_has_named_bars() -> None:
    rows = [{"x": i % 2, "y": "yes" if i % 2 else "no"} for i in range(40)]
    found = against_target(rows, "x", "y", "yes")
    assert found is not None and found.figures == (0.0, 1.0)
    assert found.column.names == ("-0.5 to 0.5", "0.5 to 1.5")


def test_the_beginning_of_a_file_is_read_up_to_its_last_whole_line() -> None:
    text = "a,b,c\r\n1,x,\r\n2.5,true,y\r\n3,"
    assert rows_of_csv(text, whole=False) == [
        {"a": 1, "b": "x", "c": None},
        {"a": 2.5, "b": True, "c": "y"},
    ]


def test_facts_are_sorted_by_what_they_say() -> None:
    def fact(declared: object, observed: object, *, holds: bool = True) -> dict[str, object]:
        return {"declared": declared, "observed": observed, "holds": holds}

    found = sort_facts([fact(0, 0), fact(0.1, 0.1), fact(1, 2, holds=False)])
    assert (len(found.broken), len(found.informative), len(found.plain)) == (1, 1, 1)
    assert (found.holding, found.number) == (2, 3)


def test_rules_that_begin_alike_share_a_branch() -> None:
    rules = [
        {"conditions": ["a", "b"], "then": {"yes": 0.1}, "share": 0.2},
        {"conditions": ["a", "c"], "then": {"yes": 0.2}, "share": 0.3},
    ]
    [branch] = tree(rules).children
    assert (branch.text, branch.share, branch.then) == ("a", 0.5, None)
    assert [each.text for each in branch.children] == ["b", "c"]


def test_pace_tells_speed_and_what_is_left() -> None:
    pace = Pace()
    pace.note({"stage": "generate", "done": 0, "total": 1000}, 0.0)
    assert pace.speed is None
    pace.note({"stage": "generate", "done": 250, "total": 1000}, 1.0)
    assert (pace.speed, pace.left, pace.share) == (250, 3, 0.25)
    pace.note({"stage": "report", "done": 0, "total": 1000}, 2.0)
    assert pace.speed is None and pace.share == 0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.85, "850 ms"), (5, "5.0 s"), (59, "59 s"), (185, "3 min 5 s"), (7800, "2 h 10 min")],
)
def test_durations_are_for_people(seconds: float, text: str) -> None:
    assert duration(seconds) == text
    assert size(4200) == "4.2 kB"


def test_a_csv_becomes_a_definition_that_loads() -> None:
    rows = [
        f"{i},{'Gold' if i % 2 else 'Silver'},{i * 1.5},2024-01-{i + 1:02},x{i}@a.org"
        for i in range(25)
    ]
    document = from_csv("\n".join(["customer_id,plan,spend,joined,email", *rows]))
    features = document["features"]
    assert features["customer_id"] == {"type": "id", "format": "sequence"}
    assert features["plan"]["cats"] == {"Silver": 0.52, "Gold": 0.48}
    assert features["spend"]["type"] == "float" and features["spend"]["max"] == 36.0
    assert features["joined"]["start_date"] == "2024-01-01"
    assert features["email"] == {"type": "email"}
    assert load_definition(document).definition.tables


@pytest.mark.parametrize(
    ("text", "why"), [("", "no names"), ("a,a\n1,2", "stands twice"), ("\n\n", "no names")]
)
def test_a_csv_without_usable_names_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        from_csv(text)


@pytest.mark.parametrize("text", ["a" * 200_000, '"' + "a,b\n" * 50_000, "\x00\x01,b\n1,2\n"])
def test_what_is_no_csv_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be read|no text"):
        from_csv(text)


def test_sql_is_told_from_columns_that_speak_of_tables() -> None:
    assert is_sql("-- mine\nCREATE OR REPLACE TABLE t (a INT)")
    assert is_sql("/* mine */ create temporary table if not exists t (a INT)")
    assert not is_sql("created_at,table_no\n2024-01-01,3\n")
    assert not is_sql("what\ncreate a table\n")


def test_a_table_of_sql_becomes_a_definition_that_loads() -> None:
    document = from_text(
        "CREATE TABLE shop.customers (id BIGINT PRIMARY KEY, name VARCHAR(80) NOT NULL, "
        "balance DECIMAL(10, 2), joined DATE, seen TIMESTAMP, active BOOLEAN, visits INT UNIQUE)"
    ).document
    assert document["name"] == "customers"
    kinds = {name: spec["type"] for name, spec in document["features"].items()}
    assert kinds == {
        "id": "id",
        "name": "name",
        "balance": "float",
        "joined": "date",
        "seen": "datetime",
        "active": "bool",
        "visits": "int",
    }
    assert document["features"]["visits"]["unique"] is True
    assert load_definition(document).definition.tables


@pytest.mark.parametrize("text", ["SELECT 1", "CREATE TABEL x (", "CREATE VIEW v AS SELECT 1"])
def test_sql_without_a_table_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no CREATE TABLE"):
        draft_of_sql(text)
