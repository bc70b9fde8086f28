"""Texts that somebody made to keep a reader busy."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from app.engine.importing.columns import MOST_TEXT, from_text, is_sql
from app.engine.importing.csv_columns import draft_of_csv, from_csv
from app.engine.schema.load import load_definition

CREATE = "create table t (a int)"
HOSTILE = {
    "lines": "\n" * 900_000,
    "blanks": " " * 900_000,
    "creates": "create " * 128_000,
    "creates and lines": "create\n\n\n\n" * 90_000,
    "temporary": "create " + "temporary " * 90_000,
    "or replace": "\ncreate or replace " * 40_000,
    "one name": "a" * 900_000,
    "names": ",".join(f"c{i}" for i in range(100_000)),
    "the same name": ",".join("c" for _ in range(400)) + "," * 400_000,
    "digits": "a\n" + "9" * 100_000,
    "many digits": "a\n" + ("9" * 400 + "\n") * 200,
    "quotes": '"' * 900_000,
    "long cells": "a,b\n" + (("x" * 2000 + ",") * 2 + "\n") * 200,
    "underscores": "_" * 999 + "\n1",
    "SQL": "create table t (" + ", ".join(f"c{i} int" for i in range(60_000)) + ")",
    "nested SQL": "create table t (a int default " + "(" * 40_000 + ")",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_takes_long_to_read(name: str) -> None:
    began = time.process_time()
    with suppress(ValueError):
        from_text(HOSTILE[name])
    assert time.process_time() - began < 20  # what grows with the square takes minutes


@pytest.mark.parametrize("unit", ["\n", " ", "create ", "create\n", "temp ", ";", "\ncreate or"])
def test_telling_sql_from_csv_is_linear(unit: str) -> None:
    def seconds(length: int) -> float:
        text = "create " + unit * (length // len(unit))
        began = time.process_time()
        is_sql(text)
        return time.process_time() - began

    assert seconds(900_000) < max(0.5, 20 * seconds(90_000))


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (CREATE, True),
        (f"  \t{CREATE}", True),
        (f"-- so\n  {CREATE}", True),
        (f"/* so */ {CREATE}", True),
        (f"drop table t; {CREATE}", True),
        ("CREATE OR REPLACE  TEMPORARY\nTABLE t (a int)", True),
        ("create_table\n1", False),
        ("please create table\n1", False),
        ("create tables\n1", False),
        ("create view v", False),
    ],
)
def test_sql_makes_a_table(text: str, is_one: bool) -> None:
    assert is_sql(text) is is_one


def test_too_many_columns_and_too_long_names_are_refused() -> None:
    with pytest.raises(ValueError, match="501 columns are more than the 500"):
        from_csv(",".join(f"c{i}" for i in range(501)))
    with pytest.raises(ValueError, match="a name of 1,001 letters"):
        from_csv("x" * 1001)
    with pytest.raises(ValueError, match="more than the 4,000,000 that are read"):
        from_text(CREATE + " " * MOST_TEXT)


def test_figures_that_no_number_holds_are_texts() -> None:
    features = from_csv("a,b\n" + f"{'9' * 39},{'9' * 400}\n1e999,1\n" * 3)["features"]
    assert features["b"]["type"] == "text"
    assert features["a"]["type"] != "int"


MESSY = "zip,joined,spend,plan,flag,note\n" + "".join(
    f"0{1000 + i % 7},{i % 28 + 1:02}.03.2021,{'1.234,50' if i % 9 else '?'},{'ABC'[i % 3]},"
    f"{i % 20 == 0:d},row {i} says that\n".replace(",50,", ".50,").replace("1.234", "1234")
    for i in range(400)
)


def test_messy_columns_are_read_as_what_they_are() -> None:
    draft = draft_of_csv(MESSY)
    features = draft.document["features"]
    assert features["zip"]["type"] == "category"
    assert "01000" in features["zip"]["cats"]
    assert (features["joined"]["type"], features["joined"]["format"]) == ("date", "%d.%m.%Y")
    assert (features["joined"]["start_date"], features["joined"]["end_date"]) == (
        "2021-03-01",
        "2021-03-28",
    )
    assert features["spend"]["missing"] == pytest.approx(0.1125, abs=0.001)
    assert features["plan"]["cats"] == {"A": 0.335, "B": 0.3325, "C": 0.3325}
    assert features["flag"]["cats"] == {"0": 0.95, "1": 0.05}
    assert any("leading zeros" in each for each in draft.notes)
    assert any("made up by the column's name" in each for each in draft.notes)
    assert load_definition(draft.document).definition.tables


def test_labels_that_are_merged_are_counted() -> None:
    cells = [f"{number % 310:03}A" for number in range(1000)]
    (note,) = draft_of_csv("\n".join(["code", *cells])).notes
    assert note == "code: 10 labels beyond 300 are merged"


def test_a_few_numbers_that_lean_to_one_side_do_not_heap_up_at_their_ends() -> None:
    leaning = draft_of_csv("wait\n0\n0\n0\n0\n1\n1\n2\n90\n").document["features"]["wait"]
    assert (leaning["min"], leaning["max"], leaning["bounds"]) == (0, 90, "truncate")
    even = draft_of_csv("wait\n1\n5\n5\n5\n5\n5\n5\n9\n").document["features"]["wait"]
    assert "bounds" not in even


def test_a_text_that_was_cut_loses_its_last_row_alone() -> None:
    draft = draft_of_csv("a,b,c\n1,2,3\n4,5,6\n7,8")
    assert draft.document["features"]["a"]["max"] == 4


def test_a_header_alone_is_read_by_its_names() -> None:
    features = draft_of_csv("customer_id,email,anything")
    assert features.document["features"] == {
        "customer_id": {"type": "id"},
        "email": {"type": "email"},
        "anything": {"type": "text"},
    }
