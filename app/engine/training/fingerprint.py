"""A keyed hash of a source's table: the same for the same table and key, and nothing without it.

The key keeps those who hold a model, and not the key, from trying out which rows it learned.
"""

from __future__ import annotations

from hashlib import blake2b

import pyarrow as pa
import pyarrow.compute as pc

from app.engine.sources.column_store import ColumnStore

MOST_KEY = 64  # bytes that blake2b takes


def fingerprint(store: ColumnStore, key: bytes) -> str:
    """The fingerprint of a table as it is read: names, types and cells of all columns, in order.

    Args:
        key: of 1 byte or more.

    Returns:
        64 hexadecimal digits.

    Raises:
        ValueError: the key is empty.
    """
    if not key:
        raise ValueError("a fingerprint wants a key of a byte or more")
    short = key if len(key) <= MOST_KEY else blake2b(key).digest()
    found = blake2b(digest_size=32, key=short, person=b"ts-source")
    found.update(store.rows.to_bytes(8, "little"))
    for name in store.names:
        for part in _parts(name, store.column(name)):
            found.update(len(part).to_bytes(8, "little"))
            found.update(part)
    return found.hexdigest()


def _parts(name: str, column: pa.ChunkedArray) -> list[bytes | memoryview]:
    """What tells a column from every other one, whatever chunks and buffers it lies in."""
    cells = column.combine_chunks()
    if isinstance(cells, pa.ChunkedArray):
        cells = pa.concat_arrays(cells.chunks) if cells.num_chunks else pa.array([], column.type)
    if pa.types.is_dictionary(cells.type):
        cells = cells.cast(cells.type.value_type)
    known = cells.is_valid().cast(pa.uint8())
    values = pa.record_batch([pc.drop_null(cells)], names=["values"]).serialize()
    return [name.encode(), str(cells.type).encode(), memoryview(known.buffers()[1]),
            memoryview(values)]  # fmt: skip
