"""Training on several tables and drawing them, for the commands of models."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from app.cli.deliveries import Place, deliver_plan
from app.cli.faults import print_json, printable

if TYPE_CHECKING:
    from app.engine.profiling.sources import ProfiledSource
    from app.engine.synthesizers.several.learned_tables import LearnedTables
    from app.engine.training.training_plan import AskedTraining


def train_several(
    source: ProfiledSource,
    definition: bytes | Mapping[str, Any] | None,
    asked: AskedTraining,
    key: bytes | None,
    out: Path,
    workers: int,
    *,
    as_json: bool,
) -> None:
    """Learn the tables of a source and write what was learned to a file."""
    from app.engine.execution.progress_bar import progress_bar
    from app.engine.synthesizers.several.files import save_tables
    from app.engine.training.several.fitting import prepare_tables, train_prepared_tables

    prepared = prepare_tables(source, definition, asked, key=key)
    with progress_bar(unit="columns") as progress:
        learned = train_prepared_tables(prepared, workers, progress)
    size = save_tables(learned, out)
    for warning in learned.warnings:
        typer.echo(f"warning: {printable(warning)}", err=True)
    _print_tables(learned, out, size, as_json=as_json)


def draw_several(
    model: Path,
    place: Place,
    rows: int | None,
    seed: int | None,
    workers: int,
    *,
    as_json: bool,
) -> None:
    """Draw several tables and write them to a folder or into a database."""
    from app.engine.synthesizers.several.files import load_tables

    learned = load_tables(model)
    if not place.is_database:
        _write_several(learned, place, rows, seed, workers, as_json=as_json)
        return
    from app.engine.plan.several.planning import tables_plan
    from app.engine.sources.declarations import DeclaredTable

    plan = tables_plan(learned, place.name, rows=rows, seed=seed)
    own = {each.name: each.relations.declared or DeclaredTable() for each in learned.tables}
    deliver_plan(plan, own, place, workers, as_json=as_json)


def _write_several(
    learned: LearnedTables,
    place: Place,
    rows: int | None,
    seed: int | None,
    workers: int,
    *,
    as_json: bool,
) -> None:
    from app.engine.errors import FormatError
    from app.engine.execution.destination import resolve, write_tables
    from app.engine.execution.progress_bar import progress_bar
    from app.engine.plan.learned import wanted_as_written
    from app.engine.plan.several.planning import tables_plan

    try:
        target = resolve(place.path, place.formats, len(learned.tables), None)
    except FormatError as error:
        raise typer.BadParameter(str(error)) from None
    as_written = wanted_as_written(target.formats)
    plan = tables_plan(learned, place.name, rows=rows, seed=seed, as_written=as_written)
    with progress_bar() as progress:
        made = write_tables(plan, target.path, target.formats, workers=workers, progress=progress)
    files = [
        {"table": file.table, "format": file.format, "path": str(file.path), "bytes": file.bytes,
         "sha256": file.sha256}
        for table in made.tables
        for file in table.files
    ]  # fmt: skip
    sizes = {each.name: each.rows for each in plan.tables}
    if as_json:
        print_json({"seed": plan.seed, "rows": sizes, "files": files})
        return
    for file in files:
        typer.echo(f"{file['path']}: {sizes[str(file['table'])]:,} rows, {file['bytes']:,} bytes")
    typer.echo(f"seed {plan.seed}")


def refuse_for_several(**asked: object) -> None:
    """Raises a usage error where more is asked of several tables than their number of rows."""
    if given := [name for name, each in asked.items() if each is not None]:
        options = ", ".join(f"--{name}" for name in given)
        raise typer.BadParameter(f"a model of several tables takes no {options}")


def _print_tables(learned: LearnedTables, out: Path, size: int, *, as_json: bool) -> None:
    tables = [_description(learned, name) for name in learned.order]
    if as_json:
        print_json(
            {
                "model": str(out), "bytes": size, "seed": learned.seed, "root": learned.root,
                "tables": tables, "warnings": learned.warnings,
            }
        )  # fmt: skip
        return
    typer.echo(f"{out}: {len(tables)} tables, {size:,} bytes, seed {learned.seed}")
    for each in tables:
        how = "comes out unchanged" if each["original"] else _following(each["parents"])
        typer.echo(f"  {printable(each['name'])}: {each['rows']:,} rows, {how}")
        if each["held_out"]:
            typer.echo(f"    {each['held_out']:,} rows were set aside and not learned")


def _description(learned: LearnedTables, name: str) -> dict[str, Any]:
    table = learned.by_name[name]
    return {
        "name": name,
        "rows": table.relations.rows,
        "columns": table.relations.order,
        "original": table.original is not None,
        "parents": table.relations.drawn_keys,
        "held_out": 0 if table.learned is None else table.learned.held_out,
    }


def _following(parents: Mapping[str, str]) -> str:
    if not parents:
        return "a root"
    first, *others = map(printable, parents.values())
    return f"drawn for the rows of {first}" + (f", refers to {', '.join(others)}" if others else "")
