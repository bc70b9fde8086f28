"""Columns of arrays and data frames as what a synthesizer learns, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Column:
    """How the cells of one column are learned.

    Args:
        dtype: of the column in the data frame.
        labels: its distinct values where it has labels; None of numbers and moments.
    """

    dtype: Any
    labels: pd.Index[Any] | None

    @classmethod
    def of(cls, cells: pd.Series[Any], place: int) -> Column:
        """Raises TypeError for what is neither numbers, moments nor labels, and ValueError for
        infinite numbers."""
        dtype, types = cells.dtype, pd.api.types
        if isinstance(dtype, pd.SparseDtype):
            raise TypeError(f"column {place} is sparse: make it dense by `sparse.to_dense()`")
        if isinstance(dtype, pd.CategoricalDtype):
            return cls(dtype, pd.Index(dtype.categories, dtype=object))
        if types.is_bool_dtype(dtype) or types.is_object_dtype(dtype) or _is_text(dtype):
            return cls(dtype, pd.Index(cells.dropna().unique(), dtype=object))
        if types.is_datetime64_any_dtype(dtype) or (
            types.is_numeric_dtype(dtype) and not types.is_complex_dtype(dtype)
        ):
            if types.is_float_dtype(dtype) and np.isinf(cells.dropna().to_numpy(float)).any():
                raise ValueError(f"column {place} holds infinite numbers, which cannot be learned")
            return cls(dtype, None)
        raise TypeError(f"column {place} has values of type {dtype}; use numbers, dates or labels")

    def written(self, cells: pd.Series[Any]) -> pa.Array:
        """Labels as the text of their place, unknown ones as missing; all else as it is."""
        if self.labels is None:
            wide = cells.astype(np.float32) if cells.dtype == np.float16 else cells
            return pa.Array.from_pandas(wide)
        places = self.labels.get_indexer(pd.Index(cells.astype(object), dtype=object))
        return pa.array([None if place < 0 else str(place) for place in places], pa.string())

    def read(self, cells: pa.ChunkedArray) -> pd.Series[Any]:
        """Cells of the column's own type."""
        if self.labels is None:
            found = cells.to_pandas()
            return found if found.isna().any() and self._is_whole else found.astype(self.dtype)
        texts = cells.to_pylist()
        places = np.array([-1 if text is None else int(text) for text in texts], dtype=np.intp)
        taken = self.labels.take(np.maximum(places, 0)) if len(self.labels) else [None] * len(texts)
        values = pd.Series(taken, dtype=object).mask(places < 0)
        return values.astype(self.dtype)

    @property
    def _is_whole(self) -> bool:
        return isinstance(self.dtype, np.dtype) and self.dtype.kind in "iu"


def columns_of(frame: pd.DataFrame) -> tuple[Column, ...]:
    """One for each column. Raises as `Column.of`."""
    return tuple(Column.of(frame.iloc[:, place], place) for place in range(frame.shape[1]))


def frame_of(X: Any) -> pd.DataFrame:
    """A data frame of arrays and data frames, rows numbered from 0."""
    if isinstance(X, pd.DataFrame):
        return X.reset_index(drop=True)
    return pd.DataFrame(np.asarray(X)).infer_objects()


def like(X: Any, frame: pd.DataFrame) -> Any:
    """A data frame in the form of X: one with its names, or an array of its type."""
    if isinstance(X, pd.DataFrame):
        return frame.set_axis(X.columns, axis=1)
    return frame.to_numpy(dtype=X.dtype)


def stacked(X: Any, more: Any) -> Any:
    """Rows of two tables of one form, one below the other."""
    if isinstance(X, pd.DataFrame):
        return pd.concat([X, more], ignore_index=True) if len(more) else X
    return np.concatenate([X, more])


def taken(rows: Any, places: Any) -> Any:
    """Some rows of an array, a series or a data frame."""
    return rows.iloc[places] if hasattr(rows, "iloc") else np.asarray(rows)[places]


def _is_text(dtype: Any) -> bool:
    is_arrows = isinstance(dtype, pd.ArrowDtype) and pd.api.types.is_string_dtype(dtype)
    return is_arrows or isinstance(dtype, pd.StringDtype)
