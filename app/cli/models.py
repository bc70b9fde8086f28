"""The commands that learn real tables and draw from what was learned: train, synthesize."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.accounts import Epsilon, Privacy, refuse_beside_privacy, train_privately
from app.cli.arguments import whole_number
from app.cli.configuration import installation_key
from app.cli.database_options import (
    AllTables,
    AskedTables,
    Columns,
    Query,
    SourceName,
    Tables,
    source_path,
)
from app.cli.deliveries import Existing, Place, TableName, deliver_plan
from app.cli.engine import Card, Formats, Licence, Seed, Workers
from app.cli.faults import exit_status, print_json, printable
from app.cli.keys import DataDir
from app.cli.outputs import check_files
from app.cli.several import draw_several, refuse_for_several, train_several

if TYPE_CHECKING:
    from app.engine.execution.destination import Destination
    from app.engine.plan.learned import Request
    from app.engine.plan.plan import Plan
    from app.engine.synthesizers.learning import LearnedTable
    from app.engine.synthesizers.provenance import ModelEvaluation
    from app.engine.training.prepared_table import PreparedTable
    from app.engine.training.training_plan import AskedTraining

ModelOut = Annotated[Path, typer.Option("--out", "-o", metavar="MODEL", help="The model's file.")]
ModelPath = Annotated[Path, typer.Argument(metavar="MODEL", help="A file that `train` wrote.")]
RowsOut = Annotated[
    str,
    typer.Option(
        "--out",
        "-o",
        metavar="OUT",
        help="A file for one table, a folder for several; - writes one table to standard output; "
        "or the URL of a database.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Holdout = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=0.5,
        help="Share of the rows that is set aside before anything is learned; what the definition "
        "says when left out, else 0.1.",
    ),
]
Rows = Annotated[
    int | None,
    typer.Option(
        parser=whole_number,
        metavar="N",
        help="Rows, of several tables those of the root; as many as the source has when left out.",
    ),
]
Copies = Annotated[
    int,
    typer.Option(
        min=1, max=1000, metavar="M", help="Tables of so many rows, each with the next seed."
    ),
]
Conditions = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Conditions and shares that the rows meet, as YAML or JSON."),
]
Synthesizer = Annotated[
    str | None,
    typer.Option(
        help="sequential, copula or independent; what the definition says when left out, else "
        "sequential."
    ),
]
Target = Annotated[
    str | None,
    typer.Option(help="The column that models will be trained on, whatever the definition says."),
]


def train(
    source: SourceName,
    out: ModelOut,
    synthesizer: Synthesizer = None,
    target: Target = None,
    definition: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="A synthesis definition; what `profile` suggests when left out."
        ),
    ] = None,
    holdout: Holdout = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Seed; what the definition says when left out, else drawn."),
    ] = None,
    workers: Workers = None,
    table: Tables = None,
    query: Query = None,
    all_tables: AllTables = False,
    column: Columns = None,
    epsilon: Epsilon = None,
    privacy: Privacy = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Learn a real table, or several with the keys between them, and write what was learned to
    MODEL."""
    from app.engine.training.training_plan import AskedTraining

    check_files(out)
    with exit_status(as_json=as_json):
        gc.enable()
        if epsilon is not None or privacy is not None:
            refuse_beside_privacy(
                synthesizer=synthesizer, definition=definition, holdout=holdout, seed=seed,
                table=table, query=query, workers=workers, column=column,
                **{"all-tables": all_tables or None},
            )  # fmt: skip
            given = {"epsilon": epsilon, "target": target}
            train_privately(Path(source), out, privacy, given, data_dir, as_json=as_json)
            return
        said = None if definition is None else definition.read_bytes()
        asked = AskedTraining(synthesizer, seed=seed, target=target, holdout=holdout)
        with source_path(source, AskedTables(table, query, all_tables, column)) as path:
            _train(path, said, asked, out, workers or 1, as_json=as_json)


