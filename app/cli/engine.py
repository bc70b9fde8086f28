"""The commands that need no server: generate, validate, compile, preview, schema."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.arguments import whole_number
from app.cli.faults import exit_status, fault_document, print_json, tell_unmet, warn
from app.engine.conformance import unmet_facts
from app.engine.formats import FORMATS

if TYPE_CHECKING:
    from app.engine.evaluation.documents import MeasuredFact
    from app.engine.execution.destination import Destination
    from app.engine.execution.results import Generated
    from app.engine.formats import FormatOptions
    from app.engine.plan.plan import Plan
    from app.engine.schema.load import Loaded

File = Annotated[
    str,
    typer.Argument(metavar="FILE", help="Definition as YAML or JSON; - reads standard input."),
]
Out = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        metavar="OUT",
        help="A file for one table, a folder for several; - writes one table to standard output.",
    ),
]
Rows = Annotated[
    int | None,
    typer.Option(
        parser=whole_number,
        metavar="N",
        help="Rows of the root table, instead of n_samples; 100000, 100_000 or 1e5.",
    ),
]
Seed = Annotated[int | None, typer.Option(min=0, help="Seed, instead of the definition's own.")]
_NAMES = tuple(FORMATS)
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help=f"{', '.join(_NAMES[:-1])} or {_NAMES[-1]}; a folder takes several of them.",
    ),
]
Workers = Annotated[
    int | None, typer.Option(min=1, help="Worker processes; one for each core when left out.")
]
Escape = Annotated[
    bool,
    typer.Option(
        "--escape-formulas", help="Defuse texts that a spreadsheet would run as a formula."
    ),
]
Csv = Annotated[
    list[str] | None,
    typer.Option(
        "--csv",
        metavar="KEY=VALUE",
        help="How CSV is written: null, delimiter, quote, bom or line_end.",
    ),
]
Manifest = Annotated[
    bool,
    typer.Option("--manifest", help="Measure the facts and sign the files; OUT is a folder."),
]
Card = Annotated[
    bool,
    typer.Option("--card", help="Write data-card.md and croissant.json beside the files."),
]
Licence = Annotated[
    str, typer.Option(metavar="TEXT", help="Of the files, such as an SPDX address; for --card.")
]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict",
        help="Measure the facts; end with status 3 where the files do not hold them all.",
    ),
]
KeyDir = Annotated[
    Path, typer.Option(metavar="DIR", help="Folder of the signing key, made on first use.")
]
ReportFile = Annotated[
    Path | None,
    typer.Option("--report", metavar="FILE", help="Write a report, too: .html, .json or .pdf."),
]
KEYS = Path("~/.config/tablesmith/keys")
Json = Annotated[
    bool,
    typer.Option("--json", help="Print JSON; for a definition at fault, the problem document."),
]


def generate(
    file: File,
    out: Out,
    rows: Rows = None,
    seed: Seed = None,
    formats: Formats = None,
    workers: Workers = None,
    escape_formulas: Escape = False,
    csv: Csv = None,
    manifest: Manifest = False,
    strict: Strict = False,
    key_dir: KeyDir = KEYS,
    report: ReportFile = None,
    card: Card = False,
    licence: Licence = "",
    as_json: Json = False,
) -> None:
    """Make the tables of a definition and write them to OUT."""
    from app.cli import reporting, signing, streaming
    from app.cli.csv_options import csv_options_of
    from app.engine.formats import FormatOptions

    reporting.check_outputs(out, report)
    measured = manifest or strict or card or report is not None
    with exit_status(as_json=as_json):
        loaded = _load(file)
        plan = _plan(loaded, rows, seed, lean=not measured)
        gc.enable()
        options = FormatOptions(escape_formulas=escape_formulas, csv=csv_options_of(csv or ()))
        if str(out) == "-":
            streaming.refuse_beside(
                manifest=manifest, card=card, as_json=as_json, report=report is not None
            )
            streaming.pour(plan, formats or [], _cores(workers), options, strict=strict)
            return
        target = _destination(out, formats or [], plan)
        keys = key_dir if manifest else None
        described = licence if card else None
        written, facts, signed = _write(
            loaded, plan, target, options, _cores(workers), keys, described, measured=measured
        )
        if report is not None:
            reporting.write_made_report(plan, written, facts, report)
        if as_json:
            made = {"name": plan.name, "seed": plan.seed, "tables": written}
            print_json({**made, **signing.described(facts, signed)})
        else:
            _print_files(plan, written)
            signing.print_facts(facts, signed)
        tell_unmet(unmet_facts(facts), strict=strict)


def _write(
    loaded: Loaded,
    plan: Plan,
    target: Destination,
    options: FormatOptions,
    workers: int,
    keys: Path | None,
    licence: str | None,
    *,
    measured: bool,
) -> tuple[list[dict[str, Any]], Sequence[MeasuredFact], Path | None]:
    """Files at their destination; what they hold, where it is measured; and their manifest, where
    there is a folder of `keys` to sign it with. They have a card where there is a licence, be it
    empty."""
    from app.cli import signing
    from app.engine.execution import destination
    from app.engine.execution.progress_bar import progress_bar
    from app.engine.execution.run import run_generation

    if keys is not None:
        signing.need_folder(target)
    facts: signing.Facts = ()
    with destination.staging(target) as folder, progress_bar() as progress:
        generated = run_generation(
            plan, folder, target.formats, workers=workers, options=options, progress=progress
        )
        if measured:
            facts = signing.measure(plan, generated, options)
        cards = (
            []
            if licence is None
            else _cards(plan, generated, target, folder, facts, licence, options)
        )
        if keys is not None:
            signing.sign(loaded, plan, generated, folder, keys, facts, cards)
        written = _written(destination.deliver(generated, target))
        for each in cards:
            each.replace(target.folder / each.name)
        signed = signing.deliver(folder, generated, target, cards) if keys is not None else None
    return written, facts, signed


def _cards(
    plan: Plan,
    generated: Generated,
    target: Destination,
    folder: Path,
    facts: Sequence[MeasuredFact],
    licence: str,
    options: FormatOptions,
) -> list[Path]:
    """The card and what describes files for machines, in the folder where these are made."""
    from app.engine.reports.made.cards import write_cards

    only = target.path.name if target.is_file else None
    return write_cards(
        plan, generated, folder, facts=facts, licence=licence, only_file=only, options=options
    )


def _cores(workers: int | None) -> int:
    return workers or len(os.sched_getaffinity(0))


def validate(file: File, as_json: Json = False) -> None:
    """Check a definition, compiling included, and report every fault in it."""
    with exit_status(as_json=as_json):
        loaded = _load(file)
        plan = _plan(loaded, None, None)
        columns = [
            {"table": table.name, "name": name, "type": column.type}
            for table in loaded.definition.tables.values()
            for name, column in table.columns().items()
        ]
        if as_json:
            warnings = _warnings(loaded, plan)
            name = loaded.definition.name
            print_json({"valid": True, "name": name, "warnings": warnings, "columns": columns})
        else:
            typer.echo(
                f"valid: {_count(len(plan.tables), 'table')}, {_count(len(columns), 'column')}"
            )


def compile_(file: File, rows: Rows = None, seed: Seed = None, as_json: Json = False) -> None:
    """Show the rules and facts that a definition comes to."""
    from app.engine.plan.explain import explain

    with exit_status(as_json=as_json):
        explained = explain(_plan(_load(file), rows, seed))
        if as_json:
            print_json(explained)
        else:
            typer.echo(explained["text"])
            _print_promises(explained)


def preview(
    file: File,
    rows: Annotated[int, typer.Option(min=1, max=1000, help="How many rows to show.")] = 20,
    seed: Seed = None,
    table: Annotated[str | None, typer.Option(help="Which table; all when left out.")] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="FORMAT", help="Print one table as a file of csv, tsv or jsonl."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the first rows that `generate` makes with the same seed."""
    from app.cli import streaming
    from app.engine.execution.preview import preview as first_rows

    with exit_status(as_json=as_json):
        loaded = _load(file)
        plan = _plan(loaded, None, seed)
        names = [each.name for each in plan.tables]
        if table is not None and table not in names:
            raise typer.BadParameter(f"no table {table!r}; there are {', '.join(names)}")
        if form is not None:
            streaming.pour_first_rows(plan, table, form, rows, as_json=as_json)
            return
        shown = {name: first_rows(plan, rows, name) for name in ([table] if table else names)}
        if as_json:
            warnings = _warnings(loaded, plan)
            print_json(
                {"name": plan.name, "seed": plan.seed, "warnings": warnings, "tables": shown}
            )
        else:
            _print_tables(shown)


