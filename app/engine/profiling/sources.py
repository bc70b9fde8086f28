"""The profile of a source: its tables, and the keys between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from app.engine.errors import SourceError
from app.engine.profiling.declared_keys import declared_keys, with_declared
from app.engine.profiling.foreign_keys import find_foreign_keys
from app.engine.profiling.models import SourceProfile, TableProfile
from app.engine.profiling.tables import Progress, profile_columns, profile_table
from app.engine.profiling.typed_table import TypedTable, typed_table
from app.engine.sources.column_store import ColumnStore, store_columns
from app.engine.sources.limits import SourceLimits
from app.engine.sources.opening import open_source
from app.engine.sources.tables import ReadingOptions, Source, SourceTable
from app.engine.sources.typed import table_in_memory


@dataclass(frozen=True, slots=True)
class ProfiledSource:
    """A profile together with the columns that it is of."""

    profile: SourceProfile
    stores: dict[str, ColumnStore]

    def typed(self, table: str) -> TypedTable:
        """A table with typed columns. Raises KeyError where there is none of this name."""
        return typed_table(self.stores[table], self.profile.table(table))

    def only(self, table: str) -> ProfiledSource:
        """One of the tables by itself. Raises KeyError where there is none of this name."""
        own = self.profile.model_copy(
            update={"tables": (self.profile.table(table),), "foreign_keys": ()}
        )
        return ProfiledSource(own, {table: self.stores[table]})


@contextmanager
def profiled_source(
    path: Path,
    options: ReadingOptions | None = None,
    limits: SourceLimits | None = None,
    progress: Progress | None = None,
    *,
    between: bool = True,
) -> Iterator[ProfiledSource]:
    """The tables of a file or folder with their profile, while the block lasts.

    Args:
        between: whether it says what holds between columns and tables, which takes time.

    Raises:
        SourceError: what cannot be read, and why.
        OSError: where there is no such file.
    """
    with (
        open_source(path, options, limits) as source,
        _profiled(source, progress, between=between) as found,
    ):
        yield found


@contextmanager
def profiled_table(table: pa.Table, name: str, *, between: bool = True) -> Iterator[ProfiledSource]:
    """A table in memory with its profile, while the block lasts. Raises SourceError.

    Args:
        between: as for `profiled_source`.
    """
    source = Source(name, (table_in_memory(table, name),))
    with _profiled(source, None, between=between) as found:
        yield found


@contextmanager
def profiled_tables(
    tables: Mapping[str, pa.Table | Path], *, between: bool = True
) -> Iterator[ProfiledSource]:
    """Tables in memory and files of one table by name with their profile, while the block lasts.

    Args:
        between: as for `profiled_source`.

    Raises:
        SourceError: what cannot be read, or a file of several tables.
        OSError: where there is no such file.
    """
    with ExitStack() as stack:
        found = [_named(stack, name, each) for name, each in tables.items()]
        with _profiled(Source("tables", tuple(found)), None, between=between) as profiled:
            yield profiled


def _named(stack: ExitStack, name: str, table: pa.Table | Path) -> SourceTable:
    if not isinstance(table, Path):
        return table_in_memory(table, name)
    source = stack.enter_context(open_source(table))
    if len(source.tables) != 1:
        raise SourceError(f"{table.name} holds {len(source.tables)} tables, and one is wanted")
    return replace(source.tables[0], name=name)


def profile_source(
    path: Path,
    options: ReadingOptions | None = None,
    limits: SourceLimits | None = None,
    progress: Progress | None = None,
) -> SourceProfile:
    """The profile of a file or folder; see `profiled_source`."""
    with profiled_source(path, options, limits, progress) as found:
        return found.profile


@contextmanager
def _profiled(
    source: Source, progress: Progress | None, *, between: bool = True
) -> Iterator[ProfiledSource]:
    with ExitStack() as stack:
        stores = {each.name: stack.enter_context(store_columns(each)) for each in source.tables}
        found = _profile(source, stores, progress) if between else _columns_of(source, stores)
        yield ProfiledSource(found, stores)


def _columns_of(source: Source, stores: dict[str, ColumnStore]) -> SourceProfile:
    tables = (
        profile_columns(each.name, stores[each.name], each.warnings) for each in source.tables
    )
    return SourceProfile(name=source.name, tables=tuple(tables), warnings=source.warnings)


def _profile(
    source: Source, stores: dict[str, ColumnStore], progress: Progress | None
) -> SourceProfile:
    tables: tuple[TableProfile, ...] = tuple(
        with_declared(
            profile_table(each.name, stores[each.name], each.warnings, progress), each.declared
        )
        for each in source.tables
    )
    is_declared = any(each.declared and each.declared.foreign_keys for each in tables)
    tables, keys = (declared_keys if is_declared else find_foreign_keys)(tables, stores)
    return SourceProfile(
        name=source.name, tables=tables, foreign_keys=keys, warnings=source.warnings
    )
