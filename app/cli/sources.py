"""The commands that look at real tables: profile, scan."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.database_options import (
    AllTables,
    AskedTables,
    Columns,
    Query,
    SourceName,
    Tables,
    shown_source,
    source_path,
)
from app.cli.faults import exit_status, print_json, printable
from app.cli.outputs import check_files

if TYPE_CHECKING:
    from app.engine.masking.personal_data import PersonalData, Scan
    from app.engine.profiling.models import ColumnProfile, SourceProfile, TableProfile
    from app.engine.profiling.sources import ProfiledSource

MOST_LISTED = 20
FOUND = 3
Fail = Annotated[
    bool, typer.Option("--fail-on-found", help=f"End with status {FOUND} where something is found.")
]


Encoding = Annotated[
    str | None, typer.Option(help="Encoding of files of text; detected when left out.")
]
Delimiter = Annotated[
    str | None, typer.Option(help="Between the cells of CSV; detected when left out.")
]


class Document(StrEnum):
    """What a profile is turned into."""

    SYNTHESIS = "synthesis"
    DEFINITION = "definition"


def profile(
    source: SourceName,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Write the document to FILE, as YAML."),
    ] = None,
    document: Annotated[
        Document | None,
        typer.Option(
            "--as",
            help="synthesis: what to learn and how; definition: a declared table like this one.",
        ),
    ] = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    header: Annotated[
        bool | None,
        typer.Option(
            "--header/--no-header",
            help="Whether the first line names the columns; detected when left out.",
        ),
    ] = None,
    table: Tables = None,
    query: Query = None,
    all_tables: AllTables = False,
    column: Columns = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the whole profile, or the document, as JSON.")
    ] = False,
) -> None:
    """Look at real tables: what their columns hold, and what holds between them."""
    from app.engine.execution.lean import keep_pandas_out
    from app.engine.profiling.sources import profiled_source
    from app.engine.sources.tables import ReadingOptions

    check_files(out)
    with exit_status(as_json=as_json):
        keep_pandas_out()
        gc.enable()
        options = ReadingOptions(encoding=encoding, delimiter=delimiter, header=header)
        with (
            source_path(source, AskedTables(table, query, all_tables, column)) as path,
            profiled_source(path, options) as found,
        ):
            _warn(found.profile)
            wanted = document or (Document.SYNTHESIS if out else None)
            made = _document(wanted, found, shown_source(source)) if wanted else None
        _tell(found.profile, made, out, as_json=as_json)


def _tell(
    profile: SourceProfile, made: dict[str, Any] | None, out: Path | None, *, as_json: bool
) -> None:
    """Print the profile or what was made of it, and write the latter where it is wanted."""
    from app.engine.schema.yaml.write import write_yaml

    text = write_yaml(made) if made is not None else None
    if out is not None and text is not None:
        out.write_text(text, encoding="utf-8")
        typer.echo(f"wrote {out}", err=True)
    if as_json:
        print_json(profile.model_dump(mode="json") if made is None or out else made)
    elif text is not None and out is None:
        typer.echo(text, nl=False)
    else:
        _print(profile)


def _document(wanted: Document, found: ProfiledSource, source: str) -> dict[str, Any]:
    if wanted is Document.SYNTHESIS:
        from app.engine.synthesis.defaults import suggested_synthesis

        return suggested_synthesis(found.profile, source)
    from app.engine.importing.declaring import declare_source

    declared = declare_source(found)
    for note in declared.notes:
        typer.echo(f"note: {printable(note)}", err=True)
    return declared.document


def _warn(profile: SourceProfile) -> None:
    for warning in profile.warnings:
        typer.echo(f"warning: {printable(warning)}", err=True)
    for table in profile.tables:
        for warning in table.warnings:
            typer.echo(f"warning: {table.name}: {printable(warning)}", err=True)


def _print(profile: SourceProfile) -> None:
    for table in profile.tables:
        _print_table(table)
        typer.echo()
    if profile.foreign_keys:
        typer.echo("foreign keys")
    for key in profile.foreign_keys:
        orphans = f", {key.orphans:,} rows refer to nothing" if key.orphans else ""
        typer.echo(
            f"  {key.table}.{key.column} -> {key.parent}.{key.parent_column}"
            f" ({key.confidence:.2f}{orphans})"
        )


def _print_table(table: TableProfile) -> None:
    import sys

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else 160)
    drawn = Table(title=f"{table.name}: {table.rows:,} rows", title_justify="left")
    for name in ("column", "kind", "written", "distinct", "missing", "sensitive"):
        drawn.add_column(name)
    for column in table.columns:
        drawn.add_row(*map(Text, _cells(column)))
    console.print(drawn)
    _print_list("primary key, likeliest first", (" + ".join(each) for each in table.primary_keys))
    if table.duplicate_rows:
        typer.echo(f"duplicate rows: {table.duplicate_rows:,}")
    _print_list(
        "dependencies",
        (
            f"{each.determinant} <-> {each.dependent}"
            if each.one_to_one
            else f"{each.determinant} -> {each.dependent}"
            for each in table.dependencies
            if not each.one_to_one or each.determinant < each.dependent
        ),
    )
    _print_list("rules in every row", (each.rule for each in table.rules))
    _print_list(
        "missing together",
        (f"{', '.join(each.columns)} ({each.rows:,} rows)" for each in table.missing_together),
    )
    for each in table.sampled:
        typer.echo(f"note: {each}")


def _cells(column: ColumnProfile) -> tuple[str, ...]:
    """A line of the table: no value of the source is on it."""
    sensitive = ""
    if column.sensitivity is not None and column.is_sensitive:
        sensitive = f"{column.sensitivity.kind} ({column.sensitivity.confidence:.2f})"
    missing = f"{column.missing:.1%}" if column.missing else ""
    name = column.name if len(column.name) <= 60 else column.name[:59] + "…"
    distinct = f"{column.distinct:,}"
    return printable(name), column.kind, _written(column), distinct, missing, sensitive


def _written(column: ColumnProfile) -> str:
    form = column.format
    parts = [
        form.pattern or form.mask or "",
        f"{form.prefix}…{form.suffix}" if form.prefix or form.suffix else "",
        f"decimals {_range(form.min_decimals, form.max_decimals)}" if form.max_decimals else "",
        f"thousands {form.thousands!r}" if form.thousands else "",
        "decimal comma" if form.decimal_mark == "," else "",
        f"{form.labels[0]}/{form.labels[1]}" if form.labels else "",
        "missing " + " ".join(repr(each) for each in form.missing if each is not None)
        if any(each is not None for each in form.missing)
        else "",
    ]
    return ", ".join(part for part in parts if part)


def _range(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"


def _print_list(title: str, items: Iterable[str]) -> None:
    listed = [printable(each) for each in items]
    if not listed:
        return
    typer.echo(f"{title}:")
    for each in listed[:MOST_LISTED]:
        typer.echo(f"  {each}")
    if len(listed) > MOST_LISTED:
        typer.echo(f"  and {len(listed) - MOST_LISTED:,} more")


def scan(
    source: SourceName,
    table: Tables = None,
    query: Query = None,
    all_tables: AllTables = False,
    fail: Fail = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Say which columns of tables seem to hold personal data, in counts and without a value."""
    from app.engine.execution.lean import keep_pandas_out
    from app.engine.masking.personal_data import scan_path

    with exit_status(as_json=as_json):
        keep_pandas_out()
        gc.enable()
        with source_path(source, AskedTables(table, query, all_tables)) as path:
            found = scan_path(path)
        for warning in found.warnings:
            typer.echo(f"warning: {printable(warning)}", err=True)
        if as_json:
            print_json(found.model_dump(mode="json"))
        else:
            _print_scan(found)
    if fail and found.found:
        raise typer.Exit(FOUND)


def _print_scan(found: Scan) -> None:
    for table in found.tables:
        typer.echo(f"{printable(table.name)}: {table.rows:,} rows, {table.columns:,} columns")
        for each in found.found:
            if each.table == table.name:
                typer.echo(f"  {printable(each.column)}: {_evidence(each)}")
    count, all_of_them = found.columns_found, found.columns
    typer.echo(f"{count:,} of {all_of_them:,} columns seem to hold personal data")


def _evidence(found: PersonalData) -> str:
    """What a column holds, how sure that is and why, and in how many rows."""
    parts = [f"{found.holds.replace('_', ' ')} ({found.confidence:.2f}),"]
    parts.append(
        "within texts or in single cells" if found.within else f"by {' and '.join(found.by)}"
    )
    if found.rows is not None and found.share is not None:
        parts.append(f"in {found.rows:,} of {found.looked_at:,} rows ({found.share:.1%})")
    return " ".join(parts)
