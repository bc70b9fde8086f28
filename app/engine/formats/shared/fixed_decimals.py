"""Numbers whose texts have so many decimals, zeros too: 19.30.

That a column is to be written so stands in the metadata of its field, so that it goes with the
column to every format. Formats that keep numbers as such have nothing to do.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_KEY = b"fixed_decimals"
_EXACT = 10**15


def with_fixed_decimals(field: pa.Field, decimals: int | None) -> pa.Field:
    """The field of a column of floats that is written with so many decimals; any other field, or
    one without, as it is."""
    if decimals is None or not pa.types.is_floating(field.type):
        return field
    return field.with_metadata({_KEY: str(decimals).encode()})


def fixed_decimals(field: pa.Field) -> int | None:
    """How many decimals the texts of a column have; None where as many as a value needs."""
    found = (field.metadata or {}).get(_KEY)
    return None if found is None else int(found)


def fixed_text(values: pa.Array, decimals: int) -> pa.Array:
    """Texts of floats, rounded half to even on the exact value as Python rounds; shape (rows,),
    null where a value is null or not finite."""
    numbers = values.cast(pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False)
    absent = ~np.isfinite(numbers)
    known = np.where(absent, 0.0, numbers)
    with np.errstate(over="ignore"):
        scaled = np.rint(known * 10.0**decimals)
    if (np.abs(scaled) >= _EXACT).any() or not np.array_equal(scaled / 10.0**decimals, known):
        texts = [f"{number + 0.0:.{decimals}f}" for number in known.tolist()]
        return pa.array(texts, pa.string(), mask=absent)
    whole_numbers = pa.array(np.abs(scaled).astype(np.int64)).cast(pa.string())
    digits = pc.utf8_lpad(whole_numbers, decimals + 1, "0")
    sign = pc.if_else(pa.array(scaled < 0), "-", "")
    whole = pc.utf8_slice_codeunits(digits, 0, -decimals) if decimals else digits
    parts = [sign, whole, "." if decimals else "", _last(digits, decimals)]
    return pc.if_else(pa.array(absent), None, pc.binary_join_element_wise(*parts, ""))


def _last(digits: pa.Array, count: int) -> pa.Array | str:
    return pc.utf8_slice_codeunits(digits, -count) if count else ""
