"""One table in one format on standard output; all that is said goes to standard error."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from app.cli.faults import tell_unmet
from app.engine.formats import DEFAULT_FORMAT, FORMATS, format_of

if TYPE_CHECKING:
    from app.engine.formats import FormatOptions
    from app.engine.plan.plan import Plan, TablePlan

TEXTS = ("csv", "tsv", "jsonl")


def refuse_beside(*, manifest: bool, card: bool, as_json: bool, report: bool) -> None:
    """Raises typer.BadParameter where more than the table would have to be written."""
    asked = {"--manifest": manifest, "--card": card, "--json": as_json, "--report": report}
    for name, given in asked.items():
        if given:
            raise typer.BadParameter(f"{name} and -o - do not go together; give -o a folder")


def pour(
    plan: Plan, formats: Sequence[str], workers: int, options: FormatOptions, *, strict: bool
) -> None:
    """Make the table of a plan and write its file to standard output.

    Raises:
        typer.BadParameter: for several tables or formats, and for an unknown one.
        typer.Exit: as `tell_unmet`.
    """
    from app.cli import signing
    from app.engine.conformance import unmet_facts
    from app.engine.execution.run import run_generation

    form = _only_format(plan, formats)
    with tempfile.TemporaryDirectory(prefix="tablesmith-") as folder:
        generated = run_generation(plan, Path(folder), (form,), workers=workers, options=options)
        facts: signing.Facts = ()
        if strict:
            facts = signing.measure(plan, generated, options)
        for file in generated.tables[0].files:
            with file.path.open("rb") as content:
                shutil.copyfileobj(content, sys.stdout.buffer)
    sys.stdout.buffer.flush()
    typer.echo(f"seed {plan.seed}", err=True)
    tell_unmet(unmet_facts(facts), strict=strict)


def pour_first_rows(plan: Plan, table: str | None, form: str, rows: int, *, as_json: bool) -> None:
    """Write the first rows of a table to standard output, as a file of a text format has them.

    Raises:
        typer.BadParameter: where it is open which table is meant, and for another format.
    """
    if as_json:
        raise typer.BadParameter("--json and --format do not go together")
    if form not in TEXTS:
        raise typer.BadParameter(f"{form!r} is no text format; there are {', '.join(TEXTS)}")
    if table is None and len(plan.tables) > 1:
        names = ", ".join(each.name for each in plan.tables)
        raise typer.BadParameter(f"say which --table; there are {names}")
    sys.stdout.buffer.write(_encoded(plan.table(table or plan.tables[0].name), form, rows))
    sys.stdout.buffer.flush()


def _encoded(table: TablePlan, form: str, rows: int) -> bytes:
    from app.engine.formats import FormatOptions

    options, kind = FormatOptions(), FORMATS[form]
    with tempfile.TemporaryDirectory(prefix="tablesmith-") as folder:
        part, file = Path(folder, "part"), Path(folder, "file")
        part.write_bytes(kind.encode(table.block(0).slice(0, rows), options))
        assembler = kind.assembler(file, table.name, table.schema, options)
        assembler.append(part)
        assembler.finish()
        return file.read_bytes()


def _only_format(plan: Plan, formats: Sequence[str]) -> str:
    if len(plan.tables) > 1:
        raise typer.BadParameter(f"-o - takes one table; there are {len(plan.tables)}")
    if len(formats) > 1:
        raise typer.BadParameter(f"-o - takes one format, not {len(formats)}")
    if formats and formats[0] not in FORMATS:
        raise typer.BadParameter(f"no format {formats[0]!r}; there are {', '.join(FORMATS)}")
    fallback = format_of(Path(plan.output_file)) if plan.output_file else None
    return formats[0] if formats else fallback or DEFAULT_FORMAT
