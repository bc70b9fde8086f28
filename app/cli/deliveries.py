"""Where rows that commands draw go: into files, or into a database."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.faults import print_json, printable
from app.cli.outputs import check_tables

if TYPE_CHECKING:
    import pyarrow as pa

    from app.engine.plan.plan import Plan
    from app.engine.sources.declarations import DeclaredTable


class IfExists(StrEnum):
    """What happens where a table exists."""

    FAIL = "fail"
    APPEND = "append"
    REPLACE = "replace"


Existing = Annotated[
    IfExists | None,
    typer.Option("--if-exists", help="Of tables that OUT, a database, has already; fail if unset."),
]


TableName = Annotated[
    str | None,
    typer.Option(
        "--table", metavar="NAME", help="Of a model of one table in a database; synthetic if unset."
    ),
]


@dataclass(frozen=True, slots=True)
class Place:
    """Where rows go.

    Args:
        out: a path, or the URL of a database.
        table: name in a database of the table of a model of one.
    """

    out: str
    formats: list[str]
    if_exists: IfExists | None = None
    table: str | None = None

    @property
    def is_database(self) -> bool:
        from app.sinks.reading.urls import is_database_url

        return is_database_url(self.out)

    @property
    def path(self) -> Path:
        return Path(self.out)

    @property
    def name(self) -> str:
        """What a plan is called."""
        return self.table or "synthetic" if self.is_database else self.path.stem or "synthetic"

    def check(self) -> None:
        """Raises a usage error for options that mean nothing here; ends where nothing can be
        written."""
        of_files, of_databases = self.formats, (self.if_exists or self.table)
        if self.is_database and of_files:
            raise typer.BadParameter("--format is of files, and OUT is a database")
        if not self.is_database and of_databases:
            raise typer.BadParameter("--if-exists and --table are of a database, and OUT is a path")
        if not self.is_database:
            check_tables(self.path)


def deliver_plan(
    plan: Plan, declared: Mapping[str, DeclaredTable], place: Place, workers: int, *, as_json: bool
) -> None:
    """Draw the tables of a plan and write them into a database, whole or not at all.

    Args:
        declared: what the database is to declare of each table.

    Raises SourceError, GenerationError.
    """
    from app.engine.errors import GenerationError
    from app.engine.execution.destination import write_tables
    from app.engine.execution.progress_bar import progress_bar
    from app.engine.exporting.learned import learned_tables
    from app.sinks.base import TerminalSinkError
    from app.sinks.reading.urls import with_connection, without_credentials
    from app.sinks.writing.table_writing import write_tables as write

    with tempfile.TemporaryDirectory(prefix="tablesmith-rows-") as name, progress_bar() as progress:
        made = write_tables(plan, Path(name), ["parquet"], workers=workers, progress=progress)
        rows = {each.name: _rows(each.files[0].path) for each in made.tables}
        loaded = learned_tables(declared, rows)
    for each in loaded.left_out:
        typer.echo(f"warning: the rows do not hold, and left out is {printable(each)}", err=True)
    how = (place.if_exists or IfExists.FAIL).value
    try:
        with_connection(place.out, lambda connection: write(connection, loaded, how), makes=True)
    except TerminalSinkError as error:
        raise GenerationError(str(error)) from None
    sizes = {each.name: loaded.rows[each.name].num_rows for each in loaded.tables}
    shown = without_credentials(place.out)
    if as_json:
        print_json({"seed": plan.seed, "rows": sizes, "database": shown})
        return
    for table, size in sizes.items():
        typer.echo(f"{shown}: {printable(table)}, {size:,} rows")
    typer.echo(f"seed {plan.seed}")


def _rows(path: Path) -> pa.Table:
    from pyarrow import parquet

    return parquet.read_table(path)
