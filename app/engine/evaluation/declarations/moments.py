"""Facts of dates, datetimes and times: their range, distribution, order and format."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.evaluation.accumulator import Array, numbers
from app.engine.evaluation.accumulators.distances import (
    DistanceAccumulator,
    Read,
    distance_tolerance,
)
from app.engine.evaluation.accumulators.ranges import RangeAccumulator
from app.engine.evaluation.accumulators.violations import Check
from app.engine.evaluation.declarations.following import following_fact
from app.engine.evaluation.declarations.scope import TableScope
from app.engine.evaluation.marginal_cdf import moment_cdf
from app.engine.evaluation.measurement import Measurement
from app.engine.generators.numbers.following import BetweenGenerator
from app.engine.generators.numbers.moments import DAY_SECONDS, MomentGenerator
from app.engine.generators.numbers.places import UNITS
from app.engine.schema.models import MomentColumn

Moment = dt.date | dt.datetime | dt.time
END_OF_DAY = dt.time(23, 59, 59)


def moment_facts(column: MomentColumn, name: str, scope: TableScope) -> Iterator[Measurement]:
    """What a column of moments promises; one written by a pattern only how it is written."""
    if column.format is not None:
        if pattern_is_readable(column):
            check = _written_by(name, column.format)
            yield scope.every_row(f"format of {name}", check, f"pattern {column.format}")
        return
    if column.crosses_midnight:
        words = f"{name} from {column.start} to {column.end}"
        yield scope.every_row(words, _by_day(column, name), "across midnight")
    elif column.start or column.end:
        yield _range(column, name, scope)
    for other, later in ((column.after, True), (column.before, False)):
        if other in scope.schema.names:
            assert other is not None
            words = f"{name} {'after' if later else 'before'} {other}"
            yield scope.every_row(words, _in_order(name, other, later), "null counts as kept")
    generator = scope.generator(name)
    if isinstance(generator, MomentGenerator):
        yield _distribution(column, name, generator, scope)
    elif isinstance(generator, BetweenGenerator) and generator.reads <= set(scope.schema.names):
        yield following_fact(column, name, generator, scope)


def _range(column: MomentColumn, name: str, scope: TableScope) -> Measurement:
    low, high = _bound(column, column.start, False), _bound(column, column.end, True)
    start = partial(RangeAccumulator, name, low, high)
    limits = [None if bound is None else bound.isoformat() for bound in (low, high)]
    if low is None or high is None:
        words = f"from {limits[0]} on" if high is None else f"until {limits[1]}"
    else:
        words = f"within {limits[0]}..{limits[1]}"
    return scope.one(f"{name} {words}", limits, start, note="first and last moment")


def _by_day(column: MomentColumn, name: str) -> Check:
    """Where a time lies between the end and the start of times across midnight."""
    low, high = (UNITS["time"].place(str(text)) for text in (column.end, column.start))

    def broken(batch: pa.RecordBatch) -> NDArray[np.bool_]:
        seconds = numbers(batch, name)
        return np.asarray((seconds > low) & (seconds < high))

    return broken


def _across_midnight(batch: pa.RecordBatch, name: str, start: int) -> Array:
    """Seconds since midnight, those before the start counted on from the day before."""
    seconds = numbers(batch, name)
    return np.where(seconds < start, seconds + DAY_SECONDS, seconds)


def _bound(column: MomentColumn, text: str | None, is_end: bool) -> Moment | None:
    """The moment of an ISO text; a day is a datetime from its first to its last second."""
    if text is None:
        return None
    if column.type == "time":
        return dt.time.fromisoformat(text)
    if column.type == "date":
        return dt.date.fromisoformat(text[:10])
    if len(text) == len("2020-12-31"):
        day = dt.date.fromisoformat(text)
        return dt.datetime.combine(day, END_OF_DAY if is_end else dt.time())
    return dt.datetime.fromisoformat(text)


def _distribution(
    column: MomentColumn, name: str, generator: MomentGenerator, scope: TableScope
) -> Measurement:
    law = column.distribution.family if column.distribution else "uniform"
    note = scope.noted(f"Kolmogorov–Smirnov distance to {law} over the range")

    def start() -> DistanceAccumulator:
        declared = moment_cdf(column, generator.start, generator.steps)
        read: Read = numbers
        if column.crosses_midnight:
            read = partial(_across_midnight, start=generator.start)
        return DistanceAccumulator(name, declared, scope.sampling, read)

    present = round(scope.rows * (1.0 - column.missing))
    tolerance = distance_tolerance(present, scope.sampling)
    return scope.one(f"distribution of {name}", 0.0, start, tolerance, note)


def _in_order(name: str, other: str, later: bool) -> Check:
    def broken(batch: pa.RecordBatch) -> NDArray[np.bool_]:
        own, others = (_comparable(batch.column(each)) for each in (name, other))
        kept = pc.greater(own, others) if later else pc.less(own, others)
        return ~np.asarray(kept.fill_null(True).to_numpy(zero_copy_only=False), dtype=np.bool_)

    return broken


def _comparable(moments: pa.Array) -> pa.Array:
    return moments if pa.types.is_time(moments.type) else moments.cast(pa.timestamp("us"))


def pattern_is_readable(column: MomentColumn) -> bool:
    """Whether a text by the column's pattern can be read back and written again the same."""
    sample = pa.array([dt.datetime(2001, 2, 3, 4, 5, 6), dt.datetime(2019, 11, 28, 23, 59)])
    try:
        texts = pc.strftime(sample.cast(pa.timestamp("s")), format=column.format)
        return not _misread(texts, column.format or "").any()
    except pa.ArrowException:
        return False


def _written_by(name: str, pattern: str) -> Check:
    def broken(batch: pa.RecordBatch) -> NDArray[np.bool_]:
        texts = batch.column(name)
        return _misread(texts, pattern) & texts.is_valid().to_numpy(zero_copy_only=False)

    return broken


def _misread(texts: pa.Array, pattern: str) -> NDArray[np.bool_]:
    read = pc.strptime(texts, format=pattern, unit="s", error_is_null=True)
    again = pc.equal(pc.strftime(read, format=pattern), texts).fill_null(False)
    return ~np.asarray(again.to_numpy(zero_copy_only=False), dtype=np.bool_)
