"""Tables with keys between them, made and delivered: databases hold the keys, and rows join."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.engine.execution.run import run_generation
from app.engine.plan.compiler import compile_plan
from app.engine.schema.load import load_definition
from app.sinks.base import DeliveryAttempt, SinkFile
from app.sinks.kinds.postgresql import PostgresSink
from app.sinks.kinds.sql import SqlCredentials, SqlSink
from app.sinks.postgresql_connection import PostgresCredentials
from tests.components.mariadb import MariaDBServer
from tests.components.postgres import PostgresServer
from tests.components.servers import HOST
from tests.sinks.candidates import LOOPBACK

EXAMPLE = Path(__file__).parents[2] / "examples" / "shop.yaml"
KEYS = 3
JOINED = (
    "SELECT count(*), count(r.id) FROM orders o JOIN customers c ON o.customer_id = c.id"
    " JOIN countries n ON c.country = n.code LEFT JOIN customers r ON c.referred_by = r.id"
    " WHERE o.placed > c.joined"
)


@pytest.fixture
def shop(tmp_path: Path) -> list[SinkFile]:
    loaded = load_definition(EXAMPLE.read_bytes(), name="shop")
    made = run_generation(compile_plan(loaded.definition, rows=500), tmp_path, ["parquet"])
    files = [
        SinkFile(each.path, each.path.name, each.table, each.format, each.bytes, each.sha256)
        for table in made.tables
        for each in table.files
    ]
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"definition": loaded.document}))
    size = manifest.stat().st_size
    return [*files, SinkFile(manifest, manifest.name, "", "manifest", size, "0" * 64)]


def rows_of(receipt: dict[str, list[dict[str, int]]], name: str) -> int:
    (rows,) = (each["rows"] for each in receipt["tables"] if str(each["table"]).endswith(name))
    return rows


def test_postgresql(postgres: PostgresServer, postgres_database: str, shop: list[SinkFile]) -> None:
    target = {"kind": "postgresql", "host": postgres.host, "port": postgres.port}
    known = PostgresCredentials(user=postgres.user, password=postgres.password)
    target["database"] = postgres_database
    receipt = PostgresSink(LOOPBACK).deliver(shop, target, known, DeliveryAttempt("a"))
    joined, referred = map(int, postgres.sql(JOINED, postgres_database).split("|"))
    assert joined == rows_of(receipt, "orders") > 1400
    assert 0 < referred < joined
    keys = "SELECT count(*) FROM pg_constraint WHERE contype = 'f'"
    assert int(postgres.sql(keys, postgres_database)) == KEYS


def test_mariadb(mariadb: MariaDBServer, shop: list[SinkFile]) -> None:
    database = mariadb.new_database()
    target = {"kind": "sql", "dialect": "mariadb", "host": HOST, "port": mariadb.port}
    target["tls"] = "disable"
    known = SqlCredentials(user=mariadb.user, password=mariadb.password)
    receipt = SqlSink(LOOPBACK).deliver(
        shop, {**target, "database": database}, known, DeliveryAttempt("a")
    )
    joined, referred = map(int, mariadb.sql(JOINED, database).split("\t"))
    assert joined == rows_of(receipt, "orders") > 1400
    assert 0 < referred < joined
    keys = (
        "SELECT count(*) FROM information_schema.referential_constraints"
        f" WHERE constraint_schema = '{database}'"
    )
    assert int(mariadb.sql(keys, database)) == KEYS
    mariadb.drop_database(database)
