"""Sources that are read from a stored connection: a real PostgreSQL."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from tests.api.accounts.conftest import House, OpenHouse
from tests.api.sources.conftest import read
from tests.components.mariadb import MariaDBServer
from tests.components.postgres import PostgresServer
from tests.components.servers import HOST

pytestmark = pytest.mark.anyio

SECRET = "Hildegard-Zweistein"
MAKE = f"""
CREATE SCHEMA sales;
CREATE TABLE customers (
    id int PRIMARY KEY, name text, "odd ""name" text, born date, seen timestamptz,
    balance numeric(10, 2), ratio float8, active boolean, photo bytea, tag uuid
);
INSERT INTO customers SELECT n, '{SECRET} ' || n, CASE n % 3 WHEN 0 THEN 'a' ELSE 'b' END,
    DATE '1990-01-01' + n, TIMESTAMPTZ '2024-05-06 07:08:09+00' + n * INTERVAL '1 hour',
    n * 1.25, n / 7.0, n % 2 = 0, 'x'::bytea, gen_random_uuid()
    FROM generate_series(1, 300) n;
CREATE TABLE sales.orders (order_id int, customer_id int REFERENCES public.customers);
INSERT INTO sales.orders SELECT n, n % 300 + 1 FROM generate_series(1, 900) n;
"""


@pytest.fixture
def each_database() -> str | None:
    """The service's own file; what is read is another database."""
    return None


@pytest.fixture
def shop(postgres: PostgresServer, postgres_database: str) -> str:
    """The name of a database with two tables."""
    postgres.sql(MAKE, postgres_database)
    return postgres_database


@pytest.fixture
async def reading(open_reading: OpenHouse) -> House:
    return await open_reading()


@pytest.fixture
def open_reading(open_house: OpenHouse, postgres: PostgresServer, shop: str) -> OpenHouse:
    """Opens applications with a connection `shop` that sources are read from."""

    async def start(**changes: Any) -> House:
        allow = changes.pop("outbound_allow", "127.0.0.1")
        house = await open_house(runner=False, real_sinks=True, outbound_allow=allow, **changes)
        admin = await house.enter("acme")
        stored = {
            "name": "shop",
            "kind": "postgresql",
            "target": {"host": HOST, "port": postgres.port, "database": shop, "sslmode": "disable"},
            "credentials": {"user": postgres.user, "password": postgres.password},
        }
        assert (await admin.post("/v1/connections", json=stored)).status_code == 201
        return house

    return start


async def _ask(client: httpx.AsyncClient, **asked: Any) -> httpx.Response:
    return await client.post("/v1/sources", json={"name": "shop", "connection": "shop", **asked})


async def _ready(client: httpx.AsyncClient, **asked: Any) -> dict[str, Any]:
    answer = await _ask(client, **asked)
    assert answer.status_code == 202, answer.text
    found = await read(client, answer.json()["id"])
    assert found["status"] == "ready", found
    return found


async def test_tables_are_read_with_their_types_and_keys(reading: House) -> None:
    client = await reading.enter("acme", "source")
    found = await _ready(client, tables=["customers", "sales.orders"])
    assert found["origin"] == {
        "connection": "shop", "tables": ["customers", "sales.orders"], "query": None,
    }  # fmt: skip
    assert [each["name"] for each in found["profile"]["tables"]] == ["customers", "orders"]
    customers = found["profile"]["tables"][0]
    kinds = {each["name"]: each["kind"] for each in customers["columns"]}
    assert kinds["born"] == "date" and kinds["seen"] == "datetime"
    assert kinds["balance"] == "number" and kinds["active"] == "boolean"
    assert 'odd "name' in kinds and "photo" not in kinds and customers["rows"] == 300
    (key,) = found["keys"]["foreign"]
    assert (key["table"], key["parent"], key["orphans"]) == ("orders", "customers", 0)
    rows = await client.get(f"/v1/sources/{found['id']}/rows", params={"limit": 1})
    assert rows.json()["rows"][0]["balance"] == "1.25"
    assert found["bytes"] > 1_000


