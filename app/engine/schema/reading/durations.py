"""How long after, or before, another column's moments a column has its own."""

from __future__ import annotations

from typing import Any, get_args

from app.engine.schema.models import DurationUnit, Within
from app.engine.schema.reading.distributions import read_distribution
from app.engine.schema.reading.section import Section

_UNITS: tuple[str, ...] = get_args(DurationUnit)
_EXAMPLE = "for instance `within: {days: {gamma: {a: 2, scale: 3}}}`"


def read_within(section: Section) -> Within | None:
    """`within: {days: {gamma: …}}`: one unit with a distribution, `min` and `max` beside it."""
    value = section.take("within")
    if value is None:
        return None
    place = section.place("within")
    inner = Section.of(section.problems, place, value, "a mapping such as `{days: {…}}`")
    fields = inner.take_all("min", "max")
    given = {unit: inner.take(unit) for unit in _UNITS}
    units = [unit for unit, law in given.items() if law is not None]
    inner.close()
    if len(units) != 1:
        section.problems.fault(place, "one of hours, days and months is wanted", _EXAMPLE)
        return None
    [unit] = units
    law = Section(
        section.problems, place, {"distribution": given[unit]}, {"distribution": (*place, unit)}
    )
    distribution = read_distribution(law)
    law.close()
    if distribution is None:
        return None
    return inner.build(Within, {**fields, "unit": unit, "distribution": distribution})


def check_following(section: Section, kind: str, fields: dict[str, Any]) -> None:
    """What stands beside `after`, `before` and `within` goes with them."""
    follows = [key for key in ("after", "before") if fields.get(key) is not None]
    if follows and fields.get("unique"):
        message = f"cannot be promised beside `{follows[0]}`, which draws each row for itself"
        section.fault(message, "leave one of the two out", "unique")
    within = fields.get("within")
    if within is None:
        return
    if len(follows) != 1:
        hint = "say `after` or `before`, of which column the moments lie within this time"
        section.fault("goes with exactly one of `after` and `before`", hint, "within")
    if fields.get("distribution") is not None:
        hint = "leave one out: `within` is a distribution of the time between, `distribution` of "
        section.fault("stands beside `distribution`", hint + "the place in the range", "within")
    if kind == "time":
        section.fault("times of day end at midnight", "write `type: datetime`", "within")
    elif kind == "date" and within.unit == "hours":
        section.fault("dates have no hours", "write `days`, or `type: datetime`", "within")
