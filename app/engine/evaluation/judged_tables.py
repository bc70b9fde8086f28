"""Real and synthetic tables read so that their columns can be compared.

The real table is profiled, and says how cells are read and which columns are judged: keys and
columns that are made new say nothing of how well a table was learned, and give every row away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa

from app.engine.errors import SourceError
from app.engine.evaluation.contest import HOLDOUT, SYNTHETIC
from app.engine.evaluation.judged_cells.columns import ReadColumn, read_column
from app.engine.evaluation.judged_cells.faults import ReadFaults, read_faults, repeated_keys
from app.engine.evaluation.judged_rules import JudgedRule, judged_rules
from app.engine.profiling.models import ColumnProfile, TableProfile
from app.engine.profiling.sources import ProfiledSource, profiled_source, profiled_table
from app.engine.sources.column_store import ColumnStore
from app.engine.sources.limits import SourceLimits
from app.engine.sources.tables import ReadingOptions
from app.engine.synthesis.applying import AppliedTable, apply_synthesis

FEWEST_ROWS = 20


@dataclass(frozen=True, slots=True)
class TableFile:
    """A file of one table.

    Args:
        options: how it is read, as far as that is not to be detected.
        limits: of what may come out of it.
    """

    path: Path
    options: ReadingOptions | None = None
    limits: SourceLimits | None = None


Source: TypeAlias = TableFile | Path | pa.Table


@dataclass(frozen=True, slots=True)
class JudgedTables:
    """Tables of the same columns, of the same types.

    Args:
        holdout: real rows that were not learned; None where there are none.
        left_out: what is not compared, in words.
        rules: between columns, that every real row keeps.
        faults: what is wrong with the cells of the synthetic and the held-out table.
        truths: what the real table writes for false and for true, by column.
    """

    real: pa.Table
    synthetic: pa.Table
    holdout: pa.Table | None
    left_out: tuple[str, ...]
    rules: tuple[JudgedRule, ...] = ()
    faults: Mapping[str, ReadFaults] = field(default_factory=dict)
    truths: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def read_tables(real: Source, synthetic: Source, holdout: Source | None) -> JudgedTables:
    """The columns that can be compared.

    Args:
        real, synthetic, holdout: a file, or a table in memory.

    Raises:
        SourceError: what cannot be read, has fewer than 20 rows or shares no column.
        OSError: where there is no such file.
    """
    with _profiled(real, "real") as source:
        applied = apply_synthesis(source, _only(source, "real").name)
        key = _made_key(applied, _only(source, "real"))
    profiles = [each.profile for each in applied.learned.columns]
    read = {SYNTHETIC: _read(synthetic, profiles, key, "synthetic")}
    shared = [each for each in profiles if each.name in read[SYNTHETIC].table.column_names]
    if holdout is not None:
        read[HOLDOUT] = _read(holdout, shared, key, "held-out", needs_all=True)
    first = applied.learned.arrow().select([each.name for each in shared])
    found = JudgedTables(
        first,
        read[SYNTHETIC].table,
        read[HOLDOUT].table if HOLDOUT in read else None,
        tuple(_notes(applied, [each.name for each in profiles if each not in shared])),
        tuple(judged_rules(applied.learned.rules, _by_name(shared), first)),
        {name: each.faults for name, each in read.items()},
        {each.name: each.format.labels for each in shared if each.format.labels is not None},
    )
    _check(found)
    return found


def _made_key(applied: AppliedTable, profile: TableProfile) -> tuple[ColumnProfile, ...]:
    """The likeliest primary key, where its columns are made new for being keys."""
    made = _by_name(applied.made_profiles)
    for key in profile.primary_keys:
        if set(key) <= set(made):
            return tuple(made[name] for name in key)
    return ()


def _by_name(columns: Iterable[ColumnProfile]) -> dict[str, ColumnProfile]:
    return {each.name: each for each in columns}


def _profiled(source: Source, name: str) -> AbstractContextManager[ProfiledSource]:
    if isinstance(source, TableFile):
        return profiled_source(source.path, source.options, source.limits)
    return profiled_source(source) if isinstance(source, Path) else profiled_table(source, name)


def _only(source: ProfiledSource, which: str) -> TableProfile:
    tables = source.profile.tables
    if len(tables) != 1:
        raise SourceError(f"the {which} data holds {len(tables)} tables: one is judged at a time")
    return tables[0]


@dataclass(frozen=True, slots=True)
class _ReadTable:
    table: pa.Table
    faults: ReadFaults


def _read(
    given: Source,
    wanted: Sequence[ColumnProfile],
    key: Sequence[ColumnProfile],
    which: str,
    *,
    needs_all: bool = False,
) -> _ReadTable:
    """The columns that are wanted, as the real ones are written.

    Args:
        key: columns of the real table that together are unique.
        needs_all: whether none may be missing; else one is enough.
    """
    with _profiled(given, which) as source:
        table = _only(source, which)
        store = source.stores[table.name]
        missing = [each.name for each in wanted if each.name not in table.names]
        if needs_all and missing:
            raise SourceError(f"the {which} table has no column {missing[0]!r}")
        columns = {
            each.name: _column(store, each, table.column(each.name), which)
            for each in wanted
            if each.name in table.names
        }
        if not columns:
            raise SourceError(f"the {which} table has no column that is judged of the real one")
        faults = read_faults(columns, _repeated(store, table, key))
    return _ReadTable(pa.table({name: each.values for name, each in columns.items()}), faults)


def _column(
    store: ColumnStore, wanted: ColumnProfile, own: ColumnProfile, which: str
) -> ReadColumn:
    try:
        return read_column(store.column(wanted.name), wanted, own)
    except SourceError:
        message = f"column {wanted.name!r} of the {which} table holds no values of kind"
        raise SourceError(f"{message} {wanted.kind!r}, as the real one does") from None


def _repeated(
    store: ColumnStore, table: TableProfile, key: Sequence[ColumnProfile]
) -> float | None:
    if not key or not {each.name for each in key} <= set(store.names):
        return None
    both = [*key, *(table.column(each.name) for each in key)]
    missing = [token for each in both for token in each.format.missing]
    return repeated_keys(store, [each.name for each in key], missing)


def _notes(applied: AppliedTable, missing: list[str]) -> list[str]:
    notes, made = [], [each.name for each in applied.made_profiles]
    if made:
        names = ", ".join(made)
        notes.append(f"Not judged, as keys and columns that look personal are made new: {names}.")
    if missing:
        notes.append(
            f"Not judged, as the synthetic table has no such columns: {', '.join(missing)}."
        )
    return notes


def _check(tables: JudgedTables) -> None:
    for table, which in ((tables.real, "real"), (tables.synthetic, "synthetic")):
        if table.num_rows < FEWEST_ROWS:
            raise SourceError(
                f"the {which} table has {table.num_rows} rows; {FEWEST_ROWS} are needed"
            )
    if tables.holdout is not None and tables.holdout.num_rows < FEWEST_ROWS:
        count = tables.holdout.num_rows
        raise SourceError(f"the held-out table has {count} rows; {FEWEST_ROWS} are needed")
