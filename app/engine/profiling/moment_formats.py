"""Whether the texts of a column are dates, datetimes or times, and by which pattern."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import pyarrow as pa
import pyarrow.compute as pc

from app.engine.formats.cells.cell_format import Kind
from app.engine.formats.cells.moment_cells import pattern_regex, read_moments

SAMPLE = 200
# Eight digits may be many things: so few different ones are no dates unless a name says so.
FEWEST_DIGITS = 5
YEARS = (1850, 2150)
_DATE_NAME = re.compile(r"(?i)date|datum|data|fecha|(^|[\W_])(day|dob|on|at)($|[\W_])")
_LIKE_MOMENT = re.compile(r"\d.*\d")
_DAY_FIRST = ("%d{0}%m{0}%Y", "%-d{0}%-m{0}%Y", "%d{0}%m{0}%y", "%-d{0}%-m{0}%y")
_MONTH_FIRST = ("%m{0}%d{0}%Y", "%-m{0}%-d{0}%Y", "%m{0}%d{0}%y", "%-m{0}%-d{0}%y")
_YEAR_FIRST = ("%Y{0}%m{0}%d", "%Y{0}%-m{0}%-d")
_WORDS = (
    "%b %-d %Y", "%b %d %Y", "%b %-d, %Y", "%b %d, %Y", "%B %-d, %Y", "%B %-d %Y", "%B %d, %Y",
    "%-d %b %Y", "%d %b %Y", "%d-%b-%Y", "%-d-%b-%Y", "%d-%b-%y", "%-d-%b-%y", "%-d %B %Y",
    "%d %B %Y", "%b-%Y", "%b %Y", "%B %Y", "%d/%b/%Y",
)  # fmt: skip
_DIGITS = ("%Y%m%d", "%m%d%Y", "%d%m%Y")
_MONTHS = ("%Y-%m", "%m/%Y", "%Y/%m")
_TIMES = (
    "%H:%M:%S", "%H:%M", "%-H:%M:%S", "%-H:%M", "%H:%M:%S.%3f", "%H:%M:%S.%6f", "%H:%M:%S.%9f",
    "%I:%M %p", "%-I:%M %p", "%I:%M:%S %p", "%-I:%M:%S %p", "%I:%M%p", "%-I:%M%p", "%H.%M",
    "%H:%M:%S.%1f", "%H:%M:%S.%2f", "%H%M%S",
)  # fmt: skip
_ZONES = ("", "Z", "+00:00", "+0000", " UTC")


@dataclass(frozen=True, slots=True)
class FoundMoments:
    """Moments in a column of text: date, datetime or time, by a pattern."""

    kind: Kind
    pattern: str
    notes: tuple[str, ...] = ()


def find_moments(values: pa.Array, name: str) -> FoundMoments | None:
    """The pattern of the moments of a column; None where not all texts are moments.

    Args:
        values: different texts of the column, at least one, none of them null.
        name: of the column, which decides where a few numbers of eight digits could be dates.
    """
    sample = values.slice(0, SAMPLE).to_pylist()
    if not all(len(text) <= 40 and _LIKE_MOMENT.search(text) for text in sample):
        return None
    fitting = [
        (pattern, kind)
        for pattern, kind in _candidates(sample, name)
        if read_moments(values, pattern, kind) is not None and _likely(values, pattern, kind, name)
    ]
    if not fitting:
        return None
    pattern, kind = fitting[0]
    return FoundMoments(kind, pattern, _doubts(pattern, [each for each, _ in fitting]))


def _candidates(sample: list[str], name: str) -> Iterator[tuple[str, Kind]]:
    """Patterns that fit a sample, the likeliest first."""
    for time, zone in product(_TIMES[:-1], _ZONES[:2]):
        if _fits(sample, time + zone):
            yield time + zone, "time"
    for date in _dates(sample[0]):
        if _fits(sample, date):
            yield date, "date"
        elif (found := _with_time(sample, date)) is not None:
            yield found, "datetime"


def _dates(text: str) -> Iterator[str]:
    """Patterns of dates for texts with the marks that the first one has."""
    marks = re.search(r"[-/. ]", text)
    mark = marks[0] if marks else ""
    if mark and mark != " ":
        both = (*_DAY_FIRST, *_MONTH_FIRST) if mark == "." else (*_MONTH_FIRST, *_DAY_FIRST)
        yield from (each.format(mark) for each in (*_YEAR_FIRST, *both))
    yield from _WORDS
    yield from _DIGITS
    yield from _MONTHS


def _fits(texts: list[str], pattern: str) -> bool:
    regex = re.compile(pattern_regex(pattern))
    return all(regex.match(text) for text in texts)


def _with_time(texts: list[str], date: str) -> str | None:
    """The pattern of a date and a time behind it."""
    opening = re.compile(pattern_regex(date)[:-1] + r"(?P<mark>[T ]|, )(?P<time>\d.*)$")
    found = [opening.match(text) for text in texts]
    if not all(found):
        return None
    marks = {each["mark"] for each in found if each}
    if len(marks) > 1:
        return None
    rests = [each["time"] for each in found if each]
    for time, zone in product(_TIMES, _ZONES):
        if _fits(rests, time + zone):
            return date + marks.pop() + time + zone
    return None


def _likely(values: pa.Array, pattern: str, kind: Kind, name: str) -> bool:
    """Whether moments are of years that tables speak of, and digits are many enough."""
    if kind == "time":
        return pattern != "%H.%M"
    read = read_moments(values, pattern, kind)
    years = pc.year(read)
    low, high = pc.min(years).as_py(), pc.max(years).as_py()
    if not YEARS[0] <= low <= high <= YEARS[1]:
        return "%y" not in pattern and pattern not in (*_DIGITS, *_MONTHS) and high < 9999
    if pattern in _DIGITS:
        return bool(_DATE_NAME.search(name)) or len(values) >= FEWEST_DIGITS
    return True


def _doubts(pattern: str, fitting: list[str]) -> tuple[str, ...]:
    """A note where day and month could be the other way round."""
    others = [each for each in fitting[1:] if _swapped(each) == _swapped(pattern)]
    if not others:
        return ()
    return (f"read as {pattern}, though {others[0]} would fit as well",)


def _swapped(pattern: str) -> list[str]:
    return sorted(re.findall(r"%-?[a-zA-Z]|%\df|[^%]", pattern))
