"""The command that says where personal data stand."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pyarrow as pa
import pytest
from typer.testing import CliRunner

import tablesmith as ts
from app.cli import app

MARKER = "zqmarker"


@pytest.fixture
def customers(tmp_path: Path) -> Path:
    rows = [f"{n},{MARKER}{n}@acme.com,{MARKER} {n % 3}\n" for n in range(60)]
    path = tmp_path / "customers.csv"
    path.write_text("id,mail,town\n" + "".join(rows))
    return path


def test_it_says_columns_and_counts_and_no_value(customers: Path) -> None:
    result = CliRunner().invoke(app, ["scan", str(customers)])
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "customers: 60 rows, 3 columns",
        "  mail: email (0.95), by name and content in 60 of 60 rows (100.0%)",
        "1 of 3 columns seem to hold personal data",
    ]


def test_json_is_what_the_library_gives(customers: Path) -> None:
    result = CliRunner().invoke(app, ["scan", str(customers), "--json", "--fail-on-found"])
    assert result.exit_code == 3
    assert MARKER not in result.output
    said = json.loads(result.stdout)
    assert said == ts.scan(customers).model_dump(mode="json")
    (found,) = said["found"]
    assert (found["column"], found["rows"], found["share"]) == ("mail", 60, 1.0)


def test_a_database_is_looked_through(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.execute("create table people (id integer primary key, email text)")
        database.execute("create table towns (name text)")
        rows = [(n, f"{MARKER}{n}@acme.com") for n in range(30)]
        database.executemany("insert into people values (?, ?)", rows)
    url = f"sqlite:///{tmp_path}/shop.db"
    result = CliRunner().invoke(app, ["scan", url, "--table", "people"])
    assert result.exit_code == 0, result.output
    assert "  email: email (0.95), by name and content in 30 of 30 rows (100.0%)" in result.stdout


def test_the_library_takes_tables_and_files(customers: Path) -> None:
    table = pa.table({"phone": [f"+49 30 123{n:03d}" for n in range(40)], "n": list(range(40))})
    found = ts.scan({"calls": table, "people": customers})
    assert [(each.table, each.column, each.holds) for each in found.found] == [
        ("calls", "phone", "phone"), ("people", "mail", "email"),
    ]  # fmt: skip
    assert ts.scan(table).columns_found == 1
