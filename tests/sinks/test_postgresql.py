from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.sinks.base import (
    DeliveryAttempt,
    Receipt,
    SinkFile,
    Stopped,
    TerminalSinkError,
    TransientSinkError,
)
from app.sinks.kinds.postgresql import PostgresSink
from app.sinks.postgresql_connection import PostgresCredentials
from tests.components.postgres import PostgresServer
from tests.components.servers import ComponentError
from tests.sinks.candidates import LOOPBACK, table_file

Deliver = Callable[..., Receipt]
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
            "features": {"id": {"type": "id", "format": "sequence"}},
        },
    },
}


@pytest.fixture
def deliver(postgres: PostgresServer, postgres_database: str) -> Deliver:
    def call(
        files: list[SinkFile], attempt: DeliveryAttempt | None = None, **changes: Any
    ) -> Receipt:
        target = {
            "kind": "postgresql",
            "host": postgres.host,
            "port": postgres.port,
            "database": postgres_database,
            "if_exists": "replace",
        }
        credentials = PostgresCredentials(user=postgres.user, password=postgres.password)
        sink = PostgresSink(LOOPBACK)
        return sink.deliver(
            files, {**target, **changes}, credentials, attempt or DeliveryAttempt("a/0")
        )

    return call


def _file(folder: Path, name: str, table: pa.Table) -> SinkFile:
    path = folder / f"{name}.parquet"
    pq.write_table(table, path)
    return SinkFile(path, path.name, name, "parquet", path.stat().st_size, "0" * 64)


def _arrow(folder: Path, name: str, table: pa.Table) -> SinkFile:
    path = folder / f"{name}.arrow"
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table)
    return SinkFile(path, path.name, name, "arrow", path.stat().st_size, "0" * 64)


def _shop(folder: Path) -> list[SinkFile]:
    path = folder / "manifest.json"
    path.write_text(json.dumps({"definition": SHOP}))
    manifest = SinkFile(path, path.name, "", "manifest", path.stat().st_size, "0" * 64)
    orders = pa.table({"id": [1, 2, 3], "customer": [10, 20, 20]})
    customers = pa.table({"id": [10, 20]})
    return [_file(folder, "orders", orders), _file(folder, "customers", customers), manifest]


def test_keys_are_those_of_the_definition(
    deliver: Deliver, postgres: PostgresServer, postgres_database: str, tmp_path: Path
) -> None:
    """Parents come first, and a parent is replaced though its children refer to it."""
    for _ in range(2):
        receipt = deliver(_shop(tmp_path), table="my_{table}")
    assert [each["table"] for each in receipt["tables"]] == [
        "public.my_customers",
        "public.my_orders",
    ]
    said = postgres.sql(
        "SELECT conrelid::regclass, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'f') ORDER BY 1, 2",
        postgres_database,
    )
    assert said.splitlines() == [
        "my_customers|PRIMARY KEY (id)",
        "my_orders|FOREIGN KEY (customer) REFERENCES my_customers(id)",
        "my_orders|PRIMARY KEY (id)",
    ]


def test_rows_without_keys_that_hold_leave_no_table(
    deliver: Deliver, postgres: PostgresServer, postgres_database: str, tmp_path: Path
) -> None:
    files = _shop(tmp_path)
    files[1] = _file(tmp_path, "customers", pa.table({"id": [10, 10]}))
    with pytest.raises(TerminalSinkError, match="23505"):
        deliver(files)
    assert postgres.sql("SELECT to_regclass('customers')", postgres_database) == ""


def test_the_arrow_file_is_read_where_both_are_there(
    deliver: Deliver, postgres: PostgresServer, postgres_database: str, tmp_path: Path
) -> None:
    one, other = pa.table({"x": [1]}), pa.table({"x": [2]})
    deliver([_file(tmp_path, "t", one), _arrow(tmp_path, "t", other)])
    assert postgres.sql("SELECT x FROM t", postgres_database) == "2"


def test_values_are_cast_to_the_types_of_a_table_that_is_appended_to(
    deliver: Deliver, postgres: PostgresServer, postgres_database: str, tmp_path: Path
) -> None:
    postgres.sql(
        "CREATE TABLE t (extra text DEFAULT 'kept', id uuid, day timestamptz, n numeric(5, 1))",
        postgres_database,
    )
    table = pa.table(
        {
            "n": [1.25],
            "id": ["6f3c1c9e-0d0a-4a5e-9d0e-3f0e1b2c3d4e"],
            "day": pa.array([0], pa.date32()),
        }
    )
    deliver([_file(tmp_path, "t", table)], if_exists="append")
    found = postgres.sql("SELECT extra, id, n FROM t", postgres_database)
    assert found == "kept|6f3c1c9e-0d0a-4a5e-9d0e-3f0e1b2c3d4e|1.3"


