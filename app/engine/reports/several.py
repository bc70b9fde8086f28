"""Several synthetic tables judged: each by itself, and the keys between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa

from app.engine.errors import DefinitionError, Fault, SourceError
from app.engine.evaluation.composite import EQUAL, Weights
from app.engine.evaluation.judged_tables import TableFile
from app.engine.evaluation.keys_between import (
    KeyBetween,
    KeyFidelity,
    declared_keys,
    found_keys,
    has_key,
    judged_keys,
)
from app.engine.profiling.sources import ProfiledSource, profiled_source, profiled_tables
from app.engine.reports.judging import judged_report
from app.engine.reports.limits import ReportLimits
from app.engine.reports.provenance import Provenance
from app.engine.reports.text import report_lines

TITLE = "Evaluation of several synthetic tables"
DECIMALS = 4

Tables: TypeAlias = TableFile | Mapping[str, Path | pa.Table]
"""A file or folder of several tables, or files of one table and tables in memory by name."""


def tables_in(path: Path) -> dict[str, Path]:
    """The files of a folder by name of the table; empty of what is no folder."""
    if not path.is_dir():
        return {}
    return {each.stem: each for each in sorted(path.iterdir()) if each.is_file()}


def several_report(
    real: Tables,
    synthetic: Tables,
    *,
    holdout: Tables | None = None,
    target: str | None = None,
    seed: int = 0,
    weights: Weights = EQUAL,
    limits: ReportLimits | None = None,
    keys: object = None,
    known: Callable[[str], Provenance] = lambda table: Provenance(),
) -> dict[str, Any]:
    """A report of each table that is among the real and the synthetic ones, and of the keys
    between them.

    Args:
        holdout: real rows that were not learned, of some or all tables.
        target: `table.column`.
        keys: a list of `{"from": "orders.customer", "to": "customers.id"}`; those that are found
            in the real tables where None.
        known: what is known of a table besides what is in it.

    Raises:
        DefinitionError: there is no such target or key, or weights are none.
        SourceError: what cannot be read, or no table of the same name.
        OSError: there is no such file.
    """
    given = {"real": real, "synthetic": synthetic, "holdout": holdout}
    with ExitStack() as stack:
        sources = {
            role: stack.enter_context(_opened(each))
            for role, each in _of_shared(given).items()
            if each is not None
        }
        names = _names(sources["real"])
        shared = _shared(names, sources["synthetic"])
        between, chosen = _keys(keys, sources["real"], real), _target(target, shared)
        asked = {"seed": seed, "weights": weights, "limits": limits}
        reports, notes = {}, []
        for name in shared:
            own = {**asked, "target": chosen.get(name), "provenance": known(name)}
            try:
                reports[name] = _judged(sources, name, own)
            except SourceError as error:
                notes.append(f"{name} is not judged: {error}")
        both = (sources["real"], sources["synthetic"])
        whole = [key for key in between if all(has_key(each, key) for each in both)]
        found = [_rounded(each) for each in judged_keys(whole, *both, seed)]
        notes += [*_left_out(given, sources), *_unjudged(set(between) - set(whole))]
    return {"title": TITLE, "tables": reports, "keys": found, "seed": seed, "notes": notes}


def _shared(names: Iterable[str], synthetic: ProfiledSource) -> list[str]:
    """Names of the real tables that are among the synthetic ones. Raises SourceError for none."""
    found = [name for name in names if name in synthetic.stores]
    if not found:
        raise SourceError(NONE_SHARED)
    return found


def _judged(
    sources: Mapping[str, ProfiledSource], table: str, asked: Mapping[str, Any]
) -> dict[str, Any]:
    """The report of one table. Raises SourceError where it cannot be judged."""
    own = {role: each.only(table) for role, each in sources.items() if table in each.stores}
    return judged_report(own["real"], own["synthetic"], holdout=own.get("holdout"), **asked)


NONE_SHARED = "the real and the synthetic data have no table of the same name"


def several_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """Lines of text for a terminal."""
    for name, report in document["tables"].items():
        yield from (f"table {name}", *report_lines(report), "")
    if document["keys"]:
        yield "keys between tables (rows that refer to each row: distance, real rows, any row):"
    for key in document["keys"]:
        ends = ", ".join(f"{key[each]:g}" for each in ("distance", "ceiling", "floor"))
        orphans = f"orphans {key['orphans']:g} (real {key['orphans_real']:g})"
        yield f"  {key_name(key)}: {ends}; {orphans}"
    yield from (f"note: {note}" for note in document["notes"])


def key_name(key: Mapping[str, Any]) -> str:
    """A key of a document, such as `orders.customer -> customers.id`."""
    return f"{key['table']}.{key['column']} -> {key['parent']}.{key['parent_column']}"


def _of_shared(given: Mapping[str, Tables | None]) -> dict[str, Tables | None]:
    """Without tables that are in no other place: files beside them need not be read. Raises
    SourceError where none is left."""
    real, synthetic = given["real"], given["synthetic"]
    if not isinstance(real, Mapping) or not isinstance(synthetic, Mapping):
        return dict(given)
    shared = set(real) & set(synthetic)
    if not shared:
        raise SourceError(NONE_SHARED)
    return {
        role: {name: table for name, table in each.items() if name in shared}
        if isinstance(each, Mapping)
        else each
        for role, each in given.items()
    }


def _opened(tables: Tables) -> AbstractContextManager[ProfiledSource]:
    if isinstance(tables, TableFile):
        return profiled_source(tables.path, tables.options, tables.limits)
    return profiled_tables(tables)


def _names(source: ProfiledSource) -> list[str]:
    return [each.name for each in source.profile.tables]


def _names_of(tables: Tables, found: Sequence[str]) -> list[str]:
    """Names of all tables that were given."""
    return list(tables) if isinstance(tables, Mapping) else list(found)


def _left_out(
    given: Mapping[str, Tables | None], sources: Mapping[str, ProfiledSource]
) -> Iterator[str]:
    """Tables that have no counterpart, in words."""
    names = {
        role: _names_of(tables, _names(sources[role]))
        for role, tables in given.items()
        if tables is not None
    }
    for name in names["real"]:
        if name not in names["synthetic"]:
            yield f"{name}: there is no such synthetic table"
    for role, words in (("synthetic", "synthetic"), ("holdout", "held-out")):
        for name in names.get(role, ()):
            if name not in names["real"]:
                yield f"{name}: there is no such real table, the {words} one is left out"


def _unjudged(keys: Iterable[KeyBetween]) -> Iterator[str]:
    """Keys of which nothing can be said, in words."""
    for name in sorted(key_name(asdict(key)) for key in keys):
        yield f"{name} is not judged: the synthetic tables have not both columns"


def _keys(keys: object, real: ProfiledSource, given: Tables) -> list[KeyBetween]:
    """Those that are named, or else found. Named ones may be of tables that were given and not
    read, as there is no such synthetic table."""
    if keys is None:
        return found_keys(real.profile)
    read = {name: each.names for name, each in real.stores.items()}
    return declared_keys(keys, {**dict.fromkeys(_names_of(given, ())), **read})


def _target(target: str | None, tables: Sequence[str]) -> dict[str, str]:
    """The column by its table; empty where there is none. Raises DefinitionError."""
    if target is None:
        return {}
    table, _, column = target.partition(".")
    if table not in tables or not column:
        raise DefinitionError([Fault("target", "names no table that is judged", "`table.column`")])
    return {table: column}


def _rounded(key: KeyFidelity) -> dict[str, Any]:
    return {
        name: round(value, DECIMALS) if isinstance(value, float) else value
        for name, value in asdict(key).items()
    }
