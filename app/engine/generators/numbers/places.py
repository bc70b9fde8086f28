"""Moments as whole numbers of steps: days for dates, seconds for datetimes and times."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.expressions.moments import months_after

EPOCH = dt.datetime(1970, 1, 1)
LARGEST_PLACE = 10**12  # seconds; far beyond the year 9999
_DAY = 86_400

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Unit:
    """The step of a kind of moment: days for dates, seconds for the others."""

    arrow: pa.DataType
    seconds: int

    def place(self, text: str) -> int:
        """The moment of an ISO text in steps since the epoch (times: since midnight)."""
        if pa.types.is_time(self.arrow):
            moment = dt.datetime.combine(EPOCH, dt.time.fromisoformat(text))
        else:
            moment = dt.datetime.fromisoformat(text).replace(tzinfo=None)
        return int((moment - EPOCH).total_seconds()) // self.seconds

    def cast(self, places: pa.Array) -> pa.Array:
        """Steps since the epoch (times: since midnight), int64, as moments of this kind, shape
        (rows,)."""
        if pa.types.is_date(self.arrow):
            return places.cast(pa.int32()).view(self.arrow)
        return pc.multiply(places, 1_000_000).view(self.arrow)

    def places(self, moments: pa.Array) -> Floats:
        """Moments of any kind in steps of this one, rounded down; NaN where null, shape (rows,)."""
        dates = pa.types.is_date(moments.type)
        numbers = moments.cast(pa.int32() if dates else pa.int64()).cast(pa.float64())
        seconds = numbers.to_numpy(zero_copy_only=False) * (_DAY if dates else 1e-6)
        # Whole microseconds, so that a second is not lost to the last bit.
        return np.asarray(np.floor(np.rint(seconds * 1e6) / 1e6 / self.seconds), dtype=np.float64)

    def text(self, place: int) -> str:
        """The moment as people write it."""
        if pa.types.is_time(self.arrow):
            return (EPOCH + dt.timedelta(seconds=place)).time().isoformat()
        try:
            moment = EPOCH + dt.timedelta(seconds=place * self.seconds)
        except OverflowError:
            return "a day outside the years 1 to 9999"
        return str(moment.date()) if pa.types.is_date(self.arrow) else moment.isoformat()


UNITS = {
    "date": Unit(pa.date32(), _DAY),
    "datetime": Unit(pa.timestamp("us"), 1),
    "time": Unit(pa.time64("us"), 1),
}


def steps_of_shares(shares: Floats, steps: Floats | float) -> Floats:
    """The step, from 0, in which a share of a range of so many steps lies: 1 is in the last. A
    share that its text rounds down a little still means its own step. Shares of [0, 1] and steps
    broadcast against each other, and the steps found have their shape."""
    return np.floor((shares + _slack(steps)) * steps).clip(0, steps - 1)


def share_before(places: Floats, steps: Floats | float) -> Floats:
    """The largest share that lies in a step before these, of the shape of `places`."""
    return np.asarray(places / steps - _slack(steps))


def _slack(steps: Floats | float) -> Floats:
    return np.maximum(1e-9 / steps, 2.0**-50)


def months_later(
    places: NDArray[np.int64], months: NDArray[np.int64], unit: Unit
) -> NDArray[np.int64]:
    """The same day so many months of the calendar later, or the last of a month that is shorter;
    negative months are earlier.

    Args:
        places: steps of the unit since the epoch, shape (rows,), as the result.
        months: whole months, shape (rows,).
    """
    days, clock = np.divmod(places * unit.seconds, _DAY)
    return np.asarray((months_after(days, months) * _DAY + clock) // unit.seconds)


def written(moments: pa.Array, pattern: str | None) -> pa.Array:
    """The moments themselves, or their text by a strftime pattern; shape (rows,), null stays
    null."""
    if pattern is None:
        return moments
    if pa.types.is_time(moments.type):
        moments = moments.cast(pa.int64()).view(pa.timestamp("us"))
    coded = moments.dictionary_encode()
    texts = pc.strftime(coded.dictionary.cast(pa.timestamp("s"), safe=False), format=pattern)
    return texts.take(coded.indices)