def test_a_column_that_the_table_lacks_is_named(
    deliver: Deliver, postgres: PostgresServer, postgres_database: str, tmp_path: Path
) -> None:
    postgres.sql("CREATE TABLE t (x bigint)", postgres_database)
    with pytest.raises(TerminalSinkError, match="no column 'y'"):
        deliver([_file(tmp_path, "t", pa.table({"x": [1], "y": [1]}))], if_exists="append")


def test_names_are_quoted_and_long_ones_refused(
    deliver: Deliver, postgres: PostgresServer, postgres_database: str, tmp_path: Path
) -> None:
    name = 'a"; DROP TABLE b; --'
    deliver([_file(tmp_path, "t", pa.table({name: [7]}))], table=name)
    assert postgres.sql('TABLE "a""; DROP TABLE b; --"', postgres_database) == "7"
    with pytest.raises(TerminalSinkError, match="63 bytes"):
        deliver([_file(tmp_path, "t", pa.table({"x" * 64: [1]}))])


def test_a_schema_is_made_only_where_asked_for(deliver: Deliver, tmp_path: Path) -> None:
    file = _file(tmp_path, "t", pa.table({"x": [1]}))
    with pytest.raises(TerminalSinkError, match="3F000"):
        deliver([file], schema="new")
    assert deliver([file], schema="new", create_schema=True)["tables"][0]["table"] == "new.t"


def test_two_tables_of_one_name_and_none_at_all_are_refused(
    deliver: Deliver, tmp_path: Path
) -> None:
    with pytest.raises(TerminalSinkError, match="into it"):
        deliver([table_file(tmp_path, "a", [1]), table_file(tmp_path, "b", [1])], table="one")
    with pytest.raises(TerminalSinkError, match="arrow files and there are none"):
        deliver([])


def test_encryption_that_the_server_does_not_have_is_not_tried_again(
    deliver: Deliver, tmp_path: Path
) -> None:
    with pytest.raises(TerminalSinkError, match="sslmode"):
        deliver([table_file(tmp_path, "a", [1])], sslmode="require")


@pytest.fixture
def large(tmp_path: Path) -> SinkFile:
    return _arrow(tmp_path, "large", pa.table({"text": ["x" * 1000] * 200_000}))


class _AtLook(threading.Event):
    """Does something at one look, far enough into the rows."""

    def __init__(self, look: int, act: Callable[[], None]) -> None:
        super().__init__()
        self._left, self._act = look, act

    def is_set(self) -> bool:
        self._left -= 1
        if self._left == 0:
            self._act()
        return super().is_set()


def test_a_server_that_dies_may_be_up_later(
    deliver: Deliver, postgres: PostgresServer, postgres_database: str, large: SinkFile
) -> None:
    try:
        with pytest.raises(TransientSinkError):
            deliver([large], DeliveryAttempt("a/0", stopping=_AtLook(8, postgres.kill)))
    finally:
        postgres.kill()
        postgres.start()
    assert deliver([large])["tables"][0]["rows"] == 200_000
    assert postgres.sql("SELECT count(*) FROM large", postgres_database) == "200000"


def test_a_delivery_stops_though_its_server_does_not_answer(
    deliver: Deliver, postgres: PostgresServer, postgres_database: str, large: SinkFile
) -> None:
    """Somebody else holds a lock, so that the server waits and says nothing."""
    deliver([large])

    def hold() -> None:
        with contextlib.suppress(ComponentError):  # its connection is ended below
            postgres.sql("BEGIN; LOCK TABLE large; SELECT pg_sleep(600)", postgres_database)

    holder = threading.Thread(target=hold)
    holder.start()
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    while postgres.sql(waiting, postgres_database) == "0":
        assert holder.is_alive()
    attempt = DeliveryAttempt("a/0")
    timer = threading.Timer(0.3, attempt.stopping.set)
    timer.start()
    with pytest.raises(Stopped):
        deliver([large], attempt)
    assert holder.is_alive()
    ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    postgres.sql(ending, postgres_database)
    holder.join()
