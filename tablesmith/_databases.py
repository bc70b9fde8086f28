"""Tables of databases that are named by a URL, as files for a while."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeGuard

from app.engine import SourceError
from app.sinks.reading.table_reading import SeveralTablesError, Wanted
from app.sinks.reading.urls import fetch_url, is_database_url


def is_database(source: object) -> TypeGuard[str]:
    """Whether it is written like the URL of a database."""
    return isinstance(source, str) and is_database_url(source)


@contextmanager
def only_table(url: str) -> Iterator[Path]:
    """The file of the only table of a database. Raises SourceError."""
    with tempfile.TemporaryDirectory(prefix="tablesmith-database-") as name:
        try:
            fetch_url(url, Wanted(), Path(name))
        except SeveralTablesError as error:
            message = f"{error}: ts.fit_tables(url, only=[…]) learns several, or one of them"
        else:
            yield next(Path(name).iterdir())
            return
    raise SourceError(message)


@contextmanager
def tables_folder(url: str, only: Sequence[str]) -> Iterator[Path]:
    """A folder with a file for each table of a database.

    Args:
        only: the tables that are read; all where empty.

    Raises SourceError.
    """
    with tempfile.TemporaryDirectory(prefix="tablesmith-database-") as name:
        fetch_url(url, Wanted(tuple(only), all_tables=True), Path(name))
        yield Path(name)
