"""Real and synthetic tables read so that their columns can be compared.

The real table is profiled, and says how cells are read and which columns are judged: keys and
columns that are made new say nothing of how well a table was learned, and give every row away.
What is wrong with cells and which rules hold is looked for in all rows; of large tables a sample
is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from app.engine.errors import SourceError
from app.engine.evaluation.contest import HOLDOUT, SYNTHETIC
from app.engine.evaluation.judged_cells.columns import ReadColumn, read_column
from app.engine.evaluation.judged_cells.faults import ReadFaults, read_faults, repeated_keys
from app.engine.evaluation.judged_rules import JudgedRule, judged_rules
from app.engine.profiling.models import ColumnProfile, TableProfile
from app.engine.profiling.sources import ProfiledSource, profiled_source, profiled_table
from app.engine.seeds import Stream
from app.engine.sources.column_store import ColumnStore
from app.engine.sources.limits import SourceLimits
from app.engine.sources.tables import ReadingOptions
from app.engine.synthesis.applying import AppliedTable, apply_synthesis

FEWEST_ROWS = 20
MOST_ROWS = 100_000  # of each table that are kept


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


Source: TypeAlias = TableFile | Path | pa.Table | ProfiledSource
"""One table: its file, itself in memory, or one that was profiled already."""


@dataclass(frozen=True, slots=True)
class JudgedTables:
    """Tables of the same columns, of the same types; of those with more than `MOST_ROWS` rows as
    many, drawn at random.

    Args:
        rows: of the real, the synthetic and the held-out table as they were given, 0 of none.
        holdout: real rows that were not learned; None where there are none.
        left_out: what is not compared, in words.
        rules: between columns, that every real row keeps.
        faults: what is wrong with the cells of the synthetic and the held-out table.
        truths: what the real table writes for false and for true, by column.
        texts: columns whose values are texts rather than labels.
    """

    real: pa.Table
    synthetic: pa.Table
    holdout: pa.Table | None
    left_out: tuple[str, ...]
    rows: tuple[int, int, int]
    rules: tuple[JudgedRule, ...] = ()
    faults: Mapping[str, ReadFaults] = field(default_factory=dict)
    truths: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    texts: tuple[str, ...] = ()


def read_tables(
    real: Source, synthetic: Source, holdout: Source | None, seed: int = 0
) -> JudgedTables:
    """The columns that can be compared.

    Args:
        seed: of which rows of a large table are kept.
        real, synthetic, holdout: a file, a table in memory, or a profiled one.

    Raises:
        SourceError: what cannot be read, has fewer than 20 rows or shares no column.
        OSError: where there is no such file.
    """
    with _profiled(real, "real") as source:
        applied = apply_synthesis(source, _only(source, "real").name)
        key = _made_key(applied, _only(source, "real"))
    profiles = [each.profile for each in applied.learned.columns]
    read = {SYNTHETIC: _read(synthetic, profiles, key, "synthetic", seed)}
    shared = [each for each in profiles if each.name in read[SYNTHETIC].table.column_names]
    if holdout is not None:
        read[HOLDOUT] = _read(holdout, shared, key, "held-out", seed, needs_all=True)
    first = applied.learned.arrow().select([each.name for each in shared])
    kept = _kept_rows(first.num_rows, "real", seed)
    held = read[HOLDOUT].faults.rows if HOLDOUT in read else 0
    found = JudgedTables(
        first if kept is None else first.take(kept),
        read[SYNTHETIC].table,
        read[HOLDOUT].table if HOLDOUT in read else None,
        tuple(_notes(applied, [each.name for each in profiles if each not in shared])),
        (first.num_rows, read[SYNTHETIC].faults.rows, held),
        tuple(judged_rules(applied.learned.rules, _by_name(shared), first)),
        {name: each.faults for name, each in read.items()},
        {each.name: each.format.labels for each in shared if each.format.labels is not None},
        tuple(each.name for each in shared if each.name in applied.texts),
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


def _kept_rows(rows: int, which: str, seed: int) -> pa.Array | None:
    """Numbers of the rows that are kept, in their order; None for all."""
    if rows <= MOST_ROWS:
        return None
    rng = Stream(seed).child("judged rows", which).generator()
    return pa.array(np.sort(rng.choice(rows, MOST_ROWS, replace=False)))


def _profiled(
    source: Source, name: str, *, between: bool = True
) -> AbstractContextManager[ProfiledSource]:
    if isinstance(source, ProfiledSource):
        return nullcontext(source)
    if isinstance(source, TableFile):
        return profiled_source(source.path, source.options, source.limits, between=between)
    if isinstance(source, Path):
        return profiled_source(source, between=between)
    return profiled_table(source, name, between=between)


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
    seed: int,
    *,
    needs_all: bool = False,
) -> _ReadTable:
    """The columns that are wanted, as the real ones are written.

    Args:
        key: columns of the real table that together are unique.
        needs_all: whether none may be missing; else one is enough.
    """
    with _profiled(given, which, between=False) as source:
        table = _only(source, which)
        store = source.stores[table.name]
        missing = [each.name for each in wanted if each.name not in table.names]
        if needs_all and missing:
            raise SourceError(f"the {which} table has no column {missing[0]!r}")
        kept = _kept_rows(store.rows, which, seed)
        columns = {
            each.name: _column(store, each, table.column(each.name), which, kept)
            for each in wanted
            if each.name in table.names
        }
        if not columns:
            raise SourceError(f"the {which} table has no column that is judged of the real one")
        faults = read_faults(columns, _repeated(store, table, key))
    return _ReadTable(pa.table({name: each.values for name, each in columns.items()}), faults)


def _column(
    store: ColumnStore,
    wanted: ColumnProfile,
    own: ColumnProfile,
    which: str,
    kept: pa.Array | None,
) -> ReadColumn:
    """With the values of the rows that are kept, and what is wrong with those of all."""
    try:
        found = read_column(store.column(wanted.name), wanted, own)
        return found if kept is None else replace(found, values=found.values.take(kept))
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
    real, synthetic, held = tables.rows
    for rows, which in ((real, "real"), (synthetic, "synthetic")):
        if rows < FEWEST_ROWS:
            raise SourceError(f"the {which} table has {rows} rows; {FEWEST_ROWS} are needed")
    if tables.holdout is not None and held < FEWEST_ROWS:
        raise SourceError(f"the held-out table has {held} rows; {FEWEST_ROWS} are needed")
