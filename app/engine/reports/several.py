"""Several synthetic tables judged: each by itself, and the keys between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.engine.errors import DefinitionError, Fault, SourceError
from app.engine.evaluation.keys_between import KeyFidelity, judged_keys
from app.engine.profiling.sources import profiled_tables
from app.engine.reports.judging import judged_report
from app.engine.reports.provenance import NamedFile, Provenance
from app.engine.reports.text import report_lines

TITLE = "Evaluation of several synthetic tables"
DECIMALS = 4


def tables_in(path: Path) -> dict[str, Path]:
    """The files of a folder by name of the table; empty of what is no folder."""
    if not path.is_dir():
        return {}
    return {each.stem: each for each in sorted(path.iterdir()) if each.is_file()}


def several_report(
    real: Path,
    synthetic: Path,
    *,
    holdout: Path | None = None,
    target: str | None = None,
    seed: int = 0,
    purpose: str = "",
) -> dict[str, Any]:
    """A report of each table that two folders have files of, and of the keys between them.

    Args:
        holdout: a folder of real rows that were not learned.
        target: `table.column`.

    Raises:
        DefinitionError: there is no such target.
        SourceError: what cannot be read, or no table of the same name.
        OSError: there is no such folder.
    """
    folders = {"real": real, "synthetic": synthetic, "holdout": holdout}
    files = {role: tables_in(each) for role, each in folders.items() if each is not None}
    if holdout is not None and not files["holdout"]:
        raise SourceError("rows that were held out of several tables are a folder of them, too")
    shared = [name for name in files["real"] if name in files["synthetic"]]
    if not shared:
        raise SourceError("the two folders have no table of the same name")
    table, _, column = _target(target, shared)
    reports, notes = {}, []
    for name in shared:
        own = {role: found[name] for role, found in files.items() if name in found}
        known = Provenance({role: NamedFile.of(each) for role, each in own.items()}, purpose)
        chosen = column if name == table else None
        try:
            reports[name] = judged_report(
                own["real"], own["synthetic"], holdout=own.get("holdout"), target=chosen,
                seed=seed, provenance=known,
            )  # fmt: skip
        except SourceError as error:
            notes.append(f"{name} is not judged: {error}")
    notes += [f"{name}: there is no such synthetic table" for name in files["real"]
              if name not in shared]  # fmt: skip
    keys = [_rounded(each) for each in _keys(files, shared, seed)]
    return {"title": TITLE, "tables": reports, "keys": keys, "seed": seed, "notes": notes}


def several_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """Lines of text for a terminal."""
    for name, report in document["tables"].items():
        yield from (f"table {name}", *report_lines(report), "")
    if document["keys"]:
        yield "keys between tables (rows that refer to each row: distance, real rows, any row):"
    for key in document["keys"]:
        name = f"{key['table']}.{key['column']} -> {key['parent']}.{key['parent_column']}"
        ends = ", ".join(f"{key[each]:g}" for each in ("distance", "ceiling", "floor"))
        orphans = f"orphans {key['orphans']:g} (real {key['orphans_real']:g})"
        yield f"  {name}: {ends}; {orphans}"
    yield from (f"note: {note}" for note in document["notes"])


def _target(target: str | None, tables: list[str]) -> tuple[str, str, str]:
    found = (target or "").partition(".")
    if target is not None and (found[0] not in tables or not found[2]):
        raise DefinitionError([Fault("target", "names no table that is judged", "`table.column`")])
    return found


def _keys(
    files: Mapping[str, Mapping[str, Path]], shared: list[str], seed: int
) -> list[KeyFidelity]:
    real, made = ({name: files[role][name] for name in shared} for role in ("real", "synthetic"))
    with profiled_tables(real) as first, profiled_tables(made) as second:
        return list(judged_keys(first, second, seed))


def _rounded(key: KeyFidelity) -> dict[str, Any]:
    return {
        name: round(value, DECIMALS) if isinstance(value, float) else value
        for name, value in asdict(key).items()
    }
