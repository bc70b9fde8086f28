"""Real and synthetic tables read so that their columns can be compared.

The real table is profiled, and says how cells are read and which columns are judged: keys and
columns that are made new say nothing of how well a table was learned, and give every row away.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa

from app.engine.errors import SourceError
from app.engine.profiling.models import ColumnProfile, TableProfile
from app.engine.profiling.sources import ProfiledSource, profiled_source, profiled_table
from app.engine.profiling.typed_table import typed_values
from app.engine.sources.column_store import ColumnStore
from app.engine.sources.limits import SourceLimits
from app.engine.sources.tables import ReadingOptions
from app.engine.synthesis.applying import apply_synthesis

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
    """

    real: pa.Table
    synthetic: pa.Table
    holdout: pa.Table | None
    left_out: tuple[str, ...]


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
        made = [each.name for each in applied.made_profiles]
        profiles = [each.profile for each in applied.learned.columns]
        first = applied.learned.arrow()
    with _profiled(synthetic, "synthetic") as source:
        shared = [each for each in profiles if each.name in _only(source, "synthetic").names]
        if not shared:
            raise SourceError("the synthetic table has no column that is judged of the real one")
        second = _read(source, shared, "synthetic")
    third = None
    if holdout is not None:
        with _profiled(holdout, "held-out") as source:
            third = _read(source, shared, "held-out")
    names = [each.name for each in shared]
    missing = [each.name for each in profiles if each.name not in names]
    found = JudgedTables(first.select(names), second, third, tuple(_notes(made, missing)))
    _check(found)
    return found


def _profiled(source: Source, name: str) -> AbstractContextManager[ProfiledSource]:
    if isinstance(source, TableFile):
        return profiled_source(source.path, source.options, source.limits)
    return profiled_source(source) if isinstance(source, Path) else profiled_table(source, name)


def _only(source: ProfiledSource, which: str) -> TableProfile:
    tables = source.profile.tables
    if len(tables) != 1:
        raise SourceError(f"the {which} data holds {len(tables)} tables: one is judged at a time")
    return tables[0]


def _read(source: ProfiledSource, wanted: list[ColumnProfile], which: str) -> pa.Table:
    table = _only(source, which)
    missing = [each.name for each in wanted if each.name not in table.names]
    if missing:
        raise SourceError(f"the {which} table has no column {missing[0]!r}")
    store = source.stores[table.name]
    return pa.table({each.name: _values(store, table, each, which) for each in wanted})


def _values(store: ColumnStore, table: TableProfile, wanted: ColumnProfile, which: str) -> pa.Array:
    """The cells of a column read as the real ones were written, else as they were found."""
    own = table.column(wanted.name)
    missing = tuple(dict.fromkeys([*wanted.format.missing, *own.format.missing]))
    form = wanted.format.model_copy(update={"missing": missing})
    cells = store.column(wanted.name)
    if pa.types.is_dictionary(cells.type):
        cells = cells.cast(cells.type.value_type)
    try:
        return typed_values(cells, wanted.model_copy(update={"format": form}))
    except SourceError:
        found = own.model_copy(update={"kind": wanted.kind})
    try:
        return typed_values(cells, found)
    except SourceError:
        message = f"column {wanted.name!r} of the {which} table holds no values of kind"
        raise SourceError(f"{message} {wanted.kind!r}, as the real one does") from None


def _notes(made: list[str], missing: list[str]) -> list[str]:
    notes = []
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
