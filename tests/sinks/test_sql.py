from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import SecretStr
from sqlalchemy.dialects import mssql, mysql, oracle
from sqlalchemy.schema import CreateTable

from app.sinks.base import DeliveryAttempt, SinkFile, TerminalSinkError
from app.sinks.egress import Address, EgressPolicy
from app.sinks.kinds.sql import SqlCredentials, SqlSink, SqlTarget
from app.sinks.sql_dialects import (
    DIALECTS,
    TOKEN_URI,
    bigquery_url,
    oracle_url,
    service_account,
)
from app.sinks.sql_tables import tables
from app.sinks.tables import table_loads
from app.sinks.targets import read_target
from tests.components.mariadb import MariaDBServer
from tests.components.servers import HOST
from tests.sinks.candidates import LOOPBACK

SHOP = {
    "name": "shop",
    "tables": {
        "orders": {
            "n_samples": 3,
            "primary_key": "id",
            "foreign_keys": {"customer": {"references": "customers.id"}},
            "features": {"id": {"type": "id", "format": "sequence"}},
        },
        "customers": {
            "n_samples": 2,
            "primary_key": "id",
            "features": {"id": {"type": "id", "format": "uuid"}},
        },
    },
}
TYPES = pa.table(
    {
        "b": pa.array([True, None]),
        "i": pa.array([2**40, None], pa.int64()),
        "f": pa.array([0.1, None], pa.float64()),
        "d": pa.array([1, None], pa.date32()),
        "ts": pa.array([1_700_000_000_123_456, None], pa.timestamp("us")),
        "t": pa.array([86_399_999_999, None], pa.time64("us")),
        "short %s (x)": ["Ä😀'", None],
        "long": ["x" * 300, None],
    }
)


def _file(folder: Path, name: str, table: pa.Table) -> SinkFile:
    path = folder / f"{name}.parquet"
    pq.write_table(table, path)
    return SinkFile(path, path.name, name, "parquet", path.stat().st_size, "0" * 64)


def _shop(folder: Path) -> list[SinkFile]:
    path = folder / "manifest.json"
    path.write_text(json.dumps({"definition": SHOP}))
    manifest = SinkFile(path, path.name, "", "manifest", path.stat().st_size, "0" * 64)
    orders = pa.table({"id": [1, 2, 3], "customer": ["abc", "ABC", "abc"]})
    customers = pa.table({"id": ["abc", "ABC"]})
    return [_file(folder, "orders", orders), _file(folder, "customers", customers), manifest]


KINDS = {
    "mysql": "BOOL, BIGINT, DOUBLE, DATE, DATETIME(6), TIME(6), VARCHAR(255), LONGTEXT",
    "mssql": "BIT, BIGINT, DOUBLE PRECISION, DATE, DATETIME2(6), TIME(6), NVARCHAR(255), "
    "NVARCHAR(max)",
    "oracle": "BOOLEAN, NUMBER(19), DOUBLE PRECISION, DATE, TIMESTAMP, VARCHAR2(15 CHAR), "
    "VARCHAR2(255 CHAR), CLOB",
}


def _sql_server() -> Any:
    """As it is once it has met a server."""
    dialect = mssql.dialect(deprecate_large_types=True)
    dialect.server_version_info = (16,)
    return dialect


@pytest.mark.parametrize(
    "dialect", [mysql.dialect(), _sql_server(), oracle.dialect()], ids=list(KINDS)
)
def test_columns_have_the_types_of_the_database(tmp_path: Path, dialect: Any) -> None:
    loads = table_loads([_file(tmp_path, "types", TYPES)], "{table}")
    table = tables(loads, None)["types"]
    said = ", ".join(column.type.compile(dialect=dialect) for column in table.columns)
    assert said == KINDS[dialect.name]
    assert "CREATE TABLE types" in str(CreateTable(table).compile(dialect=dialect))


