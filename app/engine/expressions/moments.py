"""Functions of moments, on Arrow arrays and constants, and moments moved by durations.

A duration is a number of one unit, a struct of one field: months have no length in days, and days
added to a date leave a date.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.expressions.kinds import ARROW_TYPES, DURATIONS, Kind
from app.engine.expressions.values import Values, as_moment, has_clock, kind, numbers

_SECOND = 1_000_000  # microseconds
_DAY = 86_400 * _SECOND
_SPAN = 10_000 * 366 * _DAY  # longer than the calendar
_FIRST, _END = -62_135_596_800_000_000, 253_402_300_800_000_000  # years 1 and 10,000, from 1970

Whole = NDArray[np.int64]


def _days(value: Values) -> Values:
    return as_moment(value, Kind.DATE).cast(pa.date32()).cast(pa.int32()).cast(pa.int64())


def days_between(first: Values, second: Values) -> Values:
    return pc.subtract(_days(second), _days(first))


def part_of_date(function: str) -> Callable[..., Values]:
    return lambda value: pc.call_function(function, [as_moment(value, Kind.DATE)]).cast(pa.int64())


def weekday(value: Values) -> Values:
    """1 for Monday to 7 for Sunday (ISO 8601)."""
    return pc.day_of_week(as_moment(value, Kind.DATE), count_from_zero=False, week_start=1)


def duration(unit: Kind, size: int) -> Callable[..., Values]:
    """So many times `size` months, days or seconds, which are the step of moments.

    Raises, when it runs:
        OverflowError: where it is longer than the calendar.
    """
    longest = _SPAN // {Kind.MONTHS: 28 * _DAY, Kind.DAYS: _DAY}.get(unit, _SECOND)

    def run(count: Values) -> Values:
        array, nulls = numbers(count)
        if (np.abs(array.astype(np.float64)) > longest / size).any():
            raise OverflowError("a duration is longer than the calendar")
        whole = np.rint(array * size).astype(np.int64)
        return _as_duration(whole, nulls, unit)

    return run


def _as_duration(count: Whole, nulls: NDArray[np.bool_], unit: Kind) -> Values:
    field = ARROW_TYPES[unit].field(0)
    if count.ndim == 0:
        return pa.scalar({field.name: None if nulls else int(count)}, ARROW_TYPES[unit])
    return pa.StructArray.from_arrays([pa.array(count, mask=nulls)], fields=[field])


def moved(moment: Values, by: Values, sign: int) -> Values:
    """A moment a duration later, earlier where `sign` is -1. A date stays a date unless it is moved
    by hours.

    Raises:
        OverflowError: where a moment leaves the years 1 to 9999.
    """
    if kind(moment) in DURATIONS:
        moment, by = by, moment
    moment = as_moment(moment, Kind.DATETIME if has_clock(moment) else Kind.DATE)
    dates = kind(moment) is not Kind.DATETIME
    places, no_place = numbers(moment.cast(pa.timestamp("us")).cast(pa.int64()))
    count, no_count = numbers(_count(by))
    nulls = no_place | no_count
    found = np.where(nulls, 0, _moved(places, count * sign, kind(by)))
    if ((found < _FIRST) | (found >= _END)).any():
        raise OverflowError("a moment leaves the years 1 to 9999")
    type_ = pa.date32() if dates and kind(by) is not Kind.CLOCK else pa.timestamp("us")
    return _as_moments(found, nulls, type_)


def _count(by: Values) -> Values:
    return by[0] if isinstance(by, pa.Scalar) else pc.struct_field(by, 0)


def _moved(places: Whole, count: Whole, unit: Kind) -> Whole:
    if unit is Kind.MONTHS:
        days, clock = np.divmod(places, _DAY)
        return months_after(days, count) * _DAY + clock
    return places + count * (_DAY if unit is Kind.DAYS else _SECOND)


def _as_moments(found: Whole, nulls: NDArray[np.bool_], type_: pa.DataType) -> Values:
    if found.ndim == 0:
        return pa.scalar(None if nulls else int(found), pa.timestamp("us")).cast(type_)
    moments = pa.array(found, mask=np.broadcast_to(nulls, found.shape)).view(pa.timestamp("us"))
    return moments if type_ == moments.type else moments.cast(type_)


def months_after(days: Whole, months: Whole) -> Whole:
    """The same day so many months of the calendar later, or the last of a month that is shorter;
    negative months are earlier.

    Args:
        days: days since 1970-01-01, shape (rows,), as the result.
        months: whole months, shape (rows,).
    """
    dates = days.astype("datetime64[D]")
    first = dates.astype("datetime64[M]")
    day = (dates - first).astype(np.int64)
    goal = first + months
    length = ((goal + 1).astype("datetime64[D]") - goal.astype("datetime64[D]")).astype(np.int64)
    return np.asarray(goal.astype("datetime64[D]").astype(np.int64) + np.minimum(day, length - 1))
