"""Columns that number the rows of each parent: 1, 2, 3, …"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.profiling.typed_table import TypedTable
from app.engine.synthesizers.several.relations import LineColumn
from app.engine.synthesizers.table import MISSING

Rows = NDArray[np.int64]
FIRSTS = (0, 1)


def line_columns(
    table: TypedTable, parents: Rows, keys: Sequence[str]
) -> tuple[tuple[LineColumn, ...], Rows | None]:
    """Columns that number the rows of each parent, and the number of each row, from 1; None where
    no column does.

    Args:
        parents: the row of the parent that each row has, MISSING for none; shape (rows,).
        keys: columns that are foreign keys.
    """
    if not len(parents) or (parents == MISSING).any() or len(np.unique(parents)) == len(parents):
        return (), None
    found, positions = [], None
    for column in table.columns:
        values = column.values
        if column.name in keys or not pa.types.is_integer(values.type) or values.null_count:
            continue
        numbers = np.asarray(values.cast(pa.int64()).to_numpy(zero_copy_only=False))
        first = int(numbers.min())
        if first in FIRSTS and _counts(numbers - first, parents):
            found.append(LineColumn(column=column.name, first=first, type=str(values.type)))
            positions = numbers - first + 1 if positions is None else positions
    return tuple(found), positions


def _counts(numbers: Rows, parents: Rows) -> bool:
    """Whether the rows of each parent have the numbers from 0 without a gap."""
    order = np.lexsort((numbers, parents))
    starts = np.flatnonzero(np.append(True, np.diff(parents[order]) != 0))
    sizes = np.diff(np.append(starts, len(parents)))
    wanted = np.arange(len(parents)) - np.repeat(starts, sizes)
    return bool((numbers[order] == wanted).all())
