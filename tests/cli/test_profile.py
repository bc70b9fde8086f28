"""`tablesmith profile`: tables in, what was found out, and the documents that come of it."""

from __future__ import annotations

import json
from pathlib import Path

import yaml
from typer.testing import CliRunner

from app.cli import app
from tests.components.postgres import PostgresServer

DATA = Path(__file__).parents[1] / "data" / "sources"
RUN = CliRunner()


def test_a_table_of_what_was_found_without_a_value_of_the_source() -> None:
    done = RUN.invoke(app, ["profile", str(DATA / "northwind")])
    assert done.exit_code == 0, done.output
    assert "Orders.ShipVia -> Shippers.ShipperID" in done.stdout
    assert "birth_date (0.70)" in done.stdout
    assert "OrderDate < ShippedDate" in done.stdout
    assert "rows are too few to learn from" in done.stderr
    assert "Davolio" not in done.output


def test_the_profile_as_json() -> None:
    done = RUN.invoke(app, ["profile", str(DATA / "telco.csv"), "--json"])
    (table,) = json.loads(done.stdout)["tables"]
    assert table["rows"] == 800
    assert table["columns"][0]["format"]["mask"] == "####-?????"


def test_a_synthesis_definition_is_written_and_printed(tmp_path: Path) -> None:
    out = tmp_path / "synthesis.yaml"
    done = RUN.invoke(app, ["profile", str(DATA / "telco.csv"), "-o", str(out)])
    assert done.exit_code == 0, done.output
    document = yaml.safe_load(out.read_text("utf-8"))
    assert document["tables"]["telco"]["primary_key"] == "customerID"
    printed = RUN.invoke(app, ["profile", str(DATA / "telco.csv"), "--as", "synthesis"])
    assert yaml.safe_load(printed.stdout) == document


def test_a_definition_makes_rows_like_the_source(tmp_path: Path) -> None:
    out = tmp_path / "telco.yaml"
    source = str(DATA / "telco.csv")
    done = RUN.invoke(app, ["profile", source, "--as", "definition", "-o", str(out)])
    assert done.exit_code == 0, done.output
    assert "note: telco: 1 dependencies" in done.stderr
    made = tmp_path / "made.csv"
    arguments = ["generate", str(out), "-o", str(made), "--workers", "1", "--strict", "--seed", "1"]
    assert RUN.invoke(app, arguments).exit_code == 0
    head = made.read_text("utf-8").splitlines()
    assert head[0] == (DATA / "telco.csv").read_text("utf-8").splitlines()[0]
    assert len(head) == 801


def test_what_is_said_is_not_detected(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("1;ß\n2;x\n".encode("cp850"))
    options = ["--encoding", "cp850", "--delimiter", ";", "--no-header", "--json"]
    (table,) = json.loads(RUN.invoke(app, ["profile", str(path), *options]).stdout)["tables"]
    assert [each["name"] for each in table["columns"]] == ["column_1", "column_2"]
    assert table["rows"] == 2


def test_what_cannot_be_read_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,Zaphod\n2\n")
    done = RUN.invoke(app, ["profile", str(path)])
    assert done.exit_code == 1
    assert "line 3 has 1 cells" in done.stderr
    assert "Zaphod" not in done.output
    missing = RUN.invoke(app, ["profile", str(tmp_path / "none.csv")])
    assert missing.exit_code == 1
    assert "no such file" in missing.stderr


def test_a_database_is_named_without_who_connects(
    postgres: PostgresServer, postgres_database: str
) -> None:
    postgres.sql(
        "CREATE TABLE a (x int); INSERT INTO a SELECT n FROM generate_series(1, 50) n;"
        "CREATE TABLE b AS SELECT * FROM a;",
        postgres_database,
    )
    url = postgres.url(postgres_database, "postgresql")
    both = ["profile", url, "--table", "a", "--table", "b"]
    done = RUN.invoke(app, [*both, "--as", "synthesis"])
    assert done.exit_code == 0, done.output
    document = yaml.safe_load(done.stdout)
    assert list(document["tables"]) == ["a", "b"]
    assert document["source"] == f"postgresql://127.0.0.1:{postgres.port}/{postgres_database}"
    refused = RUN.invoke(app, ["profile", url])
    assert refused.exit_code == 1 and "2 tables: a, b" in refused.stderr
    assert postgres.password not in done.output + refused.output