async def test_a_query_wants_the_scope_of_the_source(reading: House) -> None:
    writer, reader = await reading.enter("acme", "write"), await reading.enter("acme", "source")
    query = "SELECT id, ratio FROM customers WHERE active -- those that are"
    refused = await _ask(writer, query=query)
    assert refused.status_code == 403 and "scope source" in refused.json()["detail"]
    found = await _ready(reader, query=query)
    (table,) = found["profile"]["tables"]
    assert (table["name"], table["rows"]) == ("query", 150)
    assert (await _ask(writer, tables=["customers"])).status_code == 202


async def test_what_cannot_be_read_is_said_without_a_value(
    reading: House, capfd: pytest.CaptureFixture[str]
) -> None:
    client = await reading.enter("acme", "source")
    for asked, said in (
        ({"tables": ["nowhere"]}, "42P01"),
        ({"query": "SELECT 1 AS a, 2 AS a"}, "two columns have one name"),
        ({"query": "SELECT name::int FROM customers"}, "22P02"),
        ({"query": "DELETE FROM customers RETURNING id"}, "PostgreSQL refused"),
        ({"query": "CREATE TABLE x (a int)"}, "it gives no rows"),
        ({"query": "SELECT id FROM customers; SELECT 1"}, "42601"),
        ({"query": "SELECT 'x'::bytea AS a"}, "no column is left"),
    ):
        answer = await _ask(client, **asked)
        found = await read(client, answer.json()["id"])
        assert found["status"] == "failed" and said in found["error"], (asked, found["error"])
        assert SECRET not in json.dumps(found)
    printed = capfd.readouterr()
    assert SECRET not in printed.out + printed.err


async def test_a_connection_says_itself_where_it_leads(reading: House) -> None:
    admin = await reading.enter("acme")
    for name, kind, target in (
        ("free", "postgresql", {}),
        ("lake", "s3", {"bucket": "b"}),
        ("inside", "postgresql", {"host": "10.0.0.1", "database": "x"}),
    ):
        credentials = (
            {"user": "a", "password": "b"}
            if kind == "postgresql"
            else {"access_key_id": "a", "secret_access_key": "b"}
        )
        stored = {"name": name, "kind": kind, "target": target, "credentials": credentials}
        assert (await admin.post("/v1/connections", json=stored)).status_code == 201, name
    for asked in (
        {"connection": "free", "tables": ["customers"]},
        {"connection": "lake", "tables": ["customers"]},
        {"connection": "inside", "tables": ["customers"]},
        {"connection": "nowhere", "tables": ["customers"]},
    ):
        answer = await _ask(admin, **asked)
        assert answer.status_code == 422, asked
        assert [each["path"] for each in answer.json()["errors"]] == ["connection"]
    for asked in ({}, {"tables": ["a"], "query": "SELECT 1"}, {"tables": []}, {"host": "x"}):
        assert (await _ask(admin, **asked)).status_code == 422, asked
    rival = await reading.enter("rival")
    answer = await _ask(rival, tables=["customers"])
    assert answer.status_code == 422 and "no connection 'shop'" in answer.text


async def test_a_refresh_reads_what_is_there_now(
    reading: House, postgres: PostgresServer, shop: str
) -> None:
    client, other = await reading.enter("acme", "write"), await reading.enter("rival")
    found = await _ready(client, tables=["sales.orders"])
    postgres.sql("INSERT INTO sales.orders VALUES (901, 1)", shop)
    address = f"/v1/sources/{found['id']}"
    assert (await other.post(f"{address}/refresh")).status_code == 404
    again = await client.post(f"{address}/refresh")
    assert (again.status_code, again.json()["version"]) == (202, 2)
    busy = await client.post(f"{address}/refresh")
    fresh = await read(client, found["id"])
    assert busy.status_code in (202, 409)
    assert fresh["status"] == "ready" and fresh["profile"]["tables"][0]["rows"] == 901
    folder = reading.settings.data_dir / "sources" / "acme" / found["id"]
    assert [each.name for each in folder.iterdir()] == [f"version-{fresh['version']}"]


