"""The different values of a column and how many rows have each: what kinds are decided by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

LONG = 200


@dataclass(frozen=True, slots=True)
class Distinct:
    """Different values of a column.

    Args:
        values: shape (distinct,), without null.
        counts: rows of each, shape (distinct,).
        codes: place of each row's value in `values`, -1 where it is null, shape (rows,).
        nulls: rows without a value.
    """

    values: pa.Array
    counts: NDArray[np.int64]
    codes: NDArray[np.int32]
    nulls: int

    @property
    def present(self) -> int:
        return int(self.counts.sum())

    def keep(self, wanted: pa.Array) -> Distinct:
        """Those values alone at which `wanted` is true; the others count as null."""
        kept = wanted.to_numpy(zero_copy_only=False)
        places = np.append(np.where(kept, np.cumsum(kept) - 1, -1), -1).astype(np.int32)
        dropped = int(self.counts[~kept].sum())
        return Distinct(
            self.values.filter(wanted), self.counts[kept], places[self.codes], self.nulls + dropped
        )

    def most_frequent(self, number: int) -> list[tuple[str, int]]:
        """Values as text, shortened, and their rows, the most frequent first."""
        order = np.argsort(-self.counts, kind="stable")[:number]
        texts = self.values.take(pa.array(order)).cast(pa.string()).to_pylist()
        return [(text[:LONG], int(self.counts[at])) for text, at in zip(texts, order, strict=True)]


def distinct_values(column: pa.ChunkedArray) -> Distinct:
    """The different values of a column."""
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
    coded = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    if isinstance(coded, pa.ChunkedArray):  # no rows at all
        coded = pa.array([], column.type)
    coded = coded.dictionary_encode()
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    counts = np.bincount(codes + 1, minlength=len(coded.dictionary) + 1)
    return Distinct(coded.dictionary, counts[1:].astype(np.int64), codes, int(counts[0]))
