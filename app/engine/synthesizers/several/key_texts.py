"""Keys of one or several columns as one text each, so that they can be compared."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc


def key_texts(columns: Sequence[pa.Array]) -> pa.Array:
    """One text for each row; none where a part of its key is missing.

    Args:
        columns: of the key; whole numbers of any type are the same. Shape (rows,) each.
    """
    parts = [_texts(each) for each in columns]
    if len(parts) == 1:
        return parts[0]
    # The lengths keep ("1", "11") and ("11", "1") apart.
    sizes = [pc.utf8_length(each).cast(pa.string()) for each in parts]
    return pc.binary_join_element_wise(*sizes, *parts, " ")


def _texts(values: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if pa.types.is_floating(values.type) and pc.all(pc.equal(pc.floor(values), values)).as_py():
        values = values.cast(pa.int64())
    return values.cast(pa.string())
