"""Reports of what commands make and judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from app.cli.outputs import check_files, check_tables

if TYPE_CHECKING:
    from app.engine.evaluation.documents import MeasuredFact
    from app.engine.plan.plan import Plan


def check_report(out: Path | None, beside: Path | None = None) -> None:
    """Before the work that it is to report on, and before what it stands `beside` is made.

    Raises typer.BadParameter where a report has no such format, or the format an extra that is not
    installed; ends with status 1 where the file cannot be written.
    """
    if out is None:
        return
    from app.engine.reports.writing import WRITERS, need_format

    if report_format(out) not in WRITERS:
        known = " or ".join(f".{name}" for name in WRITERS)
        raise typer.BadParameter(f"a report is {known}, not {out.name!r}")
    check_files(out, beside=beside)
    try:
        need_format(report_format(out))
    except ImportError as error:
        raise typer.BadParameter(str(error)) from error


def check_outputs(out: Path, report: Path | None) -> None:
    """Look at where tables and the report on them are to stand, as `check_report` does."""
    check_tables(out)
    check_report(report, beside=out)


def write_made_report(
    plan: Plan, written: Sequence[Mapping[str, Any]], facts: Sequence[MeasuredFact], out: Path
) -> None:
    """Write the report of finished tables.

    Args:
        written: name, rows and files of each table, as `generate --json` prints them.

    Raises OSError.
    """
    from app.engine.reports.made.document import made_report
    from app.engine.reports.made.tables import MadeTables
    from app.engine.reports.writing import write_report

    tables = [
        {
            "name": table["name"],
            "rows": table["rows"],
            "files": [
                {name: file[name] for name in ("format", "sha256")} for file in table["files"]
            ],
        }
        for table in written
    ]
    notes = [str(warning) for warning in plan.warnings]
    made = MadeTables(tables, facts, notes=notes)
    write_report(made_report(plan, made), report_format(out), out)
    typer.echo(f"wrote {out}", err=True)


def report_format(out: Path) -> str:
    """By the suffix of its file."""
    return out.suffix.lower().removeprefix(".")