def test_keys_are_those_of_the_definition(mariadb: MariaDBServer, tmp_path: Path) -> None:
    """Letters that differ in case are different keys, as they are in the data."""
    database = mariadb.new_database()
    target = {
        "kind": "sql",
        "dialect": "mysql",
        "host": HOST,
        "port": mariadb.port,
        "tls": "disable",
    }
    target |= {"database": database, "if_exists": "replace"}
    known = SqlCredentials(user=mariadb.user, password=mariadb.password)
    for _ in range(2):
        receipt = SqlSink(LOOPBACK).deliver(_shop(tmp_path), target, known, DeliveryAttempt("a"))
    assert [each["table"] for each in receipt["tables"]] == ["customers", "orders"]
    said = mariadb.sql("SHOW CREATE TABLE orders", database)
    assert "PRIMARY KEY (`id`)" in said
    assert "FOREIGN KEY (`customer`) REFERENCES `customers` (`id`)" in said
    mariadb.drop_database(database)


def test_every_type_arrives(mariadb: MariaDBServer, tmp_path: Path) -> None:
    database = mariadb.new_database()
    target = {
        "kind": "sql",
        "dialect": "mariadb",
        "host": HOST,
        "port": mariadb.port,
        "tls": "disable",
    }
    known = SqlCredentials(user=mariadb.user, password=mariadb.password)
    file = _file(tmp_path, "types", TYPES)
    SqlSink(LOOPBACK).deliver([file], {**target, "database": database}, known, DeliveryAttempt("a"))
    first, second = mariadb.sql("SELECT * FROM types", database).splitlines()
    assert first.split("\t")[:7] == [
        "1", str(2**40), "0.1", "1970-01-02", "2023-11-14 22:13:20.123456", "23:59:59.999999",
        "Ä😀'",
    ]  # fmt: skip
    assert second.split("\t") == ["NULL"] * 8
    mariadb.drop_database(database)


@pytest.mark.parametrize("parameters", [1, 17, 10_000])
def test_rows_go_together_where_each_would_be_a_query_of_its_own(
    mariadb: MariaDBServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parameters: int
) -> None:
    few = replace(DIALECTS["mariadb"], parameters=parameters)
    monkeypatch.setitem(DIALECTS, "mariadb", few)  # type: ignore[arg-type]
    database = mariadb.new_database()
    target = {
        "kind": "sql",
        "dialect": "mariadb",
        "host": HOST,
        "port": mariadb.port,
        "tls": "disable",
    }
    known = SqlCredentials(user=mariadb.user, password=mariadb.password)
    file = _file(tmp_path, "t", pa.table({"a": range(20), "b": [f"%s:{i}" for i in range(20)]}))
    SqlSink(LOOPBACK).deliver([file], {**target, "database": database}, known, DeliveryAttempt("a"))
    lines = mariadb.sql("SELECT * FROM t ORDER BY a", database).splitlines()
    assert lines == [f"{i}\t%s:{i}" for i in range(20)]
    mariadb.drop_database(database)


@pytest.mark.parametrize(("dialect", "extra"), [("mssql", "mssql"), ("bigquery", "bigquery")])
def test_a_missing_driver_is_told_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, dialect: str, extra: str
) -> None:
    for module in ("mssql_python", "sqlalchemy_bigquery"):
        monkeypatch.setitem(__import__("sys").modules, module, None)
    target = {"kind": "sql", "dialect": dialect, "host": "db.example.com", "database": "x"}
    with pytest.raises(TerminalSinkError, match=rf"pip install 'tablesmith\[{extra}\]'"):
        SqlSink(EgressPolicy()).check(target)


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql", "mysql+pymysql"])
def test_only_servers_that_are_known_are_served(dialect: str) -> None:
    target = {"kind": "sql", "dialect": dialect, "host": "db.example.com", "database": "x"}
    with pytest.raises(TerminalSinkError, match="dialect"):
        SqlSink(EgressPolicy()).check(target)


def test_a_host_is_needed() -> None:
    with pytest.raises(TerminalSinkError, match="host: is needed"):
        SqlSink(EgressPolicy()).check({"kind": "sql", "dialect": "mysql", "database": "x"})


