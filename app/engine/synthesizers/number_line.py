"""Numbers and moments on one line, so that they can be compared and added across columns."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

DAY = 86_400_000_000  # microseconds
EXACT = 2.0**53
MOST_DECIMALS = 12
_MICROSECONDS = {"s": 1_000_000, "ms": 1_000, "us": 1}

Floats = NDArray[np.float64]
Places = NDArray[np.int32]


def is_on_line(kind: pa.DataType) -> bool:
    """Whether values of an Arrow type have a place on the line that a float can hold."""
    types = pa.types
    if types.is_timestamp(kind):
        return kind.unit in _MICROSECONDS
    return bool(
        types.is_integer(kind)
        or types.is_floating(kind)
        or types.is_decimal(kind)
        or types.is_date32(kind)
    )


def is_moment(kind: pa.DataType) -> bool:
    """Whether the line of an Arrow type is that of moments."""
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))


def places_on_line(cells: pa.Array) -> Floats:
    """Numbers as they are, moments as microseconds since 1970, NaN for null; shape (rows,)."""
    kind = cells.type
    unit = _unit(kind)
    if unit is not None:
        cells = cells.cast(pa.int32() if pa.types.is_date32(kind) else pa.int64())
    numbers = cells.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return np.asarray(numbers, np.float64) * (unit or 1)


def cells_on_line(places: Floats, kind: pa.DataType) -> pa.Array:
    """What `places_on_line` turned into places; null for NaN."""
    missing = np.isnan(places)
    unit = _unit(kind)
    if unit is None and not pa.types.is_integer(kind):
        numbers = pa.array(np.where(missing, 0.0, places), mask=missing)
        return numbers.cast(kind, safe=False)
    whole = np.round(np.where(missing, 0.0, places) / (unit or 1)).astype(np.int64)
    found = pa.array(whole, mask=missing)
    return (found.cast(pa.int32()) if pa.types.is_date32(kind) else found).cast(kind)


def step_of(values: pa.Array) -> float:
    """The step that all values are multiples of: 1 for whole numbers, the last decimal of others,
    0 where they have no end; shape of `values` (values,)."""
    kind, places = values.type, places_on_line(values)
    if pa.types.is_integer(kind):
        return 1.0
    if is_moment(kind):
        step = int(np.gcd.reduce(places.astype(np.int64))) if len(places) else 0
        return float(step or 1)
    for decimals in range(MOST_DECIMALS + 1):
        if bool((np.round(places, decimals) == places).all()):
            return float(10.0**-decimals)
    return 0.0


def on_step(places: Floats, step: float) -> Floats:
    """The nearest multiples of a step, as their decimals are read; the places where it is 0."""
    if not step:
        return places
    if step < 1.0:
        return np.round(places, round(-np.log10(step)))
    return np.round(places / step) * step


def _unit(kind: pa.DataType) -> int | None:
    """Microseconds of what a moment counts; None for numbers."""
    if pa.types.is_date32(kind):
        return DAY
    return _MICROSECONDS[kind.unit] if pa.types.is_timestamp(kind) else None


def between_neighbours(
    known: Floats, codes: Places, low: Places, high: Places, fractions: Floats
) -> Floats:
    """Numbers between the midpoints to the neighbours, as far as those lie from low to high."""
    left = (known[np.maximum(codes - 1, low)] + known[codes]) / 2.0
    right = (known[codes] + known[np.minimum(codes + 1, high)]) / 2.0
    return left + fractions * (right - left)


def on_steps(found: Floats, known: Floats) -> Floats:
    """Numbers of any shape, rounded to the steps that known ones, of shape (values,), have: whole
    hundreds, or 0.05."""
    decimals = _common_decimals(known)
    if decimals is None:
        return found
    unit = 10.0**decimals
    whole = np.round((known - known[0]) * unit)
    step = float(np.gcd.reduce(whole.astype(np.int64))) or 1.0
    rounded = known[0] + np.round((found - known[0]) * unit / step) * step / unit
    return np.round(rounded, decimals)


def _common_decimals(known: Floats) -> int | None:
    """How many decimals numbers have at most; None where they have no end."""
    for decimals in range(MOST_DECIMALS + 1):
        if (np.round(known, decimals) == known).all():
            is_exact = (known[-1] - known[0]) * 10.0**decimals < EXACT
            return decimals if is_exact else None
    return None
