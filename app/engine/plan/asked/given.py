"""Blocks of rows of which a table gives some cells, and a model the others."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from app.engine.errors import DefinitionError, Fault
from app.engine.generators.base import Layout
from app.engine.seeds import Stream
from app.engine.synthesizers.base import Model
from app.engine.synthesizers.drawing import UNKNOWN
from app.engine.synthesizers.number_line import places_on_line
from app.engine.synthesizers.particles import Completion, completed, nearest
from app.engine.synthesizers.table import MISSING, Codes, Kind, plain_cells, positions
from app.engine.synthesizers.values import ColumnValues


@dataclass(frozen=True, eq=False, slots=True)
class GivenRows:
    """Rows whose given cells come out as they are.

    Args:
        rows: the columns that are given, in the types of the model.
        fills: whether a given cell that is missing is a hole to be filled, as in imputation; else
            it stays missing.
        how: what becomes of cells that are not given.
    """

    rows: pa.RecordBatch
    fills: bool
    how: Completion

    def block(self, model: Model, seed: int, number: int, layout: Layout) -> pa.RecordBatch:
        """Rows of one block; a pure function of these, the model, the seed and the number."""
        given = self.rows.slice(layout.first_row(number), layout.rows(number))
        columns = {each.name: each for each in model.drawing(0).columns}
        known = {name: self._codes(column, given) for name, column in columns.items()}
        stream = Stream(seed).child("synthesize", "given", number)
        numbers = {
            each.name: places_on_line(plain_cells(given.column(each.name)))
            for each in model.rules.columns
            if each.name in given.schema.names
        }
        drawn = completed(model, known, stream, self.how, numbers)
        cells = []
        for field in model.schema:
            made = columns[field.name].decode(drawn[field.name])
            cells.append(self._merged(field, made, given))
        return pa.record_batch(cells, schema=model.schema)

    def _codes(self, column: ColumnValues, given: pa.RecordBatch) -> Codes:
        if column.name not in given.schema.names:
            return np.full(given.num_rows, UNKNOWN, dtype=np.int32)
        may_miss = column.has_missing and not self.fills
        return codes_of_cells(column, given.column(column.name), may_miss=may_miss)

    def _merged(self, field: pa.Field, made: pa.Array, given: pa.RecordBatch) -> pa.Array:
        """Given cells, and what was made in the place of the others."""
        if field.name not in given.schema.names:
            return made
        cells = given.column(field.name)
        if not self.fills or not cells.null_count:
            return cells
        if not pa.types.is_dictionary(field.type):
            return pc.if_else(cells.is_null(), made, cells)
        kind = field.type.value_type
        filled = pc.if_else(cells.is_null(), made.cast(kind), cells.cast(kind))
        return filled.dictionary_encode().cast(field.type)


def codes_of_cells(column: ColumnValues, cells: pa.Array, *, may_miss: bool) -> Codes:
    """What a model knows cells as: the nearest number, the same label; shape (rows,).

    Args:
        may_miss: whether missing says something; else it is UNKNOWN, like labels that the model
            never draws.
    """
    plain = plain_cells(cells)
    is_missing = np.asarray(plain.is_null().to_numpy(zero_copy_only=False))
    if not len(column.values):
        found = np.full(len(plain), UNKNOWN, dtype=np.int32)
    elif column.kind is Kind.NUMBER:
        at = np.nan_to_num(positions(plain))
        found = nearest(positions(column.values), at)
    else:
        place = pc.index_in(plain, value_set=column.values, skip_nulls=True)
        found = np.asarray(pc.fill_null(place, UNKNOWN).to_numpy(zero_copy_only=False), np.int32)
    return np.where(is_missing, MISSING if may_miss else UNKNOWN, found).astype(np.int32)


def given_batch(
    table: pa.Table, model: Model, path: str, made: Collection[str] = ()
) -> tuple[pa.RecordBatch, tuple[Fault, ...]]:
    """The columns of a table that a model knows, in the model's types; and a warning for each
    other one, which is left out.

    Args:
        path: of the table in what was asked.
        made: columns that are declared beside the model's.

    Raises:
        DefinitionError: no column is the model's, or a column is of another kind.
    """
    names = table.column_names
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DefinitionError([Fault(path, f"has more than one column named {twice[0]!r}")])
    known = [field for field in model.schema if field.name in names]
    if not known:
        message = "has none of the model's columns"
        raise DefinitionError([Fault(path, message, "name them as the source does")])
    faults: list[Fault] = []
    cells = [_cast(table.column(field.name), field, path, faults) for field in known]
    if faults:
        raise DefinitionError(faults)
    others = [name for name in names if name not in {*model.schema.names, *made}]
    message = "is not learned by the model and left out"
    warnings = tuple(Fault(f"{path}.{name}", message) for name in others)
    return pa.record_batch(cells, schema=pa.schema(known)), warnings


def made_batch(table: pa.Table, schema: pa.Schema) -> pa.RecordBatch | None:
    """Columns of a table that are declared beside the learned ones, where it has any; those whose
    cells do not fit are left out."""
    faults: list[Fault] = []
    cells = {
        field: _cast(table.column(field.name), field, "", faults)
        for field in schema
        if field.name in table.column_names
    }
    kept = [field for field, each in cells.items() if each is not None]
    return pa.record_batch([cells[f] for f in kept], schema=pa.schema(kept)) if kept else None


def _cast(
    column: pa.ChunkedArray, field: pa.Field, path: str, faults: list[Fault]
) -> pa.Array | None:
    cells = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    try:
        return _as_type(cells, field.type)
    except pa.ArrowException:
        message = f"has values of type {cells.type} that are none of type {field.type}"
        faults.append(Fault(f"{path}.{field.name}", message))
        return None


def _as_type(cells: pa.Array, kind: pa.DataType) -> pa.Array:
    if cells.type == kind:
        return cells
    if pa.types.is_dictionary(cells.type):
        cells = cells.cast(cells.type.value_type)
    if pa.types.is_floating(cells.type) and not pa.types.is_floating(kind):
        cells = pc.if_else(pc.is_finite(cells), cells, pa.scalar(None, cells.type))
    if pa.types.is_dictionary(kind):
        return cells.cast(kind.value_type).dictionary_encode().cast(kind)
    return cells.cast(kind)
