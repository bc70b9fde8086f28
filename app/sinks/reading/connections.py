"""Tables of the databases that connections of kind `sql` lead to, as Parquet files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.engine.errors import SourceError
from app.sinks.bounded import was_too_much
from app.sinks.egress import Address, EgressPolicy
from app.sinks.kinds.sql import SqlCredentials, SqlTarget
from app.sinks.postgresql_reading import FetchLimits
from app.sinks.reading.table_reading import Wanted, read_tables
from app.sinks.sql_dialects import DIALECTS


@dataclass(frozen=True, slots=True)
class SqlSource:
    """What is read, and as whom: tables, or what one query gives."""

    target: SqlTarget
    credentials: SqlCredentials
    egress: EgressPolicy
    tables: tuple[str, ...] = ()
    query: str | None = None

    @property
    def wanted(self) -> Wanted:
        """Its tables with the schema of the target, where they name none."""
        schema = self.target.namespace
        tables = (f"{schema}.{each}" if schema and "." not in each else each
                  for each in self.tables)  # fmt: skip
        return Wanted(tuple(tables), self.query)


def fetch_sql(source: SqlSource, folder: Path, limits: FetchLimits) -> int:
    """Write each table into a Parquet file of a folder that is there; how many bytes they have.

    Raises SourceError for what cannot be read, SinkError where the server may not be reached.
    """
    target = source.target
    dialect = DIALECTS[target.dialect]
    address = source.egress.resolve(dialect.host or target.host, target.port or dialect.port)
    engine = dialect.engine(target, source.credentials, address, limits.received)
    try:
        connection = engine.connect()
    except Exception as error:  # whatever its driver raises where it cannot connect
        said = _unreached(error, address)
    else:
        with connection:
            return read_tables(connection, source.wanted, folder, limits.stored)
    finally:
        engine.dispose()
    raise SourceError(said)


def _unreached(error: Exception, address: Address) -> str:
    """Why there is no connection: no row has been read yet."""
    if was_too_much(error):
        return "the server sent more than it may before anything was read"
    own = getattr(error, "orig", None) or error
    cause = own.args[-1] if own.args else type(own).__name__
    return f"the database cannot be reached: {address.named(str(cause)[:300])}"
