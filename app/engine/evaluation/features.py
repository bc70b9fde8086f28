"""From the finished file to what a model is trained on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.evaluation.accumulator import numbers
from app.engine.plan.keys.ancestry import rows_name
from app.engine.schema.models import (
    BoolColumn,
    CategoryColumn,
    Column,
    IdColumn,
    MomentColumn,
    NumberColumn,
)
from app.engine.seeds import generator

MOST_ROWS = 200_000


@dataclass(frozen=True, eq=False, slots=True)
class Features:
    """A table for a model.

    Args:
        values: numbers, labels as codes, NaN where null, shape (rows, columns).
        categories: numbers of the columns that hold codes.
        left_out: columns that no model is to see, such as identifiers and names.
    """

    names: tuple[str, ...]
    values: NDArray[np.float32]
    categories: tuple[int, ...]
    left_out: tuple[str, ...]


def usable(column: Column, kind: pa.DataType) -> bool:
    """Whether a model may see a column: identifiers, names and free text say nothing general."""
    if isinstance(column, CategoryColumn | BoolColumn | NumberColumn):
        return True
    if isinstance(column, IdColumn):
        return False
    if isinstance(column, MomentColumn):
        return not pa.types.is_string(kind)
    return not pa.types.is_string(kind)


def sample_rows(batches: Iterable[pa.RecordBatch], target: str, rows: int, seed: int) -> pa.Table:
    """The rows whose target is known; of more than MOST_ROWS an even sample of about as many.

    Args:
        rows: rows of the whole table.
    """
    rng = generator(seed)
    share = min(1.0, MOST_ROWS / max(rows, 1))
    kept = []
    for batch in batches:
        known = batch.filter(batch.column(target).is_valid())
        if share < 1.0:
            known = known.filter(pa.array(rng.random(known.num_rows) < share))
        kept.append(known)
    return pa.Table.from_batches(kept) if kept else pa.table({})


def features_of(table: pa.Table, columns: Mapping[str, Column | None], target: str) -> Features:
    """What a model may see of a table: values of shape (rows, features), NaN where null.

    Args:
        columns: those that are declared, and those read of ancestors, which may be None: what a
            lookup table has was written down to be used.
    """
    names: list[str] = []
    left_out: list[str] = []
    for field in table.schema:
        if field.name != target and not field.name.startswith(rows_name("")):
            column = columns.get(field.name)
            fits = field.name in columns and (column is None or usable(column, field.type))
            (names if fits else left_out).append(field.name)
    batch = table.combine_chunks().to_batches()
    rows = batch[0] if batch else None
    values = np.full((table.num_rows, len(names)), np.nan, dtype=np.float32)
    categories = []
    for place, name in enumerate(names):
        is_label = pa.types.is_string(table.schema.field(name).type)
        categories += [place] if is_label else []
        if rows is not None:
            values[:, place] = _codes(rows.column(name)) if is_label else numbers(rows, name)
    return Features(tuple(names), values, tuple(categories), tuple(left_out))


def _codes(column: pa.Array) -> NDArray[np.float64]:
    """Labels as numbers by their alphabetical order, NaN where null."""
    labels = sorted(label for label in pc.unique(column).to_pylist() if label is not None)
    codes = pc.index_in(column, value_set=pa.array(labels, pa.string()))
    return np.asarray(codes.cast(pa.float64()).to_numpy(zero_copy_only=False))
