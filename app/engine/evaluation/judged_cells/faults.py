"""What is wrong with the cells of a table as it was read, before its values are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.evaluation.judged_cells.columns import ReadColumn
from app.engine.sources.column_store import ColumnStore


@dataclass(frozen=True, slots=True)
class ReadFaults:
    """Shares of the rows of a table.

    Args:
        rows: of the table.
        miswritten: with a cell of another type or form than the real ones.
        columns: of each column, with a cell of another type and with one of another form.
        repeated: without a key, or with that of a row before; None where there is no key.
    """

    rows: int
    miswritten: float
    columns: Mapping[str, tuple[float, float]]
    repeated: float | None = None


def read_faults(columns: Mapping[str, ReadColumn], repeated: float | None) -> ReadFaults:
    """Of the columns of a table by name, one at least."""
    wrong = np.any([each.unread | each.unlike for each in columns.values()], axis=0)
    shares = {name: (_share(each.unread), _share(each.unlike)) for name, each in columns.items()}
    return ReadFaults(len(wrong), _share(wrong), shares, repeated)


def repeated_keys(store: ColumnStore, key: Sequence[str], missing: Sequence[str | None]) -> float:
    """Share of the rows that have no key, or that of a row before.

    Args:
        key: the columns that together are unique.
        missing: texts that mean that nothing is there.
    """
    absent = np.zeros(store.rows, dtype=bool)
    codes = np.zeros(store.rows, dtype=np.int64)
    for name in key:
        cells = store.column(name)
        texts = cells.cast(pa.string()) if not pa.types.is_string(cells.type) else cells
        tokens = pa.array([each for each in missing if each is not None], pa.string())
        gone = pc.or_(texts.is_null(), pc.is_in(texts, value_set=tokens).fill_null(False))
        absent |= np.asarray(gone.to_numpy())
        own = np.unique(texts.fill_null("").to_numpy(), return_inverse=True)[1]
        codes = np.unique(codes * (int(own.max(initial=0)) + 1) + own, return_inverse=True)[1]
    first = np.zeros(store.rows, dtype=bool)
    known = np.flatnonzero(~absent)
    first[known[np.unique(codes[known], return_index=True)[1]]] = True
    return _share(~first)


def _share(rows: NDArray[np.bool_]) -> float:
    """Of rows that are marked; 0 of none."""
    return float(rows.mean()) if len(rows) else 0.0
