"""Rows of one model of which some cells are known before they are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.seeds import Stream
from app.engine.synthesizers.base import Model, even_uniforms
from app.engine.synthesizers.cell_formats import empty_batch
from app.engine.synthesizers.drawing import UNKNOWN
from app.engine.synthesizers.table import MISSING, Codes

Rows = NDArray[np.int64]


def whole_cells(cells: pa.Array, missing: int) -> Rows:
    """Cells of whole numbers with a number for those that are missing, shape (rows,)."""
    filled = pc.fill_null(cells.cast(pa.int64()), missing)
    return np.asarray(filled.to_numpy(zero_copy_only=False))


def column_of(model: Model, name: str) -> Any:
    """The column of that name in the order in which a model draws."""
    return next(each for each in model.drawing(0).columns if each.name == name)


def drawn_with(
    model: Model, rows: int, known: Mapping[str, Codes], stream: Stream
) -> pa.RecordBatch:
    """Rows of which some columns are given, and stand before all others. What the model never
    draws counts as missing, as it did when the model was learned."""
    if not rows:
        return empty_batch(model.schema)
    drawing = model.drawing(rows)
    for column in drawing.columns:
        if (codes := known.get(column.name)) is not None:
            drawing.give(np.where(codes == UNKNOWN, MISSING, codes).astype(np.int32))
        else:
            drawing.advance(even_uniforms(rows, stream.child("column", column.name)))
    cells = drawing.cells(model.schema.names)
    return pa.record_batch([cells[name] for name in model.schema.names], schema=model.schema)
