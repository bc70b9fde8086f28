"""Databases by their URL: a real PostgreSQL, a real MariaDB, and files of SQLite."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import quote, quote_plus

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.engine.errors import SourceError
from app.sinks.reading import table_reading
from app.sinks.reading.table_reading import Wanted
from app.sinks.reading.urls import fetch_url, is_database_url, without_credentials
from tests.components.mariadb import MariaDBServer
from tests.components.postgres import PostgresServer

SECRET = "Hildegard"
SERVER = f"""
CREATE TABLE people (id int, name varchar(40), born date, seen timestamp, size numeric(10, 2));
INSERT INTO people VALUES (1, '{SECRET}', '1990-01-02', '2024-05-06 07:08:09', 1.25),
    (2, NULL, NULL, NULL, NULL), (3, 'b', '1991-01-02', '2024-05-06 07:08:10', 20.50);
"""


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def shop(tmp_path: Path) -> str:
    """The URL of a file of SQLite with two tables."""
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as database:
        database.execute('CREATE TABLE people (id INTEGER, "odd %s :name" TEXT, photo BLOB)')
        rows = [(place, f"{SECRET} {place}", b"x") for place in range(250)]
        database.executemany("INSERT INTO people VALUES (?, ?, ?)", rows)
        database.execute("CREATE TABLE orders (id INTEGER)")
    database.close()
    return f"sqlite:///{path}"


def refused(url: str, wanted: Wanted, out: Path) -> str:
    with pytest.raises(SourceError) as caught:
        fetch_url(url, wanted, out)
    assert SECRET not in str(caught.value) and not list(out.glob("*.parquet"))
    return str(caught.value)


def test_a_table_is_read_in_batches(shop: str, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_reading, "ROWS_AT_ONCE", 100)
    fetch_url(shop, Wanted(("people",)), out)
    found = pq.read_table(out / "people.parquet")
    assert found["id"].to_pylist() == list(range(250))
    assert found["odd %s :name"].to_pylist()[7] == f"{SECRET} 7"
    assert [path.name for path in out.iterdir()] == ["people.parquet"]


def test_a_query_may_hold_any_sign(shop: str, out: Path) -> None:
    query = "SELECT id, 'x:y %s' AS mark FROM people WHERE id % 2 = 0; -- the end"
    refused_at_end = "SELECT id, 'x:y %s' AS mark FROM people WHERE id % 2 = 0"
    fetch_url(shop, Wanted(query=query), out)
    assert pq.read_table(out / "query.parquet").num_rows == 125
    (out / "query.parquet").unlink()
    fetch_url(shop, Wanted(query=refused_at_end), out)
    assert set(pq.read_table(out / "query.parquet")["mark"].to_pylist()) == {"x:y %s"}


def test_several_tables_are_listed_where_none_is_named(shop: str, out: Path) -> None:
    assert "2 tables: orders, people; say which one" in refused(shop, Wanted(), out)
    fetch_url(shop, Wanted(("people", "orders")), out)
    assert sorted(each.name for each in out.iterdir()) == ["orders.parquet", "people.parquet"]


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (Wanted(("persons",)), "no table 'persons'; the database has orders, people"),
        (Wanted(query="DELETE FROM people"), "readonly"),
        (Wanted(query="SELECT age FROM people"), "no such column: age"),
        (Wanted(query="SELECT id, id FROM people"), "two columns have one name"),
        (Wanted(query="PRAGMA journal_mode = wal; SELECT 1"), "cannot be read (ProgrammingError)"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(
    wanted: Wanted, reason: str, shop: str, out: Path
) -> None:
    assert reason in refused(shop, wanted, out)
    fetch_url(shop, Wanted(("people",)), out)
    assert pq.read_table(out / "people.parquet").num_rows == 250


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("sqlite:////nowhere/at-all.db", "there is no file"),
        ("sqlite://", "there is no file"),
        (f"postgresql://tester:{SECRET}@127.0.0.1:1/shop", "cannot be reached"),
        (f"mysql://tester:{SECRET}@127.0.0.1:1/shop", "cannot be reached"),
        (f"nosuch://tester:{SECRET}@host/shop", "no driver for 'nosuch'"),
        (f"oracle+nosuch://tester:{SECRET}@host/shop", "no driver"),
        (f"postgresql://tester:{SECRET}@host:port/shop", "no URL of a database"),
        (f"mysql://tester:{SECRET}@host/shop?read_timeout=x", "of the URL (read_timeout) has a"),
        (f"mysql://tester@host/shop?client_flag={SECRET}", "of the URL (client_flag) has a"),
        (f"postgresql://host/shop?port={SECRET}", "of the URL (port) has a value"),
    ],
)
def test_where_nothing_can_be_reached_no_password_is_named(
    url: str, reason: str, out: Path
) -> None:
    assert reason in refused(url, Wanted(), out)


@pytest.mark.parametrize(
    "setting",
    ["password={}", "passwd={}", "sslpassword={}", "password=&Pwd={}", "odbc_connect=PWD%3D{}%3B"],
)
@pytest.mark.parametrize("secret", [SECRET, f"{SECRET} & + ü"])
def test_no_password_of_a_setting_is_named(
    setting: str, secret: str, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(*given: object, **named: object) -> None:
        said = [*given, *named.values()]
        raise OSError(f"refused: {secret} {quote(secret, safe='')} {quote_plus(secret)} {said}")

    monkeypatch.setattr("pymysql.connect", connect)
    url = f"mysql://tester@host/shop?{setting.format(quote(secret, safe=''))}"
    said = refused(url, Wanted(), out)
    assert said.startswith("the database cannot be reached: refused: *** *** ***")


def test_a_password_within_a_setting_is_not_named(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(**given: object) -> None:
        raise OSError(f"no {given['init_command']} here")

    monkeypatch.setattr("pymysql.connect", connect)
    url = f"mysql://tester@host/shop?init_command=UID%3Da%3BPWD%3D{SECRET}%3B"
    assert "no UID=a;PWD=***; here" in refused(url, Wanted(), out)


def test_postgresql_is_read_and_not_written(
    postgres: PostgresServer, postgres_database: str, out: Path
) -> None:
    postgres.sql(
        SERVER + "CREATE SCHEMA sales; CREATE TABLE sales.orders (id int);", postgres_database
    )
    url = postgres.url(postgres_database, "postgresql")
    assert "people, sales.orders" in refused(url, Wanted(), out)
    assert "read-only" in refused(url, Wanted(query="DELETE FROM people RETURNING id"), out)
    cast = "SELECT name::int FROM people"
    assert refused(url, Wanted(query=cast), out).startswith("the database cannot be read (")
    assert "does not exist" in refused(url, Wanted(query="SELECT nothing FROM people"), out)
    wrong = url.replace(postgres.password, "wrong-" + SECRET)
    assert "password authentication failed" in refused(wrong, Wanted(("people",)), out)
    fetch_url(f"{url}?sslmode=disable", Wanted(("public.people",)), out)
    found = pq.read_table(out / "people.parquet")
    kinds = [pa.int64(), pa.string(), pa.date32(), pa.timestamp("us"), pa.decimal128(10, 2)]
    assert found.schema.types == kinds and found["name"].to_pylist() == [SECRET, None, "b"]


def test_mariadb_is_read_and_not_written(mariadb: MariaDBServer, out: Path) -> None:
    database = mariadb.new_database()
    mariadb.sql(SERVER, database)
    url = f"mysql://{mariadb.user}:{mariadb.password}@{mariadb.host}:{mariadb.port}/{database}"
    assert "READ ONLY" in refused(url, Wanted(query="DELETE FROM people"), out)
    fetch_url(url, Wanted(), out)
    found = pq.read_table(out / "people.parquet")
    kinds = [pa.int64(), pa.string(), pa.date32(), pa.timestamp("us"), pa.decimal128(10, 2)]
    assert found.schema.types == kinds and found.num_rows == 3


def test_what_mariadb_says_of_data_is_left_out(mariadb: MariaDBServer, out: Path) -> None:
    database = mariadb.new_database()
    mariadb.sql(SERVER, database)
    url = f"mysql://{mariadb.user}:{mariadb.password}@{mariadb.host}:{mariadb.port}/{database}"
    leak = "SELECT extractvalue(1, concat('~', name)) FROM people WHERE id = 1"
    assert refused(url, Wanted(query=leak), out) == "the database cannot be read (1105)"
    assert "Unknown column" in refused(url, Wanted(query="SELECT nothing FROM people"), out)


def test_a_url_is_shown_without_who_connects() -> None:
    url = f"postgresql://tester:{SECRET}@host:5433/shop?sslmode=require&password={SECRET}"
    assert without_credentials(url) == "postgresql://host:5433/shop"
    assert is_database_url(url) and is_database_url("sqlite:///x.db")
    assert not any(map(is_database_url, ["/data/x.csv", "C:\\data\\x.csv", "x.csv", "a://b"[1:]]))
