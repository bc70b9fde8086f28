"""Families of tables from a database into a model, and drawn into a database with all keys."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from app.cli import app
from app.engine.schema.yaml.write import write_yaml
from tests.components.mariadb import MariaDBServer
from tests.components.postgres import PostgresServer

RUN = CliRunner()
CUSTOMERS = 60
SHOP = """
CREATE TABLE kinds (code varchar(3) PRIMARY KEY, size integer NOT NULL);
CREATE TABLE customers (
  id integer PRIMARY KEY, email varchar(60) NOT NULL UNIQUE, level varchar(8) NOT NULL,
  balance numeric(10, 2), since date NOT NULL
);
CREATE TABLE orders (
  id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customers (id), paid boolean
);
CREATE TABLE items (
  order_id integer NOT NULL REFERENCES orders (id), line integer NOT NULL,
  kind varchar(3) NOT NULL REFERENCES kinds (code), price numeric(8, 2) NOT NULL,
  PRIMARY KEY (order_id, line)
);
"""
DEFINITION = {
    "tables": {
        "kinds": {"primary_key": "code", "original": True},
        "customers": {
            "primary_key": "id",
            "columns": {
                "id": "new",
                "email": {"treatment": "fake", "provider": "email", "unique": True},
            },
        },
        "orders": {"primary_key": "id", "columns": {"id": "new"}},
        "items": {"primary_key": ["order_id", "line"]},
    },
    "foreign_keys": [
        {"from": "orders.customer_id", "to": "customers.id"},
        {"from": "items.order_id", "to": "orders.id"},
        {"from": "items.kind", "to": "kinds.code"},
    ],
    "synthesizer": {"name": "sequential", "max_rounds": 5},
}  # fmt: skip
COUNTS = "SELECT (SELECT count(*) FROM {0}), (SELECT count(DISTINCT {1}) FROM {0})"


def inserts() -> str:
    """Rows of a shop."""
    rng = np.random.default_rng(1)
    lines = ["INSERT INTO kinds VALUES ('a', 1), ('b', 2), ('c', 3);"]
    order = 0
    for customer in range(1, CUSTOMERS + 1):
        level = rng.choice(["gold", "silver"])
        lines.append(
            f"INSERT INTO customers VALUES ({customer}, 'p{customer}@example.com', '{level}',"
            f" {rng.integers(0, 50_000) / 100}, '20{10 + customer % 14}-03-0{1 + customer % 9}');"
        )
        for _ in range(1 + customer % 3):
            order += 1
            paid = str(bool(order % 2)).upper()
            lines.append(f"INSERT INTO orders VALUES ({order}, {customer}, {paid});")
            for line in range(1, 2 + order % 3):
                kind = rng.choice(["a", "b", "c"])
                price = rng.integers(100, 9_900) / 100
                lines.append(f"INSERT INTO items VALUES ({order}, {line}, '{kind}', {price});")
    return "\n".join(lines)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a shop in SQLite."""
    path = tmp_path_factory.mktemp("shop") / "shop.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(SHOP + inserts())
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def model(shop: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    definition = folder / "synthesis.yaml"
    definition.write_text(write_yaml(DEFINITION), encoding="utf-8")
    out = folder / "shop.tsm"
    run(
        "train",
        shop,
        "--all-tables",
        "-o",
        str(out),
        "--definition",
        str(definition),
        "--seed",
        "1",
    )
    return out


def run(*command: str) -> str:
    done = RUN.invoke(app, list(command))
    assert done.exit_code == 0, done.output
    return done.output


def refused(*command: str) -> str:
    done = RUN.invoke(app, list(command))
    assert done.exit_code in (1, 2), done.output
    return " ".join(done.output.split())


def test_the_definition_of_a_database_has_its_declared_keys(shop: str, tmp_path: Path) -> None:
    run("profile", shop, "--all-tables", "-o", str(tmp_path / "synthesis.yaml"))
    text = (tmp_path / "synthesis.yaml").read_text(encoding="utf-8")
    for words in ("items.order_id", "orders.customer_id", "unique: true"):
        assert words in text
    assert "- order_id\n" in text or "[order_id, line]" in text


def test_tables_go_into_postgresql_with_all_keys(
    model: Path, postgres: PostgresServer, postgres_database: str
) -> None:
    url = postgres.url(postgres_database, "postgresql")
    said = run("synthesize", str(model), "-o", url, "--rows", "200", "--seed", "3")
    assert "warning" not in said and postgres.password not in said

    def ask(text: str) -> list[str]:
        return postgres.sql(text, postgres_database).split("\n")

    assert ask("SELECT count(*) FROM customers") == ["200"]
    keys = ask("SELECT contype, count(*) FROM pg_constraint WHERE contype IN ('p', 'f', 'u')"
               " AND connamespace = 'public'::regnamespace GROUP BY 1 ORDER BY 1")  # fmt: skip
    assert keys == ["f|3", "p|4", "u|1"]
    types = ask(
        "SELECT format_type(atttypid, atttypmod), attnotnull FROM pg_attribute WHERE attrelid ="
        " 'customers'::regclass AND attnum > 0 ORDER BY attnum"
    )
    assert types == [
        "bigint|t", "character varying(60)|t", "character varying(8)|t", "numeric(10,2)|f",
        "date|t",
    ]  # fmt: skip
    again = refused("synthesize", str(model), "-o", url, "--rows", "9", "--seed", "3")
    assert "exists" in again and "--if-exists" in again
    assert ask("SELECT count(*) FROM customers") == ["200"]
    run(
        "synthesize", str(model), "-o", url, "--rows", "30", "--seed", "3", "--if-exists", "replace"
    )
    assert ask("SELECT count(*) FROM customers") == ["30"]


def test_the_same_rows_for_any_number_of_workers(
    model: Path, postgres: PostgresServer, postgres_database: str
) -> None:
    texts = []
    for workers in ("1", "2"):
        url = postgres.url(postgres_database, "postgresql")
        options = ["--rows", "50", "--seed", "3", "--if-exists", "replace", "--workers", workers]
        run("synthesize", str(model), "-o", url, *options)
        texts.append(postgres.sql("COPY items TO STDOUT; COPY customers TO STDOUT",
                                  postgres_database))  # fmt: skip
    assert texts[0] == texts[1]


def test_nothing_is_left_where_a_table_cannot_be_filled(
    model: Path, postgres: PostgresServer, postgres_database: str
) -> None:
    url = postgres.url(postgres_database, "postgresql")
    postgres.sql("CREATE TABLE items (order_id int, line int, kind text, price numeric(2, 1))",
                 postgres_database)  # fmt: skip
    said = refused("synthesize", str(model), "-o", url, "--seed", "3", "--if-exists", "append")
    assert "was left as it was" in said
    there = postgres.sql("SELECT count(*) FROM pg_class WHERE relname IN ('customers', 'orders')",
                         postgres_database)  # fmt: skip
    assert there == "0"
    assert postgres.sql("SELECT count(*) FROM items", postgres_database) == "0"


def test_tables_go_into_mariadb_with_all_keys(model: Path, mariadb: MariaDBServer) -> None:
    database = mariadb.new_database()
    url = f"mysql://{mariadb.user}:{mariadb.password}@{mariadb.host}:{mariadb.port}/{database}"
    run("synthesize", str(model), "-o", url, "--rows", "80", "--seed", "3")
    found = mariadb.sql("SELECT count(*) FROM customers", database)
    keys = mariadb.sql(
        "SELECT count(*) FROM information_schema.table_constraints WHERE constraint_schema ="
        f" '{database}' AND constraint_type = 'FOREIGN KEY'",
        database,
    )
    assert (found, keys) == ("80", "3")
    mariadb.sql("DROP TABLE items", database)
    said = refused("synthesize", str(model), "-o", url, "--rows", "9", "--seed", "3",
                   "--if-exists", "append")  # fmt: skip
    assert "Duplicate entry" in said
    assert mariadb.sql("SHOW TABLES LIKE 'items'", database) == ""
    assert mariadb.sql("SELECT count(*) FROM customers", database) == "80"


def test_tables_go_into_sqlite_with_all_keys(model: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    run("synthesize", str(model), "-o", url, "--rows", "80", "--seed", "3", "--json")
    with closing(sqlite3.connect(tmp_path / "new.db")) as database:
        assert database.execute("SELECT count(*) FROM customers").fetchone() == (80,)
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        keys = database.execute("PRAGMA foreign_key_list(items)").fetchall()
        assert sorted(key[2] for key in keys) == ["kinds", "orders"]


def test_a_table_of_a_database_goes_back_into_one(shop: str, tmp_path: Path) -> None:
    model, url = str(tmp_path / "m.tsm"), f"sqlite:///{tmp_path / 'new.db'}"
    run("train", shop, "--table", "items", "-o", model, "--synthesizer", "independent")
    run("synthesize", model, "-o", url, "--table", "lines", "--rows", "30")
    with closing(sqlite3.connect(tmp_path / "new.db")) as database:
        (made,) = database.execute("SELECT sql FROM sqlite_master").fetchone()
        assert '"price" NUMERIC(8, 2) NOT NULL' in made and '"kind" VARCHAR(3) NOT NULL' in made
        assert database.execute("SELECT count(*) FROM lines").fetchone() == (30,)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["sqlite:////nowhere/at-all.db"], "there is no file"),
        (["postgresql://ann:s3cret@127.0.0.1:1/shop"], "cannot be reached"),
        (["out.csv", "--if-exists", "replace"], "are of a database"),
        (["sqlite:///x.db", "--format", "csv"], "--format is of files"),
    ],
)
def test_what_cannot_be_delivered_is_refused_in_words(
    options: list[str], reason: str, model: Path
) -> None:
    said = refused("synthesize", str(model), "--rows", "5", "-o", *options)
    assert reason in said and "s3cret" not in said


def test_columns_are_chosen(shop: str, tmp_path: Path) -> None:
    options: list[Any] = ["--table", "items", "--column", "items.price", "--column", "items.kind"]
    said = run("train", shop, *options, "-o", str(tmp_path / "m.tsm"), "--json")
    assert '"columns": [ "price", "kind" ]' in " ".join(said.split())
