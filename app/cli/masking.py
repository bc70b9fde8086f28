"""The commands that make test data of real tables: pseudonymize, subset."""

from __future__ import annotations

import gc
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.database_options import AllTables, AskedTables, SourceName, Tables, source_path
from app.cli.faults import exit_status, print_json, printable
from app.cli.outputs import check_other_than, check_tables

if TYPE_CHECKING:
    from app.engine.execution.results import Generated
    from app.engine.masking.columns import Place
    from app.engine.masking.subsets import Subset
    from app.engine.profiling.models import SourceProfile

FEWEST_KEY_BYTES, MOST_KEY_BYTES = 16, 4096


Source = Annotated[Path, typer.Argument(metavar="SOURCE", help="Real tables, as for `profile`.")]
Out = Annotated[
    Path,
    typer.Option("--out", "-o", metavar="OUT", help="A file for one table, a folder for several."),
]
Key = Annotated[
    Path,
    typer.Option(
        metavar="FILE", help="File of the key; made where it is not there. Keep it secret."
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="NAME",
        help="Column, or `table.column`; repeatable; those that look personal when left out.",
    ),
]
Form = Annotated[str | None, typer.Option("--format", metavar="FORMAT", help="Of the files.")]
Json = Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")]
Root = Annotated[str, typer.Option(metavar="TABLE", help="The table whose rows are drawn.")]
RootRows = Annotated[int, typer.Option(min=1, metavar="N", help="How many of its rows are drawn.")]
Seed = Annotated[
    int | None, typer.Option(min=0, help="Which rows are drawn; drawn itself when left out.")
]
References = Annotated[
    list[str] | None,
    typer.Option(
        "--reference",
        metavar="FROM=TO",
        help="Such as orders.customer_id=customers.id; repeatable; those that are declared or "
        "found when left out.",
    ),
]


def pseudonymize(
    source: Source,
    out: Out,
    key: Key,
    columns: Columns = None,
    form: Form = None,
    as_json: Json = False,
) -> None:
    """Put pseudonyms that look like the values into columns: the same value has the same one."""
    from app.engine.masking.columns import masked_columns
    from app.engine.masking.pseudonyms import Pseudonyms
    from app.engine.masking.writing import PseudonymRewrite, write_source
    from app.engine.profiling.sources import profile_source
    from app.engine.sources.opening import open_source

    check_tables(out)
    check_other_than(source, out)
    with exit_status(as_json=as_json):
        gc.enable()
        profile = profile_source(source)
        masked = masked_columns(profile, columns or ())
        rewrite = PseudonymRewrite(
            Pseudonyms(_key(key)),
            {each.name: masked.of(each.name) for each in profile.tables},
            _missing(profile, masked.columns),
        )
        with open_source(source) as opened:
            made = write_source(opened, out, [form] if form else [], rewrite)
            left = [*opened.warnings, *(each for one in opened.tables for each in one.warnings)]
        notes = [*left, *masked.notes, *_weak(rewrite.few)]
        for note in notes:
            typer.echo(f"warning: {printable(note)}", err=True)
        _tell(made, masked.columns, notes, as_json=as_json)


def _missing(profile: SourceProfile, places: Sequence[Place]) -> Mapping[Place, frozenset[str]]:
    """The texts of columns that mean that nothing is there."""
    tokens = ((table, name, profile.table(table).column(name).missing_tokens)
              for table, name in places)  # fmt: skip
    return {
        (table, name): frozenset({"", *(each.value for each in found if each.value is not None)})
        for table, name, found in tokens
    }


def _weak(few: Mapping[Place, int]) -> list[str]:
    from app.engine.masking.pseudonyms import SMALLEST

    return [
        f"{table}.{name}: {count:,} different values are of shapes that fewer than {SMALLEST:,} "
        "texts have; pseudonyms protect these little"
        for (table, name), count in few.items()
        if count
    ]


def _key(path: Path) -> bytes:
    """The key in a file, made on first use, readable by its owner alone.

    Raises:
        typer.BadParameter: where it is too short or too long to be one.
    """
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32) + "\n")
        typer.echo(f"wrote a new key to {path}; keep it, and keep it secret", err=True)
    with path.open("rb") as file:
        key = file.read(MOST_KEY_BYTES + 1).strip()
    if not FEWEST_KEY_BYTES <= len(key) <= MOST_KEY_BYTES:
        raise typer.BadParameter(
            f"{path} is no key: {FEWEST_KEY_BYTES} to {MOST_KEY_BYTES:,} bytes are wanted"
        )
    return key


def _tell(made: Generated, places: Sequence[Place], notes: Sequence[str], *, as_json: bool) -> None:
    files: list[dict[str, Any]] = [
        {"table": table.name, "rows": table.rows, "path": str(file.path), "bytes": file.bytes,
         "sha256": file.sha256}
        for table in made.tables
        for file in table.files
    ]  # fmt: skip
    named = [".".join(each) for each in places]
    if as_json:
        print_json({"columns": named, "files": files, "warnings": list(notes)})
        return
    typer.echo(f"pseudonyms in {printable(', '.join(named))}")
    for each in files:
        typer.echo(f"{each['path']}: {each['rows']:,} rows, {each['bytes']:,} bytes")


def subset(
    source: SourceName,
    root: Root,
    rows: RootRows,
    out: Out,
    seed: Seed = None,
    reference: References = None,
    table: Tables = None,
    all_tables: AllTables = False,
    form: Form = None,
    as_json: Json = False,
) -> None:
    """Take some rows of a table, all that follows from them, and all that they refer to."""
    from app.engine.execution.lean import keep_pandas_out
    from app.engine.masking.subsets import SubsetRewrite, choose_subset
    from app.engine.masking.writing import write_source
    from app.engine.profiling.sources import profiled_source
    from app.engine.seeds import fresh_seed
    from app.engine.sources.opening import open_source

    check_tables(out)
    check_other_than(Path(source), out)
    drawn = fresh_seed() if seed is None else seed
    with exit_status(as_json=as_json):
        keep_pandas_out()
        gc.enable()
        with source_path(source, AskedTables(table, None, all_tables)) as path:
            with profiled_source(path) as found:
                chosen = choose_subset(found, root, rows, drawn, reference or ())
            with open_source(path) as opened:
                made = write_source(opened, out, [form] if form else [], SubsetRewrite(chosen))
                left = [*opened.warnings, *(each for one in opened.tables for each in one.warnings)]
        for note in (*left, *chosen.notes):
            typer.echo(f"warning: {printable(note)}", err=True)
        _tell_subset(made, chosen, drawn, [*left, *chosen.notes], as_json=as_json)


def _tell_subset(
    made: Generated, chosen: Subset, seed: int, notes: list[str], *, as_json: bool
) -> None:
    followed = [each.text for each in chosen.references]
    if as_json:
        tables = [
            {"table": table.name, "rows": table.rows, "of": len(chosen.rows[table.name]),
             "path": str(file.path), "bytes": file.bytes, "sha256": file.sha256}
            for table in made.tables for file in table.files
        ]  # fmt: skip
        print_json({"seed": seed, "references": followed, "tables": tables, "warnings": notes})
        return
    typer.echo(f"seed {seed}")
    for each in followed:
        typer.echo(f"followed {printable(each)}")
    for table in made.tables:
        (file,) = table.files
        of = len(chosen.rows[table.name])
        typer.echo(f"{file.path}: {table.rows:,} of {of:,} rows, {file.bytes:,} bytes")
