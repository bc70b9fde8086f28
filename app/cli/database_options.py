"""Sources of commands: a path, or what a database URL leads to."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from app.sinks.reading.table_reading import Wanted

SourceName = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="A CSV, TSV, JSON Lines, Parquet, Arrow, XLSX or ODS file, a ZIP or folder of these; "
        "or the URL of a database, such as postgresql://user@host/database or sqlite:///file.db.",
    ),
]
Tables = Annotated[
    list[str] | None,
    typer.Option(
        "--table", metavar="NAME", help="Table of the database, `schema.table` too; repeatable."
    ),
]
Query = Annotated[
    str | None, typer.Option(metavar="SQL", help="Query whose rows are read from the database.")
]


AllTables = Annotated[
    bool, typer.Option("--all-tables", help="All tables of the database, with their keys.")
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="NAME",
        help="`table.column`: of this table of the database no other columns are read; repeatable.",
    ),
]


@dataclass(frozen=True, slots=True)
class AskedTables:
    """What the options of a command say is read of a database."""

    tables: list[str] | None = None
    query: str | None = None
    all_tables: bool = False
    columns: list[str] | None = None

    @property
    def names(self) -> list[str]:
        """The options that were given."""
        given = {
            "--table": self.tables, "--query": self.query, "--all-tables": self.all_tables,
            "--column": self.columns,
        }  # fmt: skip
        return [name for name, each in given.items() if each not in (None, False, [])]


@contextmanager
def source_path(source: str, asked: AskedTables) -> Iterator[Path]:
    """Where a source lies while the block lasts; what a database gives is written to disk first.

    Raises SourceError, typer.BadParameter.
    """
    from app.sinks.reading.table_reading import Wanted
    from app.sinks.reading.urls import is_database_url

    given = asked.names
    if len({"--table", "--query", "--all-tables"} & {*given}) > 1 or (
        {"--query", "--column"} <= {*given}
    ):
        raise typer.BadParameter(f"{' and '.join(given)} exclude each other")
    if not is_database_url(source):
        if given:
            raise typer.BadParameter(
                "--table, --query, --all-tables and --column are of a database, and SOURCE is none"
            )
        yield Path(source)
        return
    with tempfile.TemporaryDirectory(prefix="tablesmith-database-") as name:
        folder = Path(name)
        wanted = Wanted(
            tuple(asked.tables or ()), asked.query, asked.all_tables, tuple(asked.columns or ())
        )
        _fetch(source, wanted, folder)
        files = list(folder.iterdir())
        yield files[0] if len(files) == 1 else folder


def _fetch(source: str, wanted: Wanted, folder: Path) -> None:
    """Raises SourceError, which names the options where the database has several tables."""
    from app.engine.errors import SourceError
    from app.sinks.reading.table_reading import SeveralTablesError
    from app.sinks.reading.urls import fetch_url

    try:
        fetch_url(source, wanted, folder)
    except SeveralTablesError as error:
        options = "--table NAME, which may be repeated, --all-tables or --query SQL"
        raise SourceError(f"{error}: {options}") from None


def shown_source(source: str) -> str:
    """How a source is called in documents: a database without user and password."""
    from app.sinks.reading.urls import is_database_url, without_credentials

    return without_credentials(source) if is_database_url(source) else source