def test_a_server_without_encryption_is_used_only_where_the_target_says_so(
    mariadb: MariaDBServer, tmp_path: Path
) -> None:
    target = {"kind": "sql", "dialect": "mariadb", "host": HOST, "port": mariadb.port}
    target["database"] = database = mariadb.new_database()
    known = SqlCredentials(user=mariadb.user, password=mariadb.password)
    file = _file(tmp_path, "t", pa.table({"a": [1]}))
    with pytest.raises(TerminalSinkError, match="SSL"):
        SqlSink(LOOPBACK).deliver([file], target, known, DeliveryAttempt("a"))
    assert not mariadb.sql("SHOW TABLES", database)
    SqlSink(LOOPBACK).deliver([file], {**target, "tls": "disable"}, known, DeliveryAttempt("a"))
    assert mariadb.sql("SHOW TABLES", database)
    mariadb.drop_database(database)


@pytest.mark.parametrize(
    "database",
    [
        "project/data?user_supplied_client=true", "project/data?credentials_path=/etc/passwd",
        "other.host/x/y", "project/data/more", "Project", "project/", "/data", "p", "user@project",
        "project:443/data",
    ],
)  # fmt: skip
def test_nothing_but_a_project_and_a_dataset_gets_into_the_address(database: str) -> None:
    with pytest.raises(TerminalSinkError):
        bigquery_url(database)
    url = bigquery_url("my-project-1/my_data")
    assert (url.host, url.database, url.query) == ("my-project-1", "my_data", {})


KEY = {
    "type": "service_account",
    "project_id": "my-project",
    "private_key": "-----BEGIN PRIVATE KEY-----",
    "client_email": "a@b.iam.gserviceaccount.com",
    "token_uri": TOKEN_URI,
}


@pytest.mark.parametrize(
    "changes",
    [
        {"token_uri": "http://127.0.0.1:8000/token"},
        {"token_uri": "https://oauth2.googleapis.com.evil.example/token"},
        {"type": "external_account", "credential_source": {"file": "/etc/passwd"}},
        {"type": "authorized_user", "refresh_token": "x"},
        {"private_key": None},
    ],
)
def test_a_key_that_signs_in_elsewhere_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(TerminalSinkError, match="password"):
        service_account(json.dumps({**KEY, **changes}))


def test_of_a_key_only_what_signs_in_is_used() -> None:
    more = {"universe_domain": "evil.example", "auth_uri": "http://127.0.0.1/", "quota": "x"}
    assert service_account(json.dumps({**KEY, **more})) == KEY


@pytest.mark.parametrize("text", ["", "[]", "1", "{", '{"type": 1}', "[" * 100_000])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(TerminalSinkError, match="service account"):
        service_account(text)


def test_the_service_of_oracle_stands_in_the_query_alone() -> None:
    fields = {"kind": "sql", "dialect": "oracle", "host": "db.example", "database": "XEPDB1"}
    target = SqlTarget.model_validate(fields)
    known = SqlCredentials(user="u", password=SecretStr("p"))
    url = oracle_url(target, known, Address("db.example", "192.0.2.1", 1521))
    dialect: Any = oracle.dialect()
    dialect.dbapi = SimpleNamespace(makedsn=lambda *place, **names: (place, names))
    _, options = dialect.create_connect_args(url)
    assert options["dsn"] == (("192.0.2.1", 1521), {"service_name": "XEPDB1"})


@pytest.mark.parametrize(
    "database",
    ["x;Server=other", "x))(ADDRESS=(HOST=other))", "x?a=b", "x{", "x=y", "a,b", "x\ny", "u@h", ""],
)
def test_settings_cannot_be_hidden_in_the_name_of_a_database(database: str) -> None:
    target = {"kind": "sql", "dialect": "mssql", "host": "db.example", "database": database}
    with pytest.raises(TerminalSinkError, match="database"):
        read_target(SqlTarget, target)
