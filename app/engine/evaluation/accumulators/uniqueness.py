"""The accumulator of uniqueness: 8 bytes a row, sorted at the end.

Whole numbers and moments are compared as they are, anything else by a 64-bit SipHash: that two
different values of n collide has a probability of about n² / 2**65, 1 in 3,700 for 100 million.
Above CAP values only a part of the hashes is kept, those of one residue class; equal values stay
together in it, so a share of the values is checked completely.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.evaluation.accumulator import Outcome

CAP = 1 << 28
"""Most values that are kept, 2 GiB of them; sorting happens in place."""

Hashes = NDArray[np.uint64]
MIXER = 0x9E3779B97F4A7C15


def hashes(batch: pa.RecordBatch, names: tuple[str, ...]) -> Hashes:
    """A 64-bit number for each row that has no null among the columns, shape (rows without)."""
    columns = batch.select(list(names)).drop_null().columns
    found = _hashed(columns[0])
    for column in columns[1:]:
        found = (found ^ (found >> np.uint64(29))) * np.uint64(MIXER) + _hashed(column)
    return found


def _hashed(column: pa.Array) -> Hashes:
    if pa.types.is_date32(column.type):
        column = column.cast(pa.int32())
    elif pa.types.is_temporal(column.type):
        column = column.cast(pa.int64())
    if pa.types.is_integer(column.type):
        return np.asarray(column.cast(pa.int64()).to_numpy()).view(np.uint64)
    from pandas.util import hash_array

    values = column.cast(pa.string()) if pa.types.is_boolean(column.type) else column
    return hash_array(np.asarray(values.to_numpy(zero_copy_only=False)), categorize=False)


class UniqueAccumulator:
    """How many rows hold a value that an earlier row holds; nulls do not count."""

    def __init__(self, columns: tuple[str, ...], rows: int, cap: int = CAP) -> None:
        self.columns = columns
        self.classes = max(1, -(-rows // cap))
        self.parts: list[Hashes] = []

    def add(self, batch: pa.RecordBatch) -> None:
        found = hashes(batch, self.columns)
        if self.classes > 1:
            found = found[(found >> np.uint64(7)) % np.uint64(self.classes) == 0]
        self.parts.append(found)

    def outcomes(self) -> list[Outcome]:
        kept = self._joined()
        kept.sort()
        repeated = int(np.count_nonzero(kept[1:] == kept[:-1]))
        return [Outcome(repeated, not repeated)]

    def _joined(self) -> Hashes:
        """All parts in one array; each is let go once copied, so that memory does not double."""
        joined = np.empty(sum(map(len, self.parts)), dtype=np.uint64)
        end = len(joined)
        while self.parts:
            part = self.parts.pop()
            joined[end - len(part) : end] = part
            end -= len(part)
        return joined