def _train(
    path: Path,
    definition: bytes | None,
    asked: AskedTraining,
    out: Path,
    workers: int,
    *,
    as_json: bool,
) -> None:
    from app.engine.profiling.sources import profiled_source
    from app.engine.training.prepared_table import prepare_source

    key = installation_key("sources")
    with profiled_source(path) as found:
        if len(found.profile.tables) > 1:
            train_several(found, definition, asked, key, out, workers, as_json=as_json)
            return
        prepared = prepare_source(found, definition, asked, key)
    _train_one(prepared, out, workers, as_json=as_json)


def _train_one(prepared: PreparedTable, out: Path, workers: int, *, as_json: bool) -> None:
    """Learn one table and write what was learned to a file."""
    from app.engine.execution.progress_bar import progress_bar
    from app.engine.synthesizers.model_file.files import save_model
    from app.engine.training.fitting import train_as_planned

    with progress_bar(unit="columns") as progress:
        learned = train_as_planned(prepared, workers, progress, judged=True)
    size = save_model(learned, out)
    _warn((*prepared.warnings, *learned.warnings))
    _print_model(learned, out, size, as_json=as_json)


def synthesize(
    model: ModelPath,
    out: RowsOut,
    rows: Rows = None,
    seed: Seed = None,
    conditions: Conditions = None,
    given: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A table of some columns; the others are drawn."),
    ] = None,
    impute: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A table whose missing cells are filled.")
    ] = None,
    draw: Annotated[
        bool, typer.Option("--draw", help="Fill missing cells with draws, not estimates.")
    ] = False,
    copies: Copies = 1,
    formats: Formats = None,
    workers: Workers = None,
    if_exists: Existing = None,
    table: TableName = None,
    card: Card = False,
    licence: Licence = "",
    as_json: Json = False,
) -> None:
    """Draw rows from a model and write them to OUT, a folder or a database for several tables."""
    from app.engine.synthesizers.several.files import holds_several

    place = Place(out, formats or [], if_exists, table)
    place.check()
    if draw and impute is None:
        raise typer.BadParameter("--draw is of --impute FILE, whose missing cells it fills")
    with exit_status(as_json=as_json):
        gc.enable()
        if holds_several(model):
            refuse_for_several(
                conditions=conditions, given=given, impute=impute, draw=draw or None,
                card=card or None, licence=licence or None, table=table,
                copies=None if copies == 1 else copies,
            )  # fmt: skip
            draw_several(model, place, rows, seed, workers or 1, as_json=as_json)
            return
        asked = (conditions, given, impute)
        described = licence if card else None
        size = (rows, seed, copies)
        _draw_one(model, place, size, asked, draw, described, workers or 1, as_json)


def _draw_one(
    model: Path,
    place: Place,
    size: tuple[int | None, int | None, int],
    asked: tuple[Path | None, Path | None, Path | None],
    draw: bool,
    described: str | None,
    workers: int,
    as_json: bool,
) -> None:
    """Draw one table and write it to a file or into a database.

    Args:
        size: rows, seed and copies. asked: conditions, given, impute.
        described: licence of the card; None for none.
    """
    from app.engine.sources.declarations import DeclaredTable
    from app.engine.synthesizers.model_file.files import load_model

    learned = load_model(model)
    rows, seed, copies = size
    target = None if place.is_database else _destination(place.path, place.formats, copies)
    request = _request(learned, *asked, draw=draw)
    formats = ["parquet"] if target is None else target.formats
    plan = _plan(learned, place.name, rows, seed, formats, request, copies)
    _warn(map(str, plan.warnings))
    if target is None:
        declared = {each.name: learned.declared or DeclaredTable() for each in plan.tables}
        deliver_plan(plan, declared, place, workers, as_json=as_json)
        return
    written = _written(plan, target, workers, described)
    _print_files(plan, written, as_json=as_json)


def _print_files(plan: Plan, files: list[dict[str, Any]], *, as_json: bool) -> None:
    rows = plan.tables[0].rows
    if as_json:
        print_json({"seed": plan.seed, "rows": rows, "files": files})
        return
    for file in files:
        typer.echo(f"{file['path']}: {rows:,} rows, {file['bytes']:,} bytes")
    typer.echo(f"seed {plan.seed}")


