"""A source's table with typed columns, and the way back to the cells of its source.

This is what a synthesizer learns from: for every column its values, its kind and its format; for
the table its dependencies and rules. `written` turns new values of these types into rows that look
like the source's: leading zeros, decimals, patterns of dates, what stands for missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from app.engine.errors import SourceError
from app.engine.formats.cells.cell_format import CellFormat, Kind
from app.engine.formats.cells.cells import read_cells, storage_type, write_cells
from app.engine.profiling.models import ColumnProfile, Dependency, RowRule, TableProfile
from app.engine.sources.column_store import ColumnStore


@dataclass(frozen=True, slots=True)
class TypedColumn:
    """One column.

    Args:
        values: int64 (integer), float64 (number), bool, date32, timestamp[us], time64[us], else
            string; labels (category, constant) as a dictionary of strings. Shape (rows,).
        profile: what was found in it, its kind and format among them.
    """

    profile: ColumnProfile
    values: pa.Array

    @property
    def name(self) -> str:
        return self.profile.name

    @property
    def kind(self) -> Kind:
        return self.profile.kind

    @property
    def format(self) -> CellFormat:
        return self.profile.format


@dataclass(frozen=True, slots=True)
class TypedTable:
    """The columns of one table, in the order of the source."""

    name: str
    rows: int
    columns: tuple[TypedColumn, ...]
    dependencies: tuple[Dependency, ...] = ()
    rules: tuple[RowRule, ...] = ()

    def column(self, name: str) -> TypedColumn:
        """Raises KeyError where there is none of this name."""
        for each in self.columns:
            if each.name == name:
                return each
        raise KeyError(name)

    def arrow(self) -> pa.Table:
        """All columns as an Arrow table."""
        return pa.table({each.name: each.values for each in self.columns})

    def written(self, values: Mapping[str, pa.Array]) -> pa.Table:
        """Rows as the source writes them: see `written_rows`."""
        return written_rows(self.columns, values)


def typed_table(
    store: ColumnStore, profile: TableProfile, names: Iterable[str] | None = None
) -> TypedTable:
    """The columns of a stored table, parsed as its profile says.

    Args:
        names: of the columns that are wanted; all where left out.

    Raises:
        SourceError: where a cell does not fit the profile, which then is of another table.
    """
    wanted = profile.names if names is None else tuple(names)
    columns = tuple(_column(store, profile.column(name)) for name in wanted)
    return TypedTable(profile.name, store.rows, columns, profile.dependencies, profile.rules)


def _column(store: ColumnStore, profile: ColumnProfile) -> TypedColumn:
    try:
        stored = store.column(profile.name)
    except KeyError:
        raise SourceError(f"there is no column {profile.name!r}") from None
    return TypedColumn(profile, typed_values(stored, profile))


def typed_values(cells: pa.ChunkedArray, profile: ColumnProfile) -> pa.Array:
    """The values in the cells of a column, typed as its profile says.

    Raises:
        SourceError: naming the column where a cell is not written like the others.
    """
    coded = cells.combine_chunks() if cells.num_chunks != 1 else cells.chunk(0)
    if isinstance(coded, pa.ChunkedArray):
        coded = pa.array([], cells.type)
    coded = coded.dictionary_encode()
    try:
        distinct = read_cells(coded.dictionary, profile.format, profile.kind)
    except SourceError as error:
        raise SourceError(f"column {profile.name!r}: {error}") from None
    values = pc.take(distinct, coded.indices)
    return values.dictionary_encode() if profile.kind in {"category", "constant"} else values


class WrittenColumn(Protocol):
    """What is known of a column's cells; a `ColumnProfile` is one."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def format(self) -> CellFormat: ...


def written_rows(columns: Iterable[WrittenColumn], values: Mapping[str, pa.Array]) -> pa.Table:
    """Typed values as the source writes them, in the order of the columns.

    Args:
        values: for the columns that are wanted, of the types that `TypedColumn` has.

    Returns:
        string columns for sources of text, else the source's types.
    """
    kept = [each for each in columns if each.name in values]
    cells = [write_cells(values[each.name], each.format, each.kind) for each in kept]
    types = [storage_type(each.format.storage) for each in kept]
    fields = [(each.name, kind) for each, kind in zip(kept, types, strict=True)]
    return pa.table(cells, schema=pa.schema(fields))
