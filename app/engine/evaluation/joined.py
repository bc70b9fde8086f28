"""Batches of a table joined with what its facts read of its ancestors.

The keys and the columns that are needed of every ancestor are held in memory, as their rows are
looked up by key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.evaluation.reading import TableFile, batches, plain_schema, plain_type
from app.engine.plan.keys.ancestry import TableAncestry, rows_name
from app.engine.plan.keys.parents import ParentRows
from app.engine.plan.keys.related import needed_columns
from app.engine.plan.plan import Plan, TablePlan
from app.engine.schema.models import Column, ForeignKey


@dataclass(frozen=True, slots=True)
class Relations:
    """The keys of one planned table and the ancestors' columns that it reads."""

    table: TablePlan
    plan: Plan

    @property
    def ancestry(self) -> TableAncestry | None:
        """None where the table refers to no other, or nothing was declared."""
        definition = self.plan.definition
        declared = definition.tables.get(self.table.name) if definition else None
        if definition is None or declared is None or not declared.foreign_keys:
            return None
        return TableAncestry(
            declared, definition.tables, {each.name: each for each in self.plan.tables}
        )

    def columns(self) -> dict[str, Column | None]:
        """The ancestors' columns that are read, as declared; None for keys and literal rows."""
        ancestry = self.ancestry
        if ancestry is None:
            return {}
        return {name: ancestry.declared_column(name) for name in needed_columns(ancestry)}

    @property
    def schema(self) -> pa.Schema:
        """The table's own columns, those read of ancestors, and the row numbers of its keys."""
        ancestry, table = self.ancestry, self.table
        fields = [(name, table.source.type_of(name)) for name in table.readable]
        if ancestry is not None:
            known = ancestry.columns()
            for name in needed_columns(ancestry):
                parent, column = known[name]
                fields.append((name, ancestry.planned[parent].source.type_of(column)))
            fields += [(rows_name(key), pa.int64()) for key in ancestry.table.foreign_keys]
        return plain_schema(pa.schema(fields))

    def batches(self, files: Mapping[str, TableFile]) -> Iterator[pa.RecordBatch]:
        """The rows of the table's file, joined.

        Raises:
            UnreadableFile: where a file cannot be read as its table.
        """
        ancestry = self.ancestry
        rows = readable_batches(files[self.table.name], self.table)
        if ancestry is None:
            yield from rows
            return
        joiner, schema = _Joiner(ancestry, files), self.schema
        for batch in rows:
            yield joiner.joined(batch, schema)


def readable_batches(file: TableFile, table: TablePlan) -> Iterator[pa.RecordBatch]:
    """The rows of a table's file with its hidden columns, which are not in it and are drawn again.

    Raises:
        UnreadableFile: where the file cannot be read as the table.
    """
    first, drawn = 0, ParentRows(table)
    for written in batches(file, table.schema):
        batch, rows = written, min(written.num_rows, max(table.rows - first, 0))
        for name in table.hidden:
            values = _drawn_again(drawn, name, first, rows)
            lost = pa.nulls(batch.num_rows - rows, values.type)
            batch = batch.append_column(name, pa.concat_arrays([values, lost]))
        first += batch.num_rows
        yield batch


def _drawn_again(drawn: ParentRows, name: str, first: int, rows: int) -> pa.Array:
    wanted = pa.array(np.arange(first, first + rows, dtype=np.int64))
    return drawn.take(name, wanted).cast(plain_type(drawn.type_of(name)))


class _Joiner:
    def __init__(self, ancestry: TableAncestry, files: Mapping[str, TableFile]) -> None:
        self._ancestry = ancestry
        known = ancestry.columns()
        # What each ancestor's column is called, and where it is found.
        self._read = {name: known[name] for name in needed_columns(ancestry)}
        self._keys = {name: ancestry.key_path(name, "").keys for name in self._read}
        self._columns: dict[tuple[str, str], pa.Array] = {}
        self._places: dict[tuple[str, tuple[str, ...]], Any] = {}
        self._files = files

    def joined(self, batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
        found = {name: batch.column(name) for name in batch.schema.names}
        keys = self._ancestry.table.foreign_keys
        rows = {
            name: self._rows([found[each] for each in (name, *key.columns)], key)
            for name, key in keys.items()
        }
        for written, (_, column) in self._read.items():
            first, *others = self._keys[written]
            values = self._values(keys[first].table, tuple(others), column)
            found[written] = values.take(rows[first])
        found |= {rows_name(name): numbers for name, numbers in rows.items()}
        return pa.record_batch([found[name] for name in schema.names], schema=schema)

    def _values(self, table: str, keys: tuple[str, ...], column: str) -> pa.Array:
        """For every row of a table the value at the end of a path of keys."""
        if not keys:
            return self._column(table, column)
        key = self._ancestry.declared[table].foreign_keys[keys[0]]
        rows = self._rows([self._column(table, each) for each in (keys[0], *key.columns)], key)
        return self._values(key.table, keys[1:], column).take(rows)

    def _rows(self, values: list[pa.Array], key: ForeignKey) -> pa.Array:
        """The rows of the parent with these keys, null where there is none."""
        places = self._index(key.table, (key.column, *key.columns.values())).get_indexer(
            _objects(values)
        )
        return pa.array(places.astype(np.int64), mask=places < 0)

    def _index(self, table: str, columns: tuple[str, ...]) -> Any:
        from pandas import Index

        if (table, columns) not in self._places:
            values = [self._column(table, column) for column in columns]
            self._places[table, columns] = Index(_objects(values), tupleize_cols=False)
        return self._places[table, columns]

    def _column(self, table: str, column: str) -> pa.Array:
        if (table, column) not in self._columns:
            planned = self._ancestry.planned[table]
            kind = plain_type(planned.source.type_of(column))
            if column in planned.hidden:
                found = _drawn_again(ParentRows(planned), column, 0, planned.rows)
            else:
                parts = [
                    each.column(column) for each in batches(self._files[table], planned.schema)
                ]
                found = pa.chunked_array(parts, kind).combine_chunks()
            self._columns[table, column] = found
        return self._columns[table, column]


def _objects(values: list[pa.Array]) -> NDArray[np.object_]:
    """Values as objects, those of several columns as tuples; None where one is null, so that nulls
    are equal to no key."""
    if len(values) == 1:
        return np.asarray(values[0].to_pylist(), dtype=object)
    rows = zip(*(each.to_pylist() for each in values), strict=True)
    found = (None if None in row else row for row in rows)
    return np.fromiter(found, dtype=object, count=len(values[0]))
