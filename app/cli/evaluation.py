"""The command that judges synthetic tables: evaluate."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.faults import exit_status, print_json, printable
from app.cli.reporting import check_report, report_format

Protected = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="A column between whose values the target is to be fair."),
]
ReportOut = Annotated[
    Path | None,
    typer.Option("--out", "-o", metavar="FILE", help="Write a report: .html, .json or .pdf."),
]


def evaluate(
    real: Annotated[
        Path,
        typer.Argument(metavar="REAL", help="The table that was learned, or a folder of several."),
    ],
    synthetic: Annotated[Path, typer.Argument(metavar="SYNTHETIC", help="The table to judge.")],
    holdout: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Real rows that were set aside before anything was learned; without them nothing "
            "is said of privacy.",
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="A column that models are to predict.")
    ] = None,
    protected: Protected = None,
    out: ReportOut = None,
    purpose: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="What the rows are for; stands in the report."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of samples and orders.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Judge synthetic rows by real ones: every figure beside its ceiling and its floor."""
    from app.engine.reports.judging import judged_report
    from app.engine.reports.provenance import NamedFile, Provenance
    from app.engine.reports.several import tables_in

    check_report(out)
    with exit_status(as_json=as_json):
        gc.enable()
        given = {"real": real, "synthetic": synthetic, "holdout": holdout}
        files = {role: path for role, path in given.items() if path is not None}
        if len(tables_in(real)) > 1 and synthetic.is_dir():
            if protected is not None:
                raise typer.BadParameter("fairness is of one table: leave out --protected")
            asked = {"target": target, "seed": seed}
            _judge_several(files, asked, out, purpose or "", as_json=as_json)
            return
        known = {role: NamedFile.of(path) for role, path in files.items()}
        made = judged_report(
            real, synthetic, holdout=holdout, target=target, protected=protected, seed=seed,
            provenance=Provenance(known, purpose=purpose or ""),
        )  # fmt: skip
        if out is not None:
            _write(made, out)
    _tell(made, as_json=as_json)


def _judge_several(
    folders: Mapping[str, Path], asked: Mapping[str, Any], out: Path | None, purpose: str,
    *, as_json: bool,
) -> None:  # fmt: skip
    """The tables of two folders, and the keys between them."""
    from app.engine.errors import SourceError
    from app.engine.reports.provenance import NamedFile, Provenance
    from app.engine.reports.several import several_lines, several_report, tables_in

    if out is not None and report_format(out) == "pdf":
        raise typer.BadParameter(f"a report of several tables is .html or .json, not {out.name!r}")
    files: dict[str, Any] = {role: tables_in(each) for role, each in folders.items()}
    if not files.get("holdout", True):
        raise SourceError("rows that were held out of several tables are a folder of them, too")

    def known(table: str) -> Provenance:
        own = {role: NamedFile.of(each[table]) for role, each in files.items() if table in each}
        return Provenance(own, purpose)

    made = several_report(**files, **asked, known=known)
    if out is not None:
        _write(made, out)
    if as_json:
        print_json(made)
        return
    for line in several_lines(made):
        typer.echo(printable(line))


def _write(made: dict[str, Any], out: Path) -> None:
    from app.engine.reports.writing import write_report

    write_report(made, report_format(out), out)
    typer.echo(f"wrote {out}", err=True)


def _tell(made: dict[str, Any], *, as_json: bool) -> None:
    from app.engine.reports.text import report_lines

    if as_json:
        print_json(made)
        return
    for line in report_lines(made):
        typer.echo(printable(line))
