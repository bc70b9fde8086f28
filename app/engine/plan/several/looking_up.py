"""Keys to lookup tables that are drawn as columns like others: rows whose values no row of such a
table has together, or that repeat one of their parent's, are drawn again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.errors import GenerationError
from app.engine.seeds import Stream
from app.engine.synthesizers.several.key_texts import key_texts
from app.engine.synthesizers.several.learned_tables import LearnedTables, RelatedTable

Rows = NDArray[np.int64]
Again = Callable[[Rows, Stream], pa.RecordBatch]

MISSED, UNKNOWN = -1, -2
MOST_TURNS = 64
"""How often a row is drawn again before another way is taken."""


@dataclass(frozen=True, eq=False, slots=True)
class KnownKeys:
    """The keys that a lookup table has.

    Args:
        columns: of the table that refers to it.
        cells: of the lookup table, one column for each of these.
        texts: of its keys.
        is_distinct: whether rows of one parent have different ones.
    """

    columns: tuple[str, ...]
    cells: tuple[pa.Array, ...]
    texts: pa.Array
    is_distinct: bool

    def places(self, rows: pa.RecordBatch) -> Rows:
        """The lookup table's row that each row refers to, MISSED where a part of the key is
        missing and UNKNOWN where there is none."""
        own = key_texts([rows.column(name) for name in self.columns])
        found = pc.fill_null(pc.index_in(own, value_set=self.texts), UNKNOWN)
        places = pc.if_else(own.is_null(), MISSED, found)
        return np.asarray(places.to_numpy(zero_copy_only=False), dtype=np.int64)


def known_keys(table: RelatedTable, learned: LearnedTables) -> list[KnownKeys]:
    """Those that a table's keys to lookup tables refer to."""
    found = []
    for key in table.relations.lookups:
        rows = learned.by_name[key.parent].original
        if rows is not None:
            cells = tuple(rows.column(name) for name in key.parent_columns)
            texts = key_texts(cells)
            found.append(KnownKeys(tuple(key.columns), cells, texts, key.is_distinct))
    return found


def with_known_keys(
    rows: pa.RecordBatch, keys: Sequence[KnownKeys], parents: Rows, again: Again, stream: Stream
) -> pa.RecordBatch:
    """Rows of which each has keys that lookup tables have, or misses a part of them.

    What is drawn again is the whole row, so that its columns go together as the model draws them.

    Args:
        parents: of the rows, shape (rows,); empty for those of a root.
        again: draws some rows of the block once more, by their places.

    Raises GenerationError where no row has such keys.
    """
    for turn in range(MOST_TURNS):
        waiting = np.flatnonzero(_unknown(rows, keys) | _repeating(rows, keys, parents))
        if not len(waiting):
            return rows
        rows = _replaced(rows, waiting, again(waiting, stream.child(turn)))
    rows = _with_others(rows, keys, stream.child("other"))
    for key in keys:
        if key.is_distinct:
            rows = _with_free(rows, key, parents, stream.child("free", *key.columns))
    return rows


def _unknown(rows: pa.RecordBatch, keys: Sequence[KnownKeys]) -> NDArray[np.bool_]:
    """Which rows have a key that is not there."""
    found = np.zeros(rows.num_rows, dtype=bool)
    for key in keys:
        found |= key.places(rows) == UNKNOWN
    return found


def _repeating(rows: pa.RecordBatch, keys: Sequence[KnownKeys], parents: Rows) -> NDArray[np.bool_]:
    """Which rows have a key that is to be distinct and that one of their parent's before has."""
    found = np.zeros(rows.num_rows, dtype=bool)
    for key in keys:
        if key.is_distinct:
            places = key.places(rows)
            own = np.flatnonzero((places >= 0) & (parents >= 0))
            pairs = parents[own] * len(key.texts) + places[own]
            first = np.unique(pairs, return_index=True)[1]
            found[np.delete(own, first)] = True
    return found


def _with_others(rows: pa.RecordBatch, keys: Sequence[KnownKeys], stream: Stream) -> pa.RecordBatch:
    """Other rows of the block in the place of those whose keys are not there."""
    is_unknown = _unknown(rows, keys)
    waiting, others = np.flatnonzero(is_unknown), np.flatnonzero(~is_unknown)
    if not len(waiting):
        return rows
    if not len(others):
        raise GenerationError(
            f"no row was drawn whose {', '.join(keys[0].columns)} the lookup table has; learn the "
            "table without this key"
        )
    chosen = others[stream.generator().integers(0, len(others), len(waiting))]
    return _replaced(rows, waiting, rows.take(pa.array(chosen)))


def _with_free(
    rows: pa.RecordBatch, key: KnownKeys, parents: Rows, stream: Stream
) -> pa.RecordBatch:
    """Keys that no other row of the same parent has in the place of those that repeat."""
    waiting = np.flatnonzero(_repeating(rows, [key], parents))
    if not len(waiting):
        return rows
    places, rng = key.places(rows).copy(), stream.generator()
    places[waiting] = MISSED
    for row in waiting:
        free = np.setdiff1d(np.arange(len(key.texts)), places[parents == parents[row]])
        places[row] = free[rng.integers(0, len(free))]
    drawn = rows.take(pa.array(waiting))
    for name, cells in zip(key.columns, key.cells, strict=True):
        number = rows.schema.get_field_index(name)
        new = cells.take(pa.array(places[waiting])).cast(rows.schema.field(name).type)
        drawn = drawn.set_column(number, rows.schema.field(name), new)
    return _replaced(rows, waiting, drawn)


def _replaced(rows: pa.RecordBatch, places: Rows, drawn: pa.RecordBatch) -> pa.RecordBatch:
    order = np.arange(rows.num_rows)
    order[places] = rows.num_rows + np.arange(len(places))
    both = pa.Table.from_batches([rows, drawn]).unify_dictionaries().combine_chunks()
    return both.take(pa.array(order)).combine_chunks().to_batches()[0]
