"""How each operation is computed on Arrow arrays and constants."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from app.engine.expressions.kinds import DURATIONS
from app.engine.expressions.moments import moved
from app.engine.expressions.values import (
    Values,
    aligned,
    arrow,
    finite,
    kind,
    numbers,
)


def movable(arithmetic: Callable[..., Values], sign: int) -> Callable[..., Values]:
    """Addition or subtraction that also moves moments by durations."""

    def run(left: Values, right: Values) -> Values:
        if DURATIONS & {kind(left), kind(right)}:
            return moved(left, right, sign)
        return arithmetic(left, right)

    return run


def arithmetic(function: str) -> Callable[..., Values]:
    def run(*values: Values) -> Values:
        left, right = aligned(values)
        if left.type == pa.null():
            left, right = left.cast(pa.float64()), right.cast(pa.float64())
        return finite(pc.call_function(function, [left, right]))

    return run


def comparison(function: str) -> Callable[..., Values]:
    def run(*values: Values) -> Values:
        left, right = aligned(values)
        if left.type == pa.null():
            return pa.scalar(None, pa.bool_())
        return pc.call_function(function, [left, right])

    return run


def numeric(function: Callable[..., Any], dtype: type | None = np.float64) -> Callable[..., Values]:
    """An operation on numpy numbers; `dtype` None keeps whole numbers whole."""

    def run(*values: Values) -> Values:
        pairs = [numbers(value) for value in values]
        arrays = [array if dtype is None else array.astype(dtype) for array, _ in pairs]
        nulls = reduce(np.logical_or, (null for _, null in pairs))
        with np.errstate(all="ignore"):
            return arrow(np.asarray(function(*arrays)), nulls)

    return run


def division(function: Callable[..., Any]) -> Callable[..., Values]:
    """Floor division or its remainder, null where the divisor is 0."""

    def run(left: Values, right: Values) -> Values:
        (top, no_top), (bottom, no_bottom) = numbers(left), numbers(right)
        zero = bottom == 0
        with np.errstate(all="ignore"):
            found = function(top, np.where(zero, np.ones_like(bottom), bottom))
        return arrow(np.asarray(found), no_top | no_bottom | zero)

    return run


def whole(function: Callable[[Any], Any]) -> Callable[..., Values]:
    """A rounding to whole numbers, null outside 64 bits."""

    def run(value: Values) -> Values:
        array, nulls = numbers(value)
        if array.dtype.kind == "i":
            return value
        found = np.asarray(function(array))
        outside = ~(np.abs(found) < 2.0**63)
        return arrow(np.where(outside, 0.0, found).astype(np.int64), nulls | outside)

    return run


def rounded(value: Values, digits: Values | None = None) -> Values:
    places = 0 if digits is None else int(digits.as_py())
    if digits is None or (pa.types.is_integer(value.type) and places >= 0):
        return whole(np.rint)(value)
    array, nulls = numbers(value)
    scale = 10.0 ** abs(places)
    real = array.astype(np.float64)
    found = np.rint(real * scale) / scale if places >= 0 else np.rint(real / scale) * scale
    found = np.where(np.isfinite(found), found, real)
    return arrow(found.astype(array.dtype), nulls)


def least(*values: Values) -> Values:
    return _extreme(pc.min_element_wise, values)


def greatest(*values: Values) -> Values:
    return _extreme(pc.max_element_wise, values)


def _extreme(choose: Callable[..., Values], values: tuple[Values, ...]) -> Values:
    found = aligned(values)
    if pa.types.is_null(found[0].type):  # which Arrow compares not at all
        return next((each for each in found if isinstance(each, pa.Array)), found[0])
    return choose(*found, skip_nulls=False)


def clipped(value: Values, low: Values, high: Values) -> Values:
    return least(greatest(value, low), high)


def _boolean(value: Values) -> Values:
    return value.cast(pa.bool_()) if value.type == pa.null() else value


def conjunction(*values: Values) -> Values:
    return reduce(pc.and_kleene, map(_boolean, values))


def disjunction(*values: Values) -> Values:
    return reduce(pc.or_kleene, map(_boolean, values))


def negation(value: Values) -> Values:
    return pc.invert(_boolean(value))


def membership(value: Values, *items: Values) -> Values:
    found = aligned((value, *items))
    members = pa.array([item.as_py() for item in found[1:]], found[0].type)
    inside = pc.is_in(found[0], value_set=members)
    return pc.if_else(pc.is_null(found[0]), pa.scalar(None, pa.bool_()), inside)


def choice(condition: Values, then: Values, otherwise: Values) -> Values:
    then, otherwise = aligned((then, otherwise))
    return pc.if_else(_boolean(condition), then, otherwise)


def first_valid(*values: Values) -> Values:
    return pc.coalesce(*aligned(values))
