"""One table of PostgreSQL: made, filled, appended to, within a transaction of the caller's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.engine.exporting.columns import SqlColumn
from app.engine.names import cut_name, shortened_name, utf8_bytes
from app.sinks.base import TerminalSinkError
from app.sinks.tables import MARKERS, Reference, TableLoad, unique_columns

if TYPE_CHECKING:
    from asyncpg import Connection

MAX_NAME = 63  # bytes; the server would cut longer names in silence
STAGE = "tablesmith_stage"

Columns = Mapping[str, str]
Stream = AsyncIterator[bytes]


def quoted(name: str) -> str:
    """A name as SQL text. Raises TerminalSinkError where it is too long."""
    if len(name.encode()) > MAX_NAME or "\0" in name:
        raise TerminalSinkError(f"{name!r} is no name for PostgreSQL: at most {MAX_NAME} bytes")
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class PostgresTable:
    connection: Connection
    schema: str
    name: str

    @property
    def full_name(self) -> str:
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    async def exists(self) -> bool:
        found = await self.connection.fetchval("SELECT to_regclass($1)", self.full_name)
        return found is not None

    async def delivered(self, delivery: str) -> int | None:
        """How many rows this delivery has written here before; None where it has not."""
        rows: int | None = await self.connection.fetchval(
            f"SELECT rows FROM {self._markers} WHERE delivery = $1 AND name = $2",
            delivery,
            self.name,
        )
        return rows

    async def mark(self, delivery: str, rows: int) -> None:
        await self.connection.execute(
            f"INSERT INTO {self._markers} (delivery, name, rows) VALUES ($1, $2, $3)",
            delivery,
            self.name,
            rows,
        )

    async def create(self, columns: Columns, load: TableLoad) -> None:
        """Columns of the types that the stream has, or of such that take its bytes as they are."""
        listed = ", ".join(
            f"{quoted(name)} {_created_type(kind, load.columns.get(name))}"
            for name, kind in columns.items()
        )
        await self.connection.execute(f"CREATE TABLE {self.full_name} ({listed})")

    async def set_types(self, load: TableLoad) -> None:
        """Give decimals their declared type once the rows are there: the stream has none."""
        changes = ", ".join(
            f"ALTER COLUMN {quoted(name)} TYPE numeric({column.precision}, {column.scale})"
            for name, column in load.columns.items()
            if column.kind == "decimal"
        )
        if changes:
            await self.connection.execute(f"ALTER TABLE {self.full_name} {changes}")

    async def drop(self, loads: Iterable[TableLoad]) -> None:
        """Drop the table and the foreign keys that tables of the same delivery have to it."""
        for load in loads:
            child = PostgresTable(self.connection, self.schema, load.name)
            for reference in load.references:
                if reference.table == self.name:
                    await self.connection.execute(
                        f"ALTER TABLE IF EXISTS {child.full_name}"
                        f" DROP CONSTRAINT IF EXISTS {_key_name(load.name, reference)},"
                        f" DROP CONSTRAINT IF EXISTS {_earlier_key_name(load.name, reference)}"
                    )
        await self.connection.execute(f"DROP TABLE {self.full_name}")

    async def add_keys(self, load: TableLoad, loads: Iterable[TableLoad]) -> None:
        """Declare the keys once the rows are there, which is faster."""
        alter = f"ALTER TABLE {self.full_name} ADD"
        if load.primary_key:
            listed = ", ".join(map(quoted, load.primary_key))
            await self.connection.execute(f"{alter} PRIMARY KEY ({listed})")
        for column in unique_columns(load, loads):
            await self.connection.execute(f"{alter} UNIQUE ({quoted(column)})")
        for reference in load.references:
            parent = PostgresTable(self.connection, self.schema, reference.table)
            await self.connection.execute(
                f"{alter} CONSTRAINT {_key_name(load.name, reference)}"
                f" FOREIGN KEY ({quoted(reference.column)})"
                f" REFERENCES {parent.full_name} ({quoted(reference.parent_column)})"
            )

    async def copy(self, columns: Columns, stream: Stream) -> int:
        """Fill the table from a binary stream; the number of rows."""
        status: str = await self.connection.copy_to_table(
            self.name,
            source=stream,
            columns=list(columns),
            schema_name=self.schema,
            format="binary",
        )
        return _count(status)

    async def append(self, columns: Columns, stream: Stream) -> int:
        """Add rows to a table that may have other types: the server casts where they differ."""
        present = await self._columns()
        missing = [name for name in columns if name not in present]
        if missing:
            raise TerminalSinkError(f"the table {self.name!r} has no column {missing[0]!r}")
        if all(present[name] == kind for name, kind in columns.items()):
            return await self.copy(columns, stream)
        listed = ", ".join(f"{quoted(name)} {kind}" for name, kind in columns.items())
        await self.connection.execute(f"CREATE TEMP TABLE {STAGE} ({listed}) ON COMMIT DROP")
        await self.connection.copy_to_table(
            STAGE, source=stream, columns=list(columns), format="binary"
        )
        names = ", ".join(map(quoted, columns))
        cast = ", ".join(f"CAST({quoted(name)} AS {present[name]})" for name in columns)
        status = await self.connection.execute(
            f"INSERT INTO {self.full_name} ({names}) SELECT {cast} FROM {STAGE}"
        )
        return _count(status)

    async def _columns(self) -> dict[str, str]:
        rows = await self.connection.fetch(
            "SELECT attname, format_type(atttypid, atttypmod) AS kind FROM pg_attribute"
            " WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped",
            self.full_name,
        )
        return {row["attname"]: row["kind"] for row in rows}

    @property
    def _markers(self) -> str:
        return f"{quoted(self.schema)}.{quoted(MARKERS)}"


def _created_type(kind: str, declared: SqlColumn | None) -> str:
    if declared is None:
        return kind
    if kind == "text" and declared.length is not None:
        kind = f"varchar({declared.length})"
    return kind if declared.nullable else f"{kind} NOT NULL"


def _key_name(table: str, reference: Reference) -> str:
    return quoted(shortened_name(f"fk_{table}_{reference.column}", MAX_NAME, utf8_bytes))


def _earlier_key_name(table: str, reference: Reference) -> str:
    """What the key is called in tables that were made before long names had a digest."""
    return quoted(cut_name(f"fk_{table}_{reference.column}", MAX_NAME, utf8_bytes))


def _count(status: str) -> int:
    """The number at the end of a command's status: `COPY 5`, `INSERT 0 5`."""
    return int(status.rpartition(" ")[2])