def schema(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of YAML.")] = False,
) -> None:
    """Print the JSON Schema of the schema language."""
    from app.engine.schema.json_schema.document import definition_json_schema

    document = definition_json_schema()
    if as_json:
        print_json(document)
    else:
        import yaml

        typer.echo(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), nl=False)


def _load(file: str) -> Loaded:
    from app.engine.manifest import MOST_BYTES, read_bounded
    from app.engine.schema.load import load_definition
    from app.engine.synthesizers.catalog import ModelFolder

    if file == "-":
        return load_definition(sys.stdin.buffer.read(), models=ModelFolder(Path()))
    path, text = Path(file), read_bounded(Path(file), MOST_BYTES)
    return load_definition(text, name=path.stem, models=ModelFolder(path.parent))


def plan_of(file: str) -> Plan:
    """The plan of a definition, its warnings printed."""
    return _plan(_load(file), None, None)


def _plan(loaded: Loaded, rows: int | None, seed: int | None, *, lean: bool = True) -> Plan:
    """The plan of a definition; `lean` where nothing that follows needs pandas."""
    from app.engine.execution.lean import keep_pandas_out
    from app.engine.plan.compiler import compile_plan

    if lean:
        keep_pandas_out()
    warn(loaded.warnings_for(rows))
    plan = compile_plan(loaded.definition, rows=rows, seed=seed)
    warn(plan.warnings)
    return plan


