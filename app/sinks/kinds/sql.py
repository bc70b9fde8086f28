"""Any database that SQLAlchemy and a driver reach: MySQL, MariaDB, SQL Server, Oracle, BigQuery.

Most of these end a transaction where a table is made. So a delivery first leaves word of what it
is about to make; one that was cut off finds it, takes its own unfinished table away and begins
again, and one that had finished learns so from the row that came with its last commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, Field, SecretStr, model_validator

from app.sinks.base import (
    DeliveryAttempt,
    Receipt,
    SinkError,
    SinkFile,
    Target,
    TerminalSinkError,
    TransientSinkError,
    egress_kind,
)
from app.sinks.bounded import TooMuchReceivedError, was_too_much
from app.sinks.egress import Address, EgressPolicy
from app.sinks.sql_dialects import DIALECTS, Dialect
from app.sinks.tables import TYPED, TableLoad, TableTarget, read_slices, table_loads
from app.sinks.targets import Credentials, Text, need, read_credentials, read_target

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table
    from sqlalchemy.exc import DBAPIError


class SqlTarget(TableTarget):
    dialect: Literal["mysql", "mariadb", "mssql", "oracle", "bigquery"] = Field(
        description="Kind of database: `mysql`, `mariadb`, `mssql`, `oracle`, `bigquery`."
    )
    host: Text = Field("", description="Host of the server; none for BigQuery.")
    # It becomes a part of an address or of a list of settings, where these signs have a meaning.
    database: str = Field(
        min_length=1,
        max_length=255,
        pattern=r"^[^\x00-\x20\x7f;(){}\[\]=?&@\\,'\"]+$",
        description="Database, which must be there; the service of Oracle, `project/dataset` of "
        "BigQuery.",
    )
    tls: Literal["disable", "require", "verify"] | None = Field(
        None,
        description="Whether the connection is encrypted (`require`), and to the host's own "
        "certificate (`verify`); `require` where the driver can.",
    )

    @model_validator(mode="after")
    def _host_where_needed(self) -> SqlTarget:
        if not self.host and DIALECTS[self.dialect].host is None:
            raise ValueError("host: is needed")
        return self

    @property
    def encryption(self) -> str:
        """`tls` as it is in force."""
        return self.tls or DIALECTS[self.dialect].tls


class SqlCredentials(Credentials):
    user: str = Field(min_length=1, description="User to connect as; any word for BigQuery.")
    password: SecretStr = Field(
        description="Password; for BigQuery the JSON of a service account's key."
    )

    @property
    def secret(self) -> str:
        return self.password.get_secret_value()


@dataclass(frozen=True, slots=True)
class SqlSink:
    target: ClassVar[type[TableTarget]] = SqlTarget
    credentials: ClassVar[type[Credentials]] = SqlCredentials
    formats: ClassVar[tuple[str, ...] | None] = TYPED
    foreign: ClassVar[bool] = True

    egress: EgressPolicy

    def check(self, target: Target) -> None:
        wanted = read_target(SqlTarget, target)
        dialect = DIALECTS[wanted.dialect]
        self.egress.check(dialect.host or wanted.host, wanted.port or dialect.port)
        need(dialect.driver, dialect.extra)

    def deliver(
        self,
        files: Sequence[SinkFile],
        target: Target,
        credentials: BaseModel | None,
        attempt: DeliveryAttempt,
    ) -> Receipt:
        from sqlalchemy.exc import DBAPIError, SQLAlchemyError

        self.check(target)
        wanted = read_target(SqlTarget, target)
        known = read_credentials(SqlCredentials, credentials)
        loads = table_loads(files, wanted.table)
        dialect = DIALECTS[wanted.dialect]
        address = self.egress.resolve(dialect.host or wanted.host, wanted.port or dialect.port)
        engine = dialect.engine(wanted, known, address)
        try:
            with engine.connect() as connection:
                return _Delivery(connection, wanted, loads, attempt).run()
        except DBAPIError as error:
            raise _failure(error, dialect, address) from None
        except SQLAlchemyError as error:
            said = address.named(str(error)[:300])
            raise TerminalSinkError(f"the database cannot be used: {said}") from None
        finally:
            engine.dispose()


class _Delivery:
    """The tables of one attempt over one connection."""

    def __init__(
        self,
        connection: Connection,
        target: SqlTarget,
        loads: list[TableLoad],
        attempt: DeliveryAttempt,
    ) -> None:
        from app.sinks.sql_tables import markers, tables

        self._connection = connection
        self._target = target
        self._works = loads
        self._attempt = attempt
        self._markers = markers(target.namespace)
        self._tables: Mapping[str, Table] = tables(loads, target.namespace, attempt)

    def run(self) -> Receipt:
        from sqlalchemy.schema import CreateSchema

        if self._target.create_schema and self._target.namespace:
            self._connection.execute(CreateSchema(self._target.namespace, if_not_exists=True))
        if self._target.if_exists == "replace":
            self._drop(reversed(self._works))
        else:
            self._markers.create(self._connection, checkfirst=True)
        self._connection.commit()
        return {"tables": [self._deliver(load) for load in self._works]}

    def _deliver(self, load: TableLoad) -> dict[str, Any]:
        self._attempt.go_on()
        rows = None if self._target.if_exists == "replace" else self._finished(load)
        if rows is None:
            self._make(load)
            rows = self._fill(load)
            self._mark(load, done=True, rows=rows)
            self._connection.commit()
        prefix = f"{self._target.namespace}." if self._target.namespace else ""
        return {"table": f"{prefix}{load.name}", "rows": rows, "sha256": load.file.sha256}

    def _make(self, load: TableLoad) -> None:
        """See to it that the table is there, and empty unless it is appended to."""
        exists = self._exists(load)
        if self._target.if_exists == "fail":
            if exists and not self._begun(load):
                raise TerminalSinkError(f"the table {load.name!r} exists, and if_exists is fail")
            self._mark(load, done=False, rows=0)
            self._connection.commit()
            self._drop([load])
            exists = False
        if not exists:
            self._tables[load.name].create(self._connection)
            self._connection.commit()

    def _fill(self, load: TableLoad) -> int:
        table, rows = self._tables[load.name], 0
        keys = [column.key for column in table.columns]
        for batch in read_slices(load.file, self._attempt):
            columns = [column.to_pylist() for column in batch.columns]
            values = [dict(zip(keys, row, strict=True)) for row in zip(*columns, strict=True)]
            self._insert(table, values)
            rows += len(values)
        return rows

    def _insert(self, table: Table, values: list[dict[str, Any]]) -> None:
        most = DIALECTS[self._target.dialect].parameters
        if most is None:
            self._connection.execute(table.insert(), values)
            return
        step = max(1, most // len(table.columns))
        for first in range(0, len(values), step):
            self._attempt.go_on()
            self._connection.execute(table.insert().values(values[first : first + step]))

    def _exists(self, load: TableLoad) -> bool:
        from sqlalchemy import inspect

        return inspect(self._connection).has_table(load.name, schema=self._target.namespace)

    def _drop(self, loads: Iterable[TableLoad]) -> None:
        for load in loads:
            self._attempt.go_on()
            self._tables[load.name].drop(self._connection, checkfirst=True)

    def _finished(self, load: TableLoad) -> int | None:
        """How many rows this delivery has written before; None where it has not finished."""
        marks = self._markers.columns
        found = self._connection.execute(
            self._markers.select().where(self._own(load), marks.done)
        ).first()
        return None if found is None else int(found.rows)

    def _begun(self, load: TableLoad) -> bool:
        found = self._connection.execute(self._markers.select().where(self._own(load)))
        return found.first() is not None

    def _mark(self, load: TableLoad, *, done: bool, rows: int) -> None:
        if self._target.if_exists == "replace":
            return
        self._connection.execute(self._markers.delete().where(self._own(load)))
        values = {
            "delivery": self._attempt.delivery,
            "name": load.name,
            "done": done,
            "count": rows,
        }
        self._connection.execute(self._markers.insert().values(values))

    def _own(self, load: TableLoad) -> Any:
        marks = self._markers.columns
        return (marks.delivery == self._attempt.delivery) & (marks.name == load.name)


def _failure(error: DBAPIError, dialect: Dialect, address: Address) -> SinkError:
    """What an error of the driver means: by its number, or by its class where it has none."""
    from sqlalchemy.exc import OperationalError

    if was_too_much(error):
        return TooMuchReceivedError()
    original = error.orig
    number = original.args[0] if original is not None and original.args else None
    if dialect.passing is None:
        passes = isinstance(error, OperationalError)
    else:
        passes = number in dialect.passing
    kind = TransientSinkError if passes or error.connection_invalidated else TerminalSinkError
    cause = original.args[-1] if original is not None and original.args else original
    said = f" ({number})" if isinstance(number, int) else ""
    return kind(f"the database refused{said}: {address.named(str(cause)[:300])}")


KIND = egress_kind("sql", "Another SQL database", SqlSink)
