"""Moments in another time zone, by the tables of the package `tzdata`: those of a machine differ
from one to the next, and bytes with them."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.expressions.kinds import Kind
from app.engine.expressions.values import Values, as_moment, numbers

_EPOCH = dt.datetime(1970, 1, 1)
_SECOND = 1_000_000  # microseconds
_DAY = 86_400 * _SECOND
_FIRST, _END = -62_135_510_400_000_000, 253_402_214_400_000_000  # a day inside years 1 to 9999

Whole = NDArray[np.int64]


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """Every time zone by its name, such as Europe/Berlin."""
    return tuple(resources.files("tzdata").joinpath("zones").read_text("utf-8").split())


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    """The zone of one of `zone_names`."""
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def in_zone(moment: Values, source: Values, goal: Values) -> Values:
    """What clocks of the zone `goal` show when those of the zone `source` show these datetimes.

    Of an hour that comes twice the first is meant; one that is left out is counted on from before.

    Raises:
        OverflowError: where a moment lies at the ends of the years 1 to 9999.
    """
    datetimes = as_moment(moment, Kind.DATETIME)
    places, nulls = numbers(datetimes.cast(pa.int64()))
    shown = np.atleast_1d(np.where(nulls, 0, places).astype(np.int64))
    if ((shown < _FIRST) | (shown >= _END)).any():
        raise OverflowError("a moment leaves the years 1 to 9999")
    instants = shown - _offsets(shown, _zone(source.as_py()), fixed=False)
    found = instants + _offsets(instants, _zone(goal.as_py()), fixed=True)
    if isinstance(datetimes, pa.Scalar):
        return pa.scalar(None if nulls.any() else int(found[0]), pa.timestamp("us"))
    return pa.array(found, mask=np.broadcast_to(nulls, found.shape)).view(pa.timestamp("us"))


def _offsets(places: Whole, zone: ZoneInfo, *, fixed: bool) -> Whole:
    """How far ahead of UTC clocks of the zone are, in microseconds, of the shape of `places`.

    Args:
        places: microseconds since 1970, of UTC where `fixed`, else as the clocks show them.
    """
    days, which = np.unique(places // _DAY, return_inverse=True)
    starts = np.array([_offset(int(day) * _DAY, zone, fixed) for day in days], dtype=np.int64)
    ends = np.array([_offset((int(day) + 1) * _DAY, zone, fixed) for day in days], dtype=np.int64)
    found = starts[which]
    for row in np.flatnonzero((starts != ends)[which]):
        found[row] = _offset(int(places[row]), zone, fixed)
    return found


def _offset(place: int, zone: ZoneInfo, fixed: bool) -> int:
    moment = _EPOCH + dt.timedelta(microseconds=place)
    moment = (
        moment.replace(tzinfo=dt.UTC).astimezone(zone) if fixed else moment.replace(tzinfo=zone)
    )
    return round((moment.utcoffset() or dt.timedelta()) / dt.timedelta(microseconds=1))
