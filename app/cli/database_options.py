"""Sources of commands: a path, or what a database URL leads to."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def source_path(source: str, tables: list[str] | None, query: str | None) -> Iterator[Path]:
    """Where a source lies while the block lasts; what a database gives is written to disk first.

    Raises SourceError, typer.BadParameter.
    """
    from app.sinks.reading.table_reading import Wanted
    from app.sinks.reading.urls import is_database_url

    if tables and query is not None:
        raise typer.BadParameter("--table and --query exclude each other")
    if not is_database_url(source):
        if tables or query is not None:
            raise typer.BadParameter("--table and --query are of a database, and SOURCE is a path")
        yield Path(source)
        return
    with tempfile.TemporaryDirectory(prefix="tablesmith-database-") as name:
        folder = Path(name)
        _fetch(source, Wanted(tuple(tables or ()), query), folder)
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
        raise SourceError(f"{error}: --table NAME, which may be repeated, or --query SQL") from None


def shown_source(source: str) -> str:
    """How a source is called in documents: a database without user and password."""
    from app.sinks.reading.urls import is_database_url, without_credentials

    return without_credentials(source) if is_database_url(source) else source