def _request(
    learned: LearnedTable,
    conditions: Path | None,
    given: Path | None,
    impute: Path | None,
    *,
    draw: bool,
) -> Request:
    from app.engine.plan.asked.files import load_conditions, read_given
    from app.engine.plan.learned import Request

    counts, shares = (
        (None, None) if conditions is None else load_conditions(conditions.read_bytes())
    )
    part, holed = (None if each is None else read_given(each, learned) for each in (given, impute))
    return Request(counts, shares, part, holed, draw)


def _plan(
    learned: LearnedTable,
    name: str,
    rows: int | None,
    seed: int | None,
    formats: Iterable[str],
    request: Request,
    copies: int,
) -> Plan:
    from app.engine.plan.learned import learned_plan, wanted_as_written

    as_written = wanted_as_written(formats)
    return learned_plan(
        learned, name, rows=rows, seed=seed, as_written=as_written, request=request, copies=copies
    )


def _destination(out: Path, formats: list[str], tables: int) -> Destination:
    from app.engine.errors import FormatError
    from app.engine.execution.destination import resolve

    try:
        return resolve(out, formats, tables, None)
    except FormatError as error:
        raise typer.BadParameter(str(error)) from None


def _written(
    plan: Plan, target: Destination, workers: int, licence: str | None
) -> list[dict[str, Any]]:
    """Files, which have a card where there is a licence, be it empty."""
    from app.engine.execution.destination import write_tables
    from app.engine.execution.progress_bar import progress_bar
    from app.engine.reports.made.cards import describe_files

    with progress_bar() as progress:
        made = write_tables(plan, target.path, target.formats, workers=workers, progress=progress)
    if licence is not None:
        describe_files(plan, made, licence=licence)
    return [
        {"format": file.format, "path": str(file.path), "bytes": file.bytes, "sha256": file.sha256}
        for table in made.tables
        for file in table.files
    ]


def _warn(warnings: Iterable[str]) -> None:
    for warning in warnings:
        typer.echo(f"warning: {printable(warning)}", err=True)


def _print_model(learned: LearnedTable, out: Path, size: int, *, as_json: bool) -> None:
    columns = list(learned.order) or learned.schema.names
    if as_json:
        print_json(
            {
                "model": str(out), "bytes": size, "synthesizer": learned.synthesizer,
                "rows": learned.rows, "columns": columns, "seed": learned.seed,
                "target": learned.target, "k": learned.protection.k, "held_out": learned.held_out,
                "warnings": learned.warnings, **_origin(learned),
            }
        )  # fmt: skip
        return
    learnt = f"{learned.rows:,} rows x {len(columns):,} columns"
    typer.echo(f"{out}: {learned.synthesizer} of {learnt}, {size:,} bytes, seed {learned.seed}")
    if learned.held_out:
        typer.echo(f"{learned.held_out:,} rows were set aside and not learned")
    if learned.evaluation is not None:
        _print_evaluation(learned.evaluation)


def _origin(learned: LearnedTable) -> dict[str, Any]:
    """Where a model comes from and what it is worth, as plain data."""
    said = (learned.provenance, learned.evaluation)
    provenance, evaluation = (each and each.model_dump(mode="json") for each in said)
    return {"provenance": provenance, "evaluation": evaluation}


def _print_evaluation(evaluation: ModelEvaluation) -> None:
    """The figures beside what is possible, one a line."""
    if evaluation.figures:
        typer.echo(f"beside {evaluation.held_out:,} rows that were not learned:")
    for each in evaluation.figures:
        beside = f"real rows {_number(each.ceiling)}, independent columns {_number(each.floor)}"
        typer.echo(f"  {each.name} {_number(each.value)} ({beside})")
    for note in evaluation.notes:
        typer.echo(f"note: {note}")


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:g}"
