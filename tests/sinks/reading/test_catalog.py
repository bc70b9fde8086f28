"""What databases declare of tables goes with their rows, and all tables are read in one state."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.engine.errors import SourceError
from app.engine.sources.declarations import DeclaredKey, DeclaredTable, as_metadata, declared_in
from app.engine.sources.opening import open_source
from app.sinks.reading import table_reading
from app.sinks.reading.table_reading import Wanted
from app.sinks.reading.urls import fetch_url
from tests.components.mariadb import MariaDBServer
from tests.components.postgres import PostgresServer

SHOP = """
CREATE TABLE customers (
  id integer PRIMARY KEY, email varchar(60) NOT NULL UNIQUE, born date,
  balance numeric(12, 3) NOT NULL
);
CREATE TABLE orders (
  id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customers (id)
);
CREATE TABLE items (
  order_id integer NOT NULL REFERENCES orders (id), line integer NOT NULL,
  PRIMARY KEY (order_id, line)
);
CREATE TABLE parcels (
  number integer PRIMARY KEY, order_id integer, line integer,
  FOREIGN KEY (order_id, line) REFERENCES items (order_id, line)
);
"""
ROWS = """
INSERT INTO customers VALUES (1, 'a@example.com', '1990-01-02', 1.5), (2, 'b@x.com', NULL, 20);
INSERT INTO orders VALUES (7, 1);
INSERT INTO items VALUES (7, 1);
INSERT INTO parcels VALUES (1, 7, 1);
"""


def read(url: str, folder: Path, wanted: Wanted) -> dict[str, DeclaredTable]:
    """What is declared of the tables of a database, by name."""
    out = folder / "out"
    out.mkdir()
    fetch_url(url, wanted, out)
    with open_source(out) as source:
        return {each.name: each.declared or DeclaredTable() for each in source.tables}


def check_shop(found: dict[str, DeclaredTable]) -> None:
    customers, items, parcels = (found[name] for name in ("customers", "items", "parcels"))
    assert sorted(found) == ["customers", "items", "orders", "parcels"]
    assert customers.primary_key == ("id",) and customers.unique == (("email",),)
    balance, email = customers.columns["balance"], customers.columns["email"]
    assert (balance.kind, balance.precision, balance.scale) == ("decimal", 12, 3)
    assert (email.kind, email.length, email.nullable) == ("text", 60, False)
    assert customers.columns["born"].kind == "date" and customers.columns["born"].nullable
    assert items.primary_key == ("order_id", "line")
    (key,) = parcels.foreign_keys
    assert (key.columns, key.table, key.parent_columns) == (
        ("order_id", "line"), "items", ("order_id", "line"),
    )  # fmt: skip
    assert found["orders"].foreign_keys == (
        DeclaredKey(columns=("customer_id",), table="customers", parent_columns=("id",)),
    )


def test_postgresql_declares_keys_and_types(
    postgres: PostgresServer, postgres_database: str, tmp_path: Path
) -> None:
    more = """
    CREATE TYPE mood AS ENUM ('glad', 'sad');
    CREATE TABLE days (
      id uuid PRIMARY KEY, at timestamptz, local timestamp, mood mood, is_open boolean, note jsonb
    );
    INSERT INTO days VALUES (gen_random_uuid(), '2024-05-06 07:08:09+02', '2024-05-06 07:08:09',
      'sad', true, '{"a": 1}');
    """
    postgres.sql(SHOP + ROWS + more, postgres_database)
    url = postgres.url(postgres_database, "postgresql")
    found = read(url, tmp_path, Wanted(all_tables=True))
    days = found.pop("days")
    check_shop(found)
    kinds = {name: each.kind for name, each in days.columns.items()}
    assert kinds == {
        "id": "uuid", "at": "zoned", "local": "datetime", "mood": "text", "is_open": "boolean",
        "note": "text",
    }  # fmt: skip
    assert days.columns["mood"].labels == ("glad", "sad")
    types = pq.read_schema(tmp_path / "out" / "days.parquet")
    assert types.field("at").type.tz is not None
    assert types.field("is_open").type == pa.bool_()


def test_postgresql_declares_keys_between_schemas_and_what_domains_are_of(
    postgres: PostgresServer, postgres_database: str, tmp_path: Path
) -> None:
    more = """
    CREATE SCHEMA sales;
    CREATE DOMAIN positive AS integer NOT NULL CHECK (VALUE > 0);
    CREATE TABLE "user" ("select" positive PRIMARY KEY);
    CREATE TABLE sales."user" (id integer PRIMARY KEY, owner positive REFERENCES public."user");
    CREATE TABLE sales.notes (id integer PRIMARY KEY, of integer REFERENCES sales."user");
    """
    postgres.sql(more, postgres_database)
    found = read(postgres.url(postgres_database, "postgresql"), tmp_path, Wanted(all_tables=True))
    (owner,), (of,) = found["sales_user"].foreign_keys, found["notes"].foreign_keys
    assert owner == DeclaredKey(columns=("owner",), table="user", parent_columns=("select",))
    assert of == DeclaredKey(columns=("of",), table="sales_user", parent_columns=("id",))
    column = found["sales_user"].columns["owner"]
    assert (column.kind, column.nullable) == ("integer", False)


def test_mariadb_declares_keys_and_types(mariadb: MariaDBServer, tmp_path: Path) -> None:
    database = mariadb.new_database()
    mariadb.sql(SHOP + ROWS, database)
    url = f"mysql://{mariadb.user}:{mariadb.password}@{mariadb.host}:{mariadb.port}/{database}"
    check_shop(read(url, tmp_path, Wanted(all_tables=True)))


def sqlite_shop(folder: Path) -> str:
    path = folder / "shop.db"
    with sqlite3.connect(path) as database:
        database.executescript(SHOP + ROWS)
    database.close()
    return f"sqlite:///{path}"


def test_sqlite_declares_keys_and_types(tmp_path: Path) -> None:
    check_shop(read(sqlite_shop(tmp_path), tmp_path, Wanted(all_tables=True)))


def test_tables_and_columns_are_chosen(tmp_path: Path) -> None:
    wanted = Wanted(("orders", "customers"), columns=("customers.id", "customers.born"))
    found = read(sqlite_shop(tmp_path), tmp_path, wanted)
    assert list(found["customers"].columns) == ["id", "born"] and not found["customers"].unique
    assert pq.read_schema(tmp_path / "out" / "customers.parquet").names == ["id", "born"]
    assert [key.table for key in found["orders"].foreign_keys] == ["customers"]


def test_names_of_tables_may_have_dots_and_be_words_of_sql(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "odd.db")) as database:
        database.executescript(
            'CREATE TABLE "a.b" (id integer PRIMARY KEY, "select" text);'
            'CREATE TABLE "order" (id integer PRIMARY KEY, "group" integer REFERENCES "a.b");'
            """INSERT INTO "a.b" VALUES (1, 'x'); INSERT INTO "order" VALUES (1, 1);"""
        )
    found = read(f"sqlite:///{tmp_path / 'odd.db'}", tmp_path, Wanted(all_tables=True))
    (key,) = found["order"].foreign_keys
    assert sorted(found) == ["b", "order"] and (key.columns, key.table) == (("group",), "b")


def test_columns_of_no_table_are_refused(tmp_path: Path) -> None:
    url = sqlite_shop(tmp_path)
    with pytest.raises(SourceError, match=r"'items\.line' is of no table that is read"):
        read(url, tmp_path, Wanted(("orders",), columns=("items.line",)))


def test_rows_that_come_meanwhile_are_not_seen(
    postgres: PostgresServer,
    postgres_database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    postgres.sql(SHOP + ROWS, postgres_database)
    plain = table_reading._read  # of which each reads one table

    def read_and_add(*given: object) -> int:
        size = plain(*given)  # type: ignore[arg-type]
        number = postgres.sql("SELECT max(id) + 1 FROM orders", postgres_database)
        postgres.sql(f"INSERT INTO orders VALUES ({number}, 2)", postgres_database)
        return size

    monkeypatch.setattr(table_reading, "_read", read_and_add)
    wanted = Wanted(("customers", "orders"))
    read(postgres.url(postgres_database, "postgresql"), tmp_path, wanted)
    assert pq.read_table(tmp_path / "out" / "orders.parquet").num_rows == 1


def test_what_a_strange_file_declares_is_checked() -> None:
    table = DeclaredTable(primary_key=("id",), unique=(("a", "b"),))
    assert declared_in(as_metadata(table), ["id", "a", "b"]) == table
    assert declared_in(as_metadata(table), ["a"]) == DeclaredTable()
    for text in (b"{", b'{"primary_key": 7}', b'{"columns": {"a": {"kind": "blob"}}}'):
        assert declared_in({b"tablesmith.declared": text}, ["a"]) is None
    uneven = b'{"foreign_keys": [{"columns": ["a"], "table": "t", "parent_columns": []}]}'
    assert declared_in({b"tablesmith.declared": uneven}, ["a"]) is None