async def test_the_same_key_reads_once(reading: House) -> None:
    client = await reading.enter("acme", "write")
    body = {"name": "shop", "connection": "shop", "tables": ["customers"]}
    headers = {"Idempotency-Key": "k"}
    first, again = [await client.post("/v1/sources", json=body, headers=headers) for _ in range(2)]
    assert first.json()["id"] == again.json()["id"]
    other = await client.post("/v1/sources", json={**body, "name": "x"}, headers=headers)
    assert other.status_code == 409
    async with asyncio.timeout(60):
        await read(client, first.json()["id"])


async def test_what_a_server_sends_is_bounded(open_reading: OpenHouse) -> None:
    house = await open_reading(max_source_bytes=200_000)
    client = await house.enter("acme", "source")
    query = "SELECT repeat('x', 1000) || n AS a FROM generate_series(1, 100000) n"
    found = await read(client, (await _ask(client, query=query)).json()["id"])
    assert found["status"] == "failed" and "200,000 bytes" in found["error"]


async def test_a_quota_bounds_what_is_read(open_reading: OpenHouse) -> None:
    house = await open_reading(quota_source_bytes=5_000)
    client = await house.enter("acme", "source")
    found = await read(client, (await _ask(client, tables=["customers"])).json()["id"])
    assert found["status"] == "failed" and "more bytes than there is room" in found["error"]


async def test_tables_of_mariadb_are_read(open_house: OpenHouse, mariadb: MariaDBServer) -> None:
    database = mariadb.new_database()
    mariadb.sql(
        "CREATE TABLE people (id int, name varchar(40), born date, size decimal(8, 2));"
        f"INSERT INTO people SELECT seq, '{SECRET}', '1990-01-02' + INTERVAL seq DAY, seq / 4"
        " FROM seq_1_to_120;",
        database,
    )
    house = await open_house(runner=False, real_sinks=True, outbound_allow="127.0.0.1")
    client = await house.enter("acme")
    target = {"dialect": "mariadb", "host": HOST, "port": mariadb.port, "database": database}
    stored = {
        "name": "shop",
        "kind": "sql",
        "target": {**target, "tls": "disable"},
        "credentials": {"user": mariadb.user, "password": mariadb.password},
    }
    assert (await client.post("/v1/connections", json=stored)).status_code == 201
    reader = await house.enter("acme", "source")
    (table,) = (await _ready(reader, tables=["people"]))["profile"]["tables"]
    kinds = {each["name"]: each["kind"] for each in table["columns"]}
    assert (table["name"], table["rows"]) == ("people", 120)
    assert (kinds["born"], kinds["size"]) == ("date", "number")
    (half,) = (await _ready(reader, query="SELECT id FROM people WHERE id % 2"))["profile"][
        "tables"
    ]
    assert half["rows"] == 60
    for asked, said in (
        ({"tables": ["nowhere"]}, "no table 'nowhere'"),
        ({"query": "DELETE FROM people"}, "READ ONLY"),
        ({"query": "SELECT extractvalue(1, concat('~', name)) FROM people"}, "(1105)"),
    ):
        found = await read(reader, (await _ask(reader, **asked)).json()["id"])
        assert found["status"] == "failed" and said in found["error"], found["error"]
        assert SECRET not in json.dumps(found)


async def test_a_connection_of_sql_leads_through_the_egress_policy(open_house: OpenHouse) -> None:
    house = await open_house(runner=False, real_sinks=True)
    client = await house.enter("acme")
    target = {"dialect": "mariadb", "host": "10.0.0.1", "database": "x"}
    writable = {**target, "dialect": "mssql", "host": "db.example"}
    for name, fixed in (("shop", target), ("free", {}), ("writable", writable)):
        stored = {"name": name, "kind": "sql", "target": fixed,
                  "credentials": {"user": "a", "password": "b"}}  # fmt: skip
        assert (await client.post("/v1/connections", json=stored)).status_code == 201
        answer = await _ask(client, connection=name, tables=["people"])
        assert answer.status_code == 422 and "leads nowhere" in answer.text
