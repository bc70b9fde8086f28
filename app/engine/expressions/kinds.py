"""Kinds of values in expressions, and which may stand together."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from enum import Enum

import pyarrow as pa

Moment = datetime.date | datetime.datetime | datetime.time


class Kind(Enum):
    INTEGER = "a whole number"
    REAL = "a number"
    TEXT = "a text"
    BOOL = "a condition"
    DATE = "a date"
    DATETIME = "a date with time"
    TIME = "a time of day"
    CLOCK = "a duration of hours"
    DAYS = "a duration of days"
    MONTHS = "a duration of months"
    NULL = "null"


NUMBERS = frozenset({Kind.INTEGER, Kind.REAL})
DAYS = frozenset({Kind.DATE, Kind.DATETIME})
MOMENTS = DAYS | {Kind.TIME}
DURATIONS = frozenset({Kind.CLOCK, Kind.DAYS, Kind.MONTHS})


def _duration_type(unit: str) -> pa.DataType:
    """A count of this unit."""
    return pa.struct([pa.field(unit, pa.int64())])


ARROW_TYPES: dict[Kind, pa.DataType] = {
    Kind.INTEGER: pa.int64(),
    Kind.REAL: pa.float64(),
    Kind.TEXT: pa.string(),
    Kind.BOOL: pa.bool_(),
    Kind.DATE: pa.date32(),
    Kind.DATETIME: pa.timestamp("us"),
    Kind.TIME: pa.time64("us"),
    Kind.CLOCK: _duration_type("seconds"),
    Kind.DAYS: _duration_type("days"),
    Kind.MONTHS: _duration_type("months"),
    Kind.NULL: pa.null(),
}


class KindError(Exception):
    """Kinds that do not go together; its text says which, its hint what would be right."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


def kind_of(type_: pa.DataType) -> Kind:
    """The kind of an Arrow type; labels are text.

    Raises:
        KindError: for types that tables do not have.
    """
    tests = (
        (pa.types.is_dictionary, Kind.TEXT),
        (pa.types.is_integer, Kind.INTEGER),
        (pa.types.is_floating, Kind.REAL),
        (pa.types.is_string, Kind.TEXT),
        (pa.types.is_large_string, Kind.TEXT),
        (pa.types.is_boolean, Kind.BOOL),
        (pa.types.is_date, Kind.DATE),
        (pa.types.is_timestamp, Kind.DATETIME),
        (pa.types.is_time, Kind.TIME),
        (pa.types.is_null, Kind.NULL),
    )
    for test, kind in tests:
        if test(type_):
            return kind
    for kind in DURATIONS:
        if type_ == ARROW_TYPES[kind]:
            return kind
    raise KindError(f"a column of type {type_} cannot stand in an expression")


def literal_kind(value: object) -> Kind:
    kinds = {bool: Kind.BOOL, int: Kind.INTEGER, float: Kind.REAL, str: Kind.TEXT}
    return kinds.get(type(value), Kind.NULL)


def common_kind(kinds: Sequence[Kind]) -> Kind:
    """The one kind that all of these can be read as.

    Raises:
        KindError: where there is none.
    """
    distinct = set(kinds) - {Kind.NULL}
    if len(distinct) <= 1:
        return distinct.pop() if distinct else Kind.NULL
    if distinct <= NUMBERS:
        return Kind.REAL
    if distinct <= DAYS:
        return Kind.DATETIME
    first, second, *_ = sorted(distinct, key=lambda kind: kind.value)
    raise KindError(f"{first.value} and {second.value} do not go together")


def parse_moment(text: str, kind: Kind) -> Moment:
    """An ISO text as a value of the kind.

    Raises:
        KindError: where the text is none.
    """
    readers: dict[Kind, Callable[[str], Moment]] = {
        Kind.DATE: datetime.date.fromisoformat,
        Kind.DATETIME: datetime.datetime.fromisoformat,
        Kind.TIME: datetime.time.fromisoformat,
    }
    try:
        value = readers[kind](text)
    except ValueError:
        raise KindError(f"{text!r} is not {kind.value} such as {_EXAMPLES[kind]}") from None
    if isinstance(value, datetime.datetime | datetime.time) and value.tzinfo is not None:
        raise KindError(f"{text!r} has a time zone; columns have none")
    return value


_EXAMPLES = {
    Kind.DATE: "'2020-12-31'",
    Kind.DATETIME: "'2020-12-31 12:30'",
    Kind.TIME: "'12:30'",
}
