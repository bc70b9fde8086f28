"""Foreign keys of synthetic tables beside those of the real ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.evaluation.fidelity.columns import kolmogorov_smirnov
from app.engine.profiling.models import FoundForeignKey
from app.engine.profiling.sources import ProfiledSource
from app.engine.profiling.typed_table import typed_table
from app.engine.seeds import Stream

Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class KeyFidelity:
    """A foreign key that the real tables have.

    Args:
        orphans, orphans_real: shares of rows whose value no row of the other table has.
        missing, missing_real: shares of rows without a value.
        distance: between the numbers of rows that refer to each row of the other table, real and
            synthetic ones (Kolmogorov–Smirnov).
        ceiling: the same of two halves of the real table that is referred to.
        floor: the same of as many rows that refer to any row.
    """

    table: str
    column: str
    parent: str
    parent_column: str
    orphans: float
    orphans_real: float
    missing: float
    missing_real: float
    distance: float
    ceiling: float
    floor: float


def judged_keys(
    real: ProfiledSource, synthetic: ProfiledSource, seed: int
) -> Iterator[KeyFidelity]:
    """Every key that is found in the real tables and whose columns the synthetic ones have.

    Args:
        seed: of the halves, and of what refers to any row.
    """
    for key in real.profile.foreign_keys:
        if _has(synthetic, key.table, key.column) and _has(
            synthetic, key.parent, key.parent_column
        ):
            yield _judged(key, _referring(real, key), _referring(synthetic, key), seed)


@dataclass(frozen=True, slots=True)
class _Referring:
    """Rows that refer to each row of another table, shape (rows,), and shares of all others."""

    counts: Counts
    orphans: float
    missing: float


def _judged(key: FoundForeignKey, real: _Referring, made: _Referring, seed: int) -> KeyFidelity:
    stream = Stream(seed).child("keys between", key.table, key.column)
    rng = stream.generator()
    mixed = rng.permutation(real.counts)
    half = len(mixed) // 2
    evenly = rng.multinomial(int(mixed.sum()), np.full(len(mixed), 1 / max(len(mixed), 1)))
    ends = (
        kolmogorov_smirnov(real.counts, made.counts),
        kolmogorov_smirnov(mixed[:half], mixed[half:]),
        kolmogorov_smirnov(real.counts, evenly.astype(np.float64)),
    )
    return KeyFidelity(
        key.table, key.column, key.parent, key.parent_column,
        made.orphans, real.orphans, made.missing, real.missing, *ends,
    )  # fmt: skip


def _has(source: ProfiledSource, table: str, column: str) -> bool:
    return table in source.stores and column in source.stores[table].names


def _referring(source: ProfiledSource, key: FoundForeignKey) -> _Referring:
    known = pc.unique(_texts(source, key.parent, key.parent_column).drop_null())
    values = _texts(source, key.table, key.column)
    places = np.asarray(pc.index_in(values, value_set=known, skip_nulls=True).fill_null(-1))
    rows = max(len(values), 1)
    missing = values.null_count
    counts = np.bincount(places[places >= 0], minlength=len(known)).astype(np.float64)
    return _Referring(counts, (int((places < 0).sum()) - missing) / rows, missing / rows)


def _texts(source: ProfiledSource, table: str, column: str) -> pa.Array:
    """The values of a column as text, so that whole numbers of any type are the same."""
    typed = typed_table(source.stores[table], source.profile.table(table), [column])
    values = typed.columns[0].values
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if pa.types.is_floating(values.type) and pc.all(pc.equal(pc.floor(values), values)).as_py():
        values = values.cast(pa.int64())
    return values.cast(pa.string())
