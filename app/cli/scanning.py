"""The command that says where tables hold personal data: scan."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.database_options import (
    AllTables,
    AskedTables,
    Query,
    SourceName,
    Tables,
    source_path,
)
from app.cli.faults import exit_status, print_json, printable

if TYPE_CHECKING:
    from app.engine.profiling.personal_data import PersonalData, Scan

FOUND = 3
Fail = Annotated[
    bool, typer.Option("--fail-on-found", help=f"End with status {FOUND} where something is found.")
]
Json = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]


def scan(
    source: SourceName,
    table: Tables = None,
    query: Query = None,
    all_tables: AllTables = False,
    fail: Fail = False,
    as_json: Json = False,
) -> None:
    """Say which columns of tables seem to hold personal data, in counts and without a value."""
    from app.engine.execution.lean import keep_pandas_out
    from app.engine.profiling.personal_data import scan as look_through
    from app.engine.profiling.sources import profiled_source

    with exit_status(as_json=as_json):
        keep_pandas_out()
        gc.enable()
        with (
            source_path(source, AskedTables(table, query, all_tables)) as path,
            profiled_source(path, between=False) as opened,
        ):
            found = look_through(opened)
        for warning in found.warnings:
            typer.echo(f"warning: {printable(warning)}", err=True)
        if as_json:
            print_json(found.model_dump(mode="json"))
        else:
            _print(found)
    if fail and found.found:
        raise typer.Exit(FOUND)


def _print(found: Scan) -> None:
    for table in found.tables:
        typer.echo(f"{printable(table.name)}: {table.rows:,} rows, {table.columns:,} columns")
        for each in found.found:
            if each.table == table.name:
                typer.echo(f"  {printable(each.column)}: {_words(each)}")
    count, all_of_them = found.columns_found, found.columns
    typer.echo(f"{count:,} of {all_of_them:,} columns seem to hold personal data")


def _words(found: PersonalData) -> str:
    """What a column holds, how sure that is and why, and in how many rows."""
    parts = [f"{found.holds.replace('_', ' ')} ({found.confidence:.2f}),"]
    parts.append(
        "within texts or in single cells" if found.within else f"by {' and '.join(found.by)}"
    )
    if found.rows is not None and found.share is not None:
        parts.append(f"in {found.rows:,} of {found.looked_at:,} rows ({found.share:.1%})")
    return " ".join(parts)
