"""Keys as the database declares them that tables were read from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from app.engine.profiling.foreign_keys import as_ids, key_values
from app.engine.profiling.models import FoundForeignKey, TableProfile
from app.engine.sources.column_store import ColumnStore
from app.engine.sources.declarations import DeclaredTable


def with_declared(table: TableProfile, declared: DeclaredTable | None) -> TableProfile:
    """A table with its declared primary key before all that were found."""
    if declared is None:
        return table
    key = declared.primary_key
    others = tuple(each for each in table.primary_keys if each != key)
    update = {"declared": declared, "primary_keys": (key, *others) if key else others}
    alone = {(table.name, key[0])} if len(key) == 1 else set()
    return as_ids(table.model_copy(update=update), alone)


def declared_keys(
    tables: Sequence[TableProfile], stores: Mapping[str, ColumnStore]
) -> tuple[tuple[TableProfile, ...], tuple[FoundForeignKey, ...]]:
    """The tables with declared foreign keys of one column as ids, and these keys."""
    found = tuple(each for table in tables for each in _declared(table, tables, stores))
    referring = {(key.table, key.column) for key in found}
    return tuple(as_ids(table, referring) for table in tables), found


def _declared(
    table: TableProfile, tables: Sequence[TableProfile], stores: Mapping[str, ColumnStore]
) -> Iterator[FoundForeignKey]:
    by_name = {each.name: each for each in tables}
    for key in () if table.declared is None else table.declared.foreign_keys:
        parent = by_name.get(key.table)
        if len(key.columns) > 1 or parent is None or key.parent_columns[0] not in parent.names:
            continue
        values = key_values(stores[table.name], table.column(key.columns[0]))
        known = key_values(stores[parent.name], parent.column(key.parent_columns[0])).values
        orphans = pc.invert(pc.is_in(values.values, known))
        yield FoundForeignKey(
            table=table.name,
            column=key.columns[0],
            parent=parent.name,
            parent_column=key.parent_columns[0],
            orphans=pc.sum(pa.array(values.counts).filter(orphans)).as_py() or 0,
            missing=values.nulls,
            confidence=1.0,
        )
