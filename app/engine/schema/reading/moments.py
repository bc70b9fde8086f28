"""Dates, datetimes and times as ISO 8601 texts."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from app.engine.schema.problems import shown
from app.engine.schema.reading.section import Section

_EXAMPLES = {"date": "2024-12-31", "datetime": "2024-12-31T18:30:00", "time": "18:30:00"}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?")
_DIRECTIVE = re.compile(r"%(.?)", re.DOTALL)
_OF_DATES = frozenset("aAbBdDeFgGhjmuUVwWxyYC")
_OF_TIMES = frozenset("HIMSpTRrX")
_OF_DATETIMES = _OF_DATES | _OF_TIMES | {"c"}
_PATTERNS = {"date": "%d.%m.%Y", "datetime": "%Y-%m-%d %H:%M:%S", "time": "%H:%M"}
Moment = dt.datetime | dt.time


def check_moments(section: Section, kind: str, fields: dict[str, Any]) -> None:
    """Check `start` and `end` and write them as Python's isoformat does.

    A date alone stays a date in a datetime column: as an end it means the whole day.
    """
    places: dict[str, Moment] = {}
    for key in ("start", "end"):
        text = fields.get(key)
        if text is None:
            continue
        parsed = parse_moment(kind, text)
        if parsed is None:
            message = f"a {kind} is wanted, not {shown(text)}"
            section.problems.fault(section.place(key), message, f"for instance {_EXAMPLES[kind]}")
            fields.pop(key)
            continue
        fields[key], places[key] = parsed
    if kind == "time" and not (fields.get("after") or fields.get("before")):
        return  # from late to early is across midnight
    if len(places) == 2 and not _in_order(places["start"], places["end"], fields["end"]):
        message = f"start {fields['start']} is after end {fields['end']}"
        section.problems.fault(section.place("start"), message, "swap the two")


def read_day(section: Section, key: str) -> dt.date | None:
    """A day written as 2024-12-31; None, and a fault, for anything else."""
    text = section.text(key)
    parsed = None if text is None else parse_moment("date", text)
    if text is not None and parsed is None:
        message = f"a date is wanted, not {shown(text)}"
        section.problems.fault(section.place(key), message, f"for instance {_EXAMPLES['date']}")
    return dt.date.fromisoformat(parsed[0]) if parsed else None


def check_pattern(section: Section, kind: str, pattern: Any) -> None:
    """Check a strftime pattern: known directives, of what the column has, and one at least."""
    if not isinstance(pattern, str):
        return
    allowed = {"date": _OF_DATES, "time": _OF_TIMES, "datetime": _OF_DATES | _OF_TIMES | {"c"}}[
        kind
    ]
    found = set(_DIRECTIVE.findall(pattern)) - {"%"}
    unknown = sorted(found - allowed)
    hint = f"for instance {_PATTERNS[kind]!r}"
    if unknown:
        message = f"a {kind} has nothing to write for {'%' + unknown[0]!r}"
        section.fault(message, hint, "format")
    elif not found:
        section.fault("it would write the same text in every row", hint, "format")


def tells_apart(kind: str, pattern: str) -> bool:
    """Whether two different moments always have different texts."""
    found = set(_DIRECTIVE.findall(pattern))
    day = "F" in found or ("Y" in found and ("j" in found or ("d" in found and found & set("mbB"))))
    hour = "H" in found or {"I", "p"} <= found
    time = "T" in found or (hour and {"M", "S"} <= found)
    return bool((kind == "time" or day) and (kind == "date" or time))


def parse_moment(kind: str, text: str) -> tuple[str, Moment] | None:
    """The text in its canonical form and the moment it means; None where it is none of `kind`."""
    try:
        if kind == "time":
            return _parse_time(text)
        date, clock = text[:10], text[10:]
        if not _DATE.fullmatch(date):
            return None
        day = dt.date.fromisoformat(date)
        if not clock:
            return date, dt.datetime.combine(day, dt.time())
        found = _parse_time(clock[1:]) if kind == "datetime" and clock[0] in "T " else None
    except ValueError:
        return None
    if found is None:
        return None
    return f"{date}T{found[0]}", dt.datetime.combine(day, found[1])


def _parse_time(text: str) -> tuple[str, dt.time] | None:
    if not _TIME.fullmatch(text):
        return None
    hours, rest = text.split(":", 1)
    time = dt.time.fromisoformat(f"{hours:0>2}:{rest}")
    return time.isoformat(), time


def _in_order(start: Moment, end: Moment, end_text: str) -> bool:
    if isinstance(start, dt.datetime) and isinstance(end, dt.datetime):
        return start.date() <= end.date() if _DATE.fullmatch(end_text) else start <= end
    return isinstance(start, dt.time) and isinstance(end, dt.time) and start <= end