def _destination(out: Path, formats: list[str], plan: Plan) -> Destination:
    from app.engine.errors import FormatError
    from app.engine.execution.destination import resolve

    try:
        return resolve(out, formats, len(plan.tables), plan.output_file)
    except FormatError as error:
        raise typer.BadParameter(str(error)) from None


def _written(generated: Generated) -> list[dict[str, Any]]:
    """What stands where, of each table, as JSON."""
    return [
        {
            "name": table.name,
            "rows": table.rows,
            "files": [
                {
                    "format": file.format,
                    "path": str(file.path),
                    "bytes": file.bytes,
                    "sha256": file.sha256,
                }
                for file in table.files
            ],
        }
        for table in generated.tables
    ]


def _warnings(loaded: Loaded, plan: Plan) -> list[dict[str, Any]]:
    return [fault_document(each) for each in (*loaded.warnings, *plan.warnings)]


def _print_files(plan: Plan, written: list[dict[str, Any]]) -> None:
    for table in written:
        for file in table["files"]:
            rows = _count(table["rows"], "row")
            typer.echo(f"{file['path']}: {rows}, {file['bytes']:,} bytes, sha256 {file['sha256']}")
    typer.echo(f"seed {plan.seed}")


def _print_promises(explained: Mapping[str, Any]) -> None:
    """What the plan reaches of each declared fact, and the range of the target's metric."""
    tables = explained.get("tables") or {"": explained}
    for table, target in tables.items():
        of = f"{table}: " if table else ""
        for fact in target["facts"]:
            said = f"{fact['declared']:.6g} declared, {fact['reached']:.6g} reached"
            typer.echo(f"fact: {of}{fact['fact']}: {said}")
        for each in target["effects"]:
            goal = f" on {each['label']}" if each["label"] else ""
            said = f"{each['correlation']} {each['strength']}, correlation {each['reached']:.3f}"
            typer.echo(f"effect: {of}{each['effect']}{goal}: {said}")
        for metric, (low, high) in target["reachable"].items():
            typer.echo(f"reachable: {of}{metric} from {low:.3f} to {high:.3f}")


def _print_tables(tables: dict[str, list[dict[str, Any]]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # A terminal folds long rows; a pipe gets every row on one line.
    console = Console(width=None if sys.stdout.isatty() else 10_000)
    for name, records in tables.items():
        drawn = Table(title=name if len(tables) > 1 else None, title_justify="left")
        for column in records[0] if records else ():
            drawn.add_column(Text(column))
        for record in records:
            drawn.add_row(*(Text("" if value is None else str(value)) for value in record.values()))
        console.print(drawn)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
