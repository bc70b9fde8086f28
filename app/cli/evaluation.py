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
        if len(tables_in(real)) > 1 and synthetic.is_dir():
            if protected is not None:
                raise typer.BadParameter("fairness is of one table: leave out --protected")
            asked = {"holdout": holdout, "target": target, "seed": seed, "purpose": purpose or ""}
            _judge_several(real, synthetic, asked, out, as_json=as_json)
            return
        given = {"real": real, "synthetic": synthetic, "holdout": holdout}
        files = {name: NamedFile.of(path) for name, path in given.items() if path is not None}
        made = judged_report(
            real, synthetic, holdout=holdout, target=target, protected=protected, seed=seed,
            provenance=Provenance(files, purpose=purpose or ""),
        )  # fmt: skip
        if out is not None:
            _write(made, out)
    _tell(made, as_json=as_json)


def _judge_several(
    real: Path, synthetic: Path, asked: Mapping[str, Any], out: Path | None, *, as_json: bool
) -> None:
    """The tables of two folders, and the keys between them."""
    from app.engine.files import write_whole
    from app.engine.reports.several import several_lines, several_report
    from app.engine.reports.writing import report_json

    if out is not None and report_format(out) != "json":
        raise typer.BadParameter(f"a report of several tables is .json, not {out.name!r}")
    made = several_report(real, synthetic, **asked)
    if out is not None:
        write_whole(out, report_json(made).encode())
        typer.echo(f"wrote {out}", err=True)
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
