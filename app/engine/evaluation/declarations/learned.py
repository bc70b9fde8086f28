"""Bounds that are declared of learned columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import partial
from typing import Any

from app.engine.evaluation.accumulators.ranges import RangeAccumulator, written
from app.engine.evaluation.declarations.scope import TableScope
from app.engine.evaluation.measurement import Measurement
from app.engine.schema.learned import LearnedColumn, LearnedMoment, LearnedNumber

_READ = {
    "date": dt.date.fromisoformat,
    "datetime": dt.datetime.fromisoformat,
    "time": dt.time.fromisoformat,
}


def bound_facts(name: str, column: LearnedColumn, scope: TableScope) -> Iterator[Measurement]:
    """The declared ends of a column's values; none where none is declared."""
    if isinstance(column, LearnedNumber):
        ends = _declared(column, ("min", column.min), ("max", column.max))
    elif isinstance(column, LearnedMoment):
        start, end = _moment(column, column.start), _moment(column, column.end, is_end=True)
        ends = _declared(column, ("start_date", start), ("end_date", end))
    else:
        return
    if ends != (None, None):
        words = f"bounds of {name}"
        declared = [written(end) for end in ends]
        start_measuring = partial(RangeAccumulator, name, *ends)
        yield scope.one(words, declared, start_measuring, note="least and largest value")


def _declared(column: LearnedColumn, *ends: tuple[str, Any]) -> tuple[Any, ...]:
    return tuple(value if key in column.declared else None for key, value in ends)


def _moment(column: LearnedMoment, text: str | None, *, is_end: bool = False) -> Any:
    """A moment of the column's kind; a day is its last second as an end of datetimes."""
    if text is None:
        return None
    if column.type == "datetime" and is_end and len(text) == len("2020-12-31"):
        text += "T23:59:59"
    return _READ[column.type](text)
