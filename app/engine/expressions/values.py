"""What an expression is evaluated on: Arrow arrays, and Arrow scalars for what is constant."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.expressions.kinds import (
    ARROW_TYPES,
    DAYS,
    MOMENTS,
    Kind,
    common_kind,
    kind_of,
    parse_moment,
)

Values = Any  # pa.Array or pa.Scalar; the stubs of pyarrow know no common base


def kind(values: Values) -> Kind:
    return kind_of(values.type)


def plain(values: Values) -> Values:
    """Labels as text, whole numbers as int64, fractions as float64, moments in microseconds."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    wanted = ARROW_TYPES[kind(values)]
    return values if values.type == wanted else values.cast(wanted)


def aligned(values: tuple[Values, ...]) -> list[Values]:
    """All of one kind: whole numbers beside fractions as fractions, dates beside dates with time
    as such, constant texts beside moments as moments."""
    kinds = [kind(value) for value in values]
    moments = [each for each in kinds if each in MOMENTS]
    if moments:
        wanted = common_kind(moments)
        wanted = Kind.DATETIME if wanted in DAYS and _with_time(values) else wanted
        values = tuple(as_moment(value, wanted) for value in values)
    else:
        wanted = common_kind(kinds)
    return [value if kind(value) is wanted else value.cast(ARROW_TYPES[wanted]) for value in values]


def as_moment(value: Values, wanted: Kind) -> Values:
    """A constant text as a moment; anything else as it is."""
    if kind(value) is not Kind.TEXT or not isinstance(value, pa.Scalar) or not value.is_valid:
        return value
    return pa.scalar(parse_moment(value.as_py(), wanted), ARROW_TYPES[wanted])


def _with_time(values: tuple[Values, ...]) -> bool:
    """Whether a constant text beside dates carries a time of day."""
    return any(has_clock(value) for value in values)


def has_clock(value: Values) -> bool:
    """Whether this is a constant text of a date with a time of day."""
    if kind(value) is not Kind.TEXT or not isinstance(value, pa.Scalar):
        return False
    return value.is_valid and len(value.as_py()) > len("2020-12-31")


def numbers(values: Values) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """The values as numpy numbers, 0 where they are null, and where they are; both of shape
    (rows,), zero-dimensional for a constant."""
    if isinstance(values, pa.Scalar):
        value = values.as_py()
        dtype = np.int64 if kind(values) is Kind.INTEGER else np.float64
        return np.asarray(0 if value is None else value, dtype), np.asarray(value is None)
    nulls = values.is_null().to_numpy(zero_copy_only=False)
    return values.fill_null(0).to_numpy(zero_copy_only=False), nulls


def arrow(found: NDArray[Any], nulls: NDArray[np.bool_]) -> Values:
    """Numpy numbers as Arrow values of shape (rows,), or a scalar for zero dimensions; what is not
    finite becomes null. `nulls` broadcasts to the shape of the numbers."""
    if found.dtype.kind == "f":
        nulls = nulls | ~np.isfinite(found)
    if found.ndim == 0:
        type_ = pa.float64() if found.dtype.kind == "f" else pa.int64()
        return pa.scalar(None if nulls else found.item(), type_)
    return pa.array(found, mask=np.broadcast_to(nulls, found.shape))


def finite(values: Values) -> Values:
    """The values with null where they are not finite."""
    if kind(values) is not Kind.REAL:
        return values
    return pc.if_else(pc.is_finite(values), values, pa.scalar(None, pa.float64()))
