"""Columns of the language for what a script says of columns."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from app.engine.importing.drafts import Document, plain_name
from app.engine.importing.sql.facts import ColumnFacts
from app.engine.importing.sql.texts import text_column, unique_text

MISSING = 0.1
"""Share of nulls that a column which may be null is given."""
YEAR = ("2024-01-01", "2024-12-31")
BIRTHS = ("1950-01-01", "2005-12-31")
DAY = ("08:00:00", "18:00:00")
MOST_NUMBER = 1000.0
MOST_DAYS = 30
"""Between two moments of which one comes after the other."""
UNIQUE_NUMBERS = 1_000_000
# Ends of whole numbers by the last word of the name; without one they are from 0 to 100.
_KNOWN_ENDS = {"age": (18, 90), "year": (1990, 2025), "quantity": (1, 10), "qty": (1, 10),
               "month": (1, 12), "rating": (1, 5), "percent": (0, 100)}  # fmt: skip


@dataclass
class MadeColumn:
    """What a definition says of a column.

    Args:
        assumed: what the script does not say, in words.
        capacity: how many different values there can be; None for any number.
    """

    spec: Document
    assumed: list[str] = field(default_factory=list)
    capacity: int | None = None


def made_column(facts: ColumnFacts) -> MadeColumn:
    """The column of the language, with nulls where there may be some."""
    made = _made(facts)
    made.assumed += facts.assumed
    if not facts.not_null and made.spec["type"] != "formula":
        made.spec["missing"] = MISSING
        made.assumed.append("it may be null: a tenth of the rows is")
    if facts.column.default and not facts.identity and facts.family != "uuid":
        made.assumed.append("its default is not drawn more often than other values")
    if facts.column.comment.strip():
        made.spec["description"] = facts.column.comment.strip()
    return made


def _made(facts: ColumnFacts) -> MadeColumn:
    if facts.formula:
        return _formula(facts)
    if facts.per:
        return MadeColumn({"type": "line_number", "per": facts.per})
    if facts.labels and not (facts.unique or facts.is_key):
        return _category(facts)
    builders = {"integer": _integer, "decimal": _decimal, "float": _float, "boolean": _boolean,
              "date": _moment, "datetime": _moment, "time": _moment, "uuid": _uuid,
              "fixed": _fixed, "text": _text, "labels": _text, "unknown": _unknown}  # fmt: skip
    return builders[facts.family](facts)


def _formula(facts: ColumnFacts) -> MadeColumn:
    spec: Document = {"type": "formula", "expr": facts.formula}
    if facts.family == "decimal":
        spec["decimals"] = facts.meaning.scale
    return MadeColumn(spec)


def _category(facts: ColumnFacts) -> MadeColumn:
    said = "every label is as frequent as the others"
    labels: list[Any] = list(facts.labels)
    if facts.family == "integer":
        labels = [int(float(each)) for each in facts.labels]
    return MadeColumn({"type": "category", "cats": labels}, [said] if len(labels) > 1 else [])


def _integer(facts: ColumnFacts) -> MadeColumn:
    low, high = _whole_ends(facts)
    most = facts.meaning.most
    if facts.identity or facts.is_key:
        start = max(1, int(low)) if low is not None else 1
        spec: Document = {"type": "id", "format": "sequence"}
        if start != 1:
            spec["start"] = start
        end = most if high is None else min(most, int(high))
        return MadeColumn(spec, [], max(1, end - start + 1))
    if facts.unique:
        return _unique_integer(low, high, most)
    known = facts.meaning.ends or _KNOWN_ENDS.get(
        plain_name(facts.name).rpartition("_")[2], (0, 100)
    )
    ends, assumed = _filled(low, high, (float(known[0]), float(known[1])), 100.0)
    ends = (int(min(ends[0], most)), int(min(ends[1], most)))
    return MadeColumn({"type": "int", "min": ends[0], "max": ends[1]}, _ends_said(assumed, *ends))


def _whole_ends(facts: ColumnFacts) -> tuple[float | None, float | None]:
    """Ends that are values themselves."""
    low, high = facts.low, facts.high
    if not isinstance(low, str) and low is not None:
        low = _up(low) + (float(low).is_integer() and "low" in facts.strict)
    if not isinstance(high, str) and high is not None:
        high = -_up(-high) - (float(high).is_integer() and "high" in facts.strict)
    return low, high  # type: ignore[return-value]


def _up(value: float) -> float:
    return -(-value // 1)


def _unique_integer(low: float | None, high: float | None, most: int) -> MadeColumn:
    least = 1 if low is None else int(low)
    greatest = min(most, UNIQUE_NUMBERS + least - 1) if high is None else min(most, int(high))
    spec = {"type": "int", "min": least, "max": greatest, "unique": True}
    said = _ends_said(low is None or high is None, least, greatest)
    return MadeColumn(spec, said, max(1, greatest - least + 1))


def _filled(
    low: float | None, high: float | None, known: tuple[float, float], width: float
) -> tuple[tuple[float, float], bool]:
    """Both ends, and whether one of them was assumed."""
    if low is not None and high is not None:
        return (low, high), False
    if low is None and high is None:
        return known, True
    if low is not None:
        return (low, known[1] if known[1] > low else low + width), True
    assert high is not None
    return (known[0] if known[0] < high else high - width, high), True


def _ends_said(assumed: bool, low: float, high: float) -> list[str]:
    return [f"from {low:,.15g} to {high:,.15g}, all as frequent"] if assumed else []


def _decimal(facts: ColumnFacts) -> MadeColumn:
    scale, precision = facts.meaning.scale, facts.meaning.precision or 10
    step = 10.0**-scale
    limit = round(10.0 ** (precision - scale) - step, scale)
    low, high = _inner_ends(facts, step)
    most = min(MOST_NUMBER, limit)
    ends, assumed = _filled(low, high, (0.0, most), MOST_NUMBER)
    least, greatest = (round(min(max(end, -limit), limit), scale) for end in ends)
    spec: Document = {"type": "float", "min": least, "max": greatest, "decimals": scale}
    capacity = None
    if facts.unique or facts.is_key:
        spec["unique"] = True
        capacity = max(1, int((greatest - least) / step))
    return MadeColumn(_plain(spec), _ends_said(assumed, least, greatest), capacity)


def _plain(spec: Document) -> Document:
    """Whole numbers without a point."""
    return {
        key: int(value) if isinstance(value, float) and value.is_integer() else value
        for key, value in spec.items()
    }


def _inner_ends(facts: ColumnFacts, step: float) -> tuple[float | None, float | None]:
    low, high = facts.low, facts.high
    if isinstance(low, float) and "low" in facts.strict:
        low += step
    if isinstance(high, float) and "high" in facts.strict:
        high -= step
    return low, high  # type: ignore[return-value]


def _float(facts: ColumnFacts) -> MadeColumn:
    low, high = _inner_ends(facts, 1e-6)
    spec: Document = {"type": "float"}
    if low is None and high is None:
        spec |= {"mean": 0, "std": 1}
        said = ["a normal distribution with mean 0 and standard deviation 1"]
    else:
        ends, assumed = _filled(low, high, (0.0, 100.0), 100.0)
        spec |= {"min": ends[0], "max": ends[1]}
        said = _ends_said(assumed, *ends)
    if facts.unique or facts.is_key:
        spec["unique"] = True
    return MadeColumn(_plain(spec), said)


def _boolean(facts: ColumnFacts) -> MadeColumn:
    return MadeColumn({"type": "bool"}, ["half of the rows are true"], 2)


def _moment(facts: ColumnFacts) -> MadeColumn:
    spec: Document = {"type": facts.family}
    if facts.after:
        spec["after"] = facts.after
        if facts.family == "time":
            return MadeColumn(spec, [f"any time after {facts.after}"])
        spec["within"] = {"days": {"uniform": {"min": 1, "max": MOST_DAYS}}}
        return MadeColumn(spec, [f"1 to {MOST_DAYS} days after {facts.after}"])
    known = DAY if facts.family == "time" else _year(facts.name)
    key = "time" if facts.family == "time" else "date"
    low, high = _moment_ends(facts)
    if low is not None and high is None and low > known[1]:
        known = (known[0], f"{low[:3]}9-12-31")
    if high is not None and low is None and high < known[0]:
        known = ("1900-01-01" if key == "date" else "00:00:00", known[1])
    spec[f"start_{key}"] = known[0] if low is None else low
    spec[f"end_{key}"] = known[1] if high is None else high
    if facts.unique or facts.is_key:
        spec["unique"] = True
    assumed = low is None or high is None
    ends = f"from {spec[f'start_{key}']} to {spec[f'end_{key}']}, evenly"
    capacity = 365 if facts.family == "date" else None
    return MadeColumn(spec, [ends] if assumed else [], capacity)


def _moment_ends(facts: ColumnFacts) -> tuple[str | None, str | None]:
    """Ends that are values themselves, a step away from those that are none."""
    found = []
    for end, given, sign in (("low", facts.low, 1), ("high", facts.high, -1)):
        text = None if given is None else str(given)
        if text is not None and end in facts.strict and facts.family != "time":
            step = dt.timedelta(days=sign) if facts.family == "date" else dt.timedelta(seconds=sign)
            text = (dt.datetime.fromisoformat(text) + step).isoformat(sep=" ")
        found.append(None if text is None else _as_end(text, end, facts.family))
    return found[0], found[1]


def _as_end(text: str, end: str, family: str) -> str:
    """A moment as `start_date` or `end_date`: of datetimes a day alone is all of it."""
    day, _, time = text.replace("T", " ").partition(" ")
    if family == "time":
        return text
    if family == "date" or (end == "low" and time in {"", "00:00:00"}):
        return day
    if end == "high" and time == "23:59:59":
        return day
    return f"{day} {time or '00:00:00'}"


def _year(name: str) -> tuple[str, str]:
    plain = plain_name(name)
    born = "birth" in plain or plain in {"dob", "born", "born_on"}
    return BIRTHS if born else YEAR


def _uuid(facts: ColumnFacts) -> MadeColumn:
    return MadeColumn({"type": "id"})


def _fixed(facts: ColumnFacts) -> MadeColumn:
    value = facts.meaning.value or "0"
    kind = facts.said[0]
    said = f"no column of the language is of type {kind}: every value is {value}"
    return MadeColumn({"type": "category", "cats": [value]}, [said], 1)


def _unknown(facts: ColumnFacts) -> MadeColumn:
    made = _text(facts)
    made.assumed.insert(0, f"{facts.said[0]} is no known type: taken for texts")
    return made


def _text(facts: ColumnFacts) -> MadeColumn:
    length = facts.meaning.length
    if facts.unique or facts.is_key:
        found = unique_text(facts.name, length)
    else:
        found = text_column(facts.name, length)
    return MadeColumn(found.spec, [found.assumed], found.capacity)
