"""The commands between a definition and a database: import, ddl."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.engine import File, plan_of
from app.cli.faults import exit_status, print_json, printable
from app.cli.outputs import check_files

DIALECTS = ("postgresql", "sqlite", "mysql", "mssql", "oracle")

if TYPE_CHECKING:
    from app.engine.importing.drafts import Draft

Script = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="An SQL script that makes tables; or a CSV or Excel file."),
]


def import_(
    file: Script,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Write the definition to FILE, as YAML."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the definition and its review as JSON.")
    ] = False,
) -> None:
    """Make a definition of tables that are there: from an SQL script, or from a file."""
    from app.engine.errors import DefinitionError, Fault
    from app.engine.execution.lean import keep_pandas_out
    from app.engine.importing.files import draft_of_file
    from app.engine.schema.yaml.write import write_yaml

    check_files(out)
    with exit_status(as_json=as_json):
        keep_pandas_out()
        gc.enable()
        try:
            draft = draft_of_file(file)
        except ValueError as error:
            raise DefinitionError([Fault("document", str(error))]) from None
        document = {**draft.document, "name": file.stem}
        text = write_yaml(document)
        if out is not None:
            out.write_text(text, encoding="utf-8")
            typer.echo(f"wrote {out}", err=True)
        _tell(draft)
        if as_json:
            print_json({"document": document, **_review(draft)})
        elif out is None:
            typer.echo(text, nl=False)


def ddl(
    file: File,
    dialect: Annotated[
        str, typer.Option(metavar="NAME", help=f"The database: {', '.join(DIALECTS)}.")
    ] = "postgresql",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write the script to FILE.")
    ] = None,
    load: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Also write a script that loads the CSV files of the tables."
        ),
    ] = None,
) -> None:
    """Print the SQL that makes the tables of a definition."""
    from app.engine.exporting.ddl import create_tables, not_in_sql
    from app.engine.exporting.loading import load_script

    check_files(out, load)
    with exit_status():
        if dialect not in DIALECTS:
            raise typer.BadParameter(f"no database {dialect!r}; there are {', '.join(DIALECTS)}")
        plan = plan_of(file)
        script = create_tables(plan, dialect)
        for each in not_in_sql(plan):
            typer.echo(f"note: {printable(each)}: no part of the SQL", err=True)
        if load is not None:
            try:
                load.write_text(load_script(plan, dialect), encoding="utf-8")
            except ValueError as error:
                raise typer.BadParameter(str(error)) from None
            typer.echo(f"wrote {load}", err=True)
        if out is None:
            typer.echo(script, nl=False)
        else:
            out.write_text(script, encoding="utf-8")
            typer.echo(f"wrote {out}", err=True)


def _tell(draft: Draft) -> None:
    for column in draft.columns:
        if column.assumed:
            typer.echo(f"assumed: {printable(column.text)}", err=True)
    for each in draft.left_out:
        typer.echo(f"left out: {printable(str(each))}", err=True)


def _review(draft: Draft) -> dict[str, object]:
    from dataclasses import asdict

    return {
        "columns": [asdict(each) for each in draft.columns],
        "left_out": [asdict(each) for each in draft.left_out],
    }
