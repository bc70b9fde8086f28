"""Texts that somebody made to keep a reader busy."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from app.engine.importing.columns import MOST_SQL, from_csv, from_sql, from_text, is_sql

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
    assert time.process_time() - began < 3


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
    with pytest.raises(ValueError, match="give the CREATE TABLE alone"):
        from_sql(CREATE + " " * MOST_SQL)


def test_figures_that_no_number_holds_are_texts() -> None:
    features = from_csv("a,b\n" + f"{'9' * 39},{'9' * 400}\n1e999,1\n" * 3)["features"]
    assert features["b"]["type"] == "text"
    assert features["a"]["type"] != "int"
