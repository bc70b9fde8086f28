"""Planning columns of moments that follow others: is there room in every row?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, cast

import numpy as np

from app.engine.distributions import Distribution
from app.engine.errors import DefinitionError
from app.engine.generators.apportionment import make_apportionment
from app.engine.generators.base import Scope, plan_column
from app.engine.generators.numbers.columns import NumberGenerator
from app.engine.generators.numbers.distributions import quantile_table, shape_of
from app.engine.generators.numbers.following import (
    LEAST_ROOM,
    BetweenGenerator,
    Durations,
    Law,
    Shares,
)
from app.engine.generators.numbers.places import UNITS, Unit
from app.engine.generators.numbers.quantiles import Quantiles, straight_line
from app.engine.schema.models import MomentColumn, NumberColumn, Within

DEFAULT_START, DEFAULT_END = "2000-01-01", "2029-12-31"
CUT_WARNING = 0.05
_SECONDS = {"hours": 3_600, "days": 86_400}

Reach = tuple[int, int]


class _Reaching(Protocol):
    @property
    def reach(self) -> Reach: ...

    @property
    def unit(self) -> Unit: ...


def declared_ends(column: MomentColumn) -> tuple[int | None, int | None]:
    """The declared start and end in steps of the column's unit; a day is its last second as an
    end of datetimes."""
    unit, last = UNITS[column.type], column.end
    if column.type == "datetime" and last and len(last) == len("2020-12-31"):
        last += "T23:59:59"
    start = None if column.start is None else unit.place(column.start)
    return start, None if last is None else unit.place(last)


def default_start(kind: str) -> int:
    """The first moment of a column that declares none."""
    return UNITS[kind].place("00:00:00" if kind == "time" else DEFAULT_START)


def default_end(kind: str) -> int:
    """The last moment of a column that declares none."""
    last = {"time": "23:59:59", "date": DEFAULT_END, "datetime": DEFAULT_END + "T23:59:59"}
    return UNITS[kind].place(last[kind])


def shares_of(distribution: Distribution, scope: Scope) -> Quantiles:
    """The quantiles of a distribution over a range as a share of it, cut to 0..1."""
    return quantile_table(shape_of(distribution), 0.0, 1.0, True, scope)


def duration_column(column: MomentColumn, within: Within) -> NumberColumn:
    """The durations of `within` as a column of numbers: whole days of dates and whole months, else
    parts of the unit; one step of the column's unit at least."""
    whole = column.type == "date" or within.unit == "months"
    step = 1.0 if whole else 1.0 / _SECONDS[within.unit]
    return NumberColumn(
        type="int" if whole else "float",
        min=max(step, within.min or 0.0),
        max=within.max,
        bounds="truncate",
        distribution=within.distribution,
    )


def plan_following(column: MomentColumn, scope: Scope) -> BetweenGenerator:
    """The generator of a column with `after` or `before`.

    Raises:
        DefinitionError: where some row may be left without room, or the column it follows is none
            of moments.
    """
    unit = UNITS[column.type]
    others = {
        name: _reach_of(name, key, unit, scope)
        for key in ("after", "before")
        if (name := getattr(column, key))
    }
    limits = _limits(column, others)
    law, reach = _law(column, limits, others, scope)
    return BetweenGenerator(
        unit,
        limits,
        column.after,
        column.before,
        law,
        reach,
        others,
        _gap(law, unit),
        make_apportionment(scope.sampling, scope.rows, [1.0], column.missing),
        scope.sampling == "exact",
        column.format,
    )


def _reach_of(name: str, key: str, unit: Unit, scope: Scope) -> Reach:
    """The least and the largest moment of another column, in steps of this one's unit."""
    generator, sibling = scope.generators.get(name), scope.siblings.get(name)
    if not isinstance(sibling, MomentColumn) or sibling.format:
        raise scope.fail(
            f"{name!r} is not a date or datetime column of this table",
            "name a date or datetime column without a format",
            key,
        )
    if generator is None:  # it has a fault of its own
        raise DefinitionError([])
    other = cast(_Reaching, generator)
    first, last = (place * other.unit.seconds // unit.seconds for place in other.reach)
    return first, last


def _limits(column: MomentColumn, others: dict[str, Reach]) -> tuple[int | None, int | None]:
    """The first and the last moment of any row, where not the other columns alone decide: what is
    not declared leaves a year of room."""
    if column.within is not None:
        return None, None
    start, end = declared_ends(column)
    year = 0 if column.type == "time" else 366 * 86_400 // UNITS[column.type].seconds
    if end is None and column.before is None:
        end = max(default_end(column.type), *(last + year for _, last in others.values()))
    if start is None and column.after is None:
        start = min(default_start(column.type), *(first - year for first, _ in others.values()))
    return start, end


def _law(
    column: MomentColumn,
    limits: tuple[int | None, int | None],
    others: dict[str, Reach],
    scope: Scope,
) -> tuple[Law, Reach]:
    """Where the moments of rows lie, and the least and the largest of them all."""
    if column.within is None:
        reach = _checked_room(column, limits, others, scope)
        if column.distribution is None:
            return Shares(straight_line(0.0, 1.0)), reach
        return Shares(shares_of(column.distribution, scope)), reach
    law = _durations(column, column.within, scope)
    (other,) = others.values()
    quantiles, grain = law.law.segments[0], law.law.grain
    shortest, longest = grain.apply(quantiles.at(np.array([0.0, np.nextafter(1.0, 0.0)])))
    nearest, farthest = (shortest, longest) if law.later else (longest, shortest)
    ends = law.from_moments(np.array(other), np.array([nearest, farthest]))
    reach = int(ends[0]), int(ends[1])
    _check_within(column, reach, scope)
    return law, reach


def _durations(column: MomentColumn, within: Within, scope: Scope) -> Durations:
    """The law of `within`.

    Raises:
        DefinitionError: as for a column of numbers, at the place of `within`.
    """
    unit, declared = UNITS[column.type], duration_column(column, within)
    inner = Scope(
        scope.table, scope.name, f"{scope.path}.within", scope.layout, scope.sampling, scope.stream
    )
    law = plan_column(declared, inner)
    assert isinstance(law, NumberGenerator)
    low, high = declared.min or 0.0, np.inf if declared.max is None else declared.max
    if within.distribution.family != "uniform":
        cut = shape_of(within.distribution).mass_outside(low, high)
        if cut > CUT_WARNING:
            scope.warn(
                f"{cut:.1%} of these durations are below {low:.3g} or above {high:.3g} "
                f"{within.unit} and are drawn again",
                "give a distribution between the two",
                "within",
            )
    months = within.unit == "months"
    size = 1 if months else _SECONDS[within.unit] // unit.seconds
    return Durations(law, unit, size, column.after is not None, months)


def _check_within(column: MomentColumn, reach: Reach, scope: Scope) -> None:
    """Refuse durations that lead beyond a declared end, or out of the calendar."""
    unit = UNITS[column.type]
    start, end = declared_ends(column)
    least = unit.place("0001-01-01") if start is None else start
    most = unit.place("9999-12-31") if end is None else end
    if least <= reach[0] and reach[1] <= most:
        return
    place, key, bound = (
        (reach[1], "end_date", end) if reach[1] > most else (reach[0], "start_date", start)
    )
    limit = "the years of the calendar" if bound is None else f"{key} {unit.text(bound)}"
    hint = "say in `within` the `max` of the durations" + (f", or move {key}" if bound else "")
    message = f"with these durations some rows go beyond {limit}, as far as {unit.text(place)}"
    raise scope.fail(message, hint, "within")


def _checked_room(
    column: MomentColumn,
    limits: tuple[int | None, int | None],
    others: dict[str, Reach],
    scope: Scope,
) -> Reach:
    """The least and the largest moment of all rows.

    Raises:
        DefinitionError: where the range of some row may be empty.
    """
    lows = [(limits[0], limits[0], "")] if limits[0] is not None else []
    highs = [(limits[1], limits[1], "")] if limits[1] is not None else []
    if column.after:
        first, last = others[column.after]
        lows.append((first + 1, last + 1, column.after))
    if column.before:
        first, last = others[column.before]
        highs.append((first - 1, last - 1, column.before))
    for _, latest, after in lows:
        for earliest, _, before in highs:
            if latest > earliest and not (after and before and _leaves_room(after, before, scope)):
                raise _no_room(column, latest, earliest, (after, before), scope)
    return max(low for low, _, _ in lows), min(high for _, high, _ in highs)


def _leaves_room(after: str, before: str, scope: Scope) -> bool:
    """Whether one of two columns follows the other with room for a moment between."""
    for other, leader in ((before, after), (after, before)):
        found = scope.generators.get(other)
        follows = getattr(found, "after" if other == before else "before", None) == leader
        if isinstance(found, BetweenGenerator) and follows:
            own = UNITS[cast(MomentColumn, scope.siblings[scope.name]).type]
            return found.unit == own and found.gap >= LEAST_ROOM
    return False


def _no_room(
    column: MomentColumn, latest: int, earliest: int, names: tuple[str, str], scope: Scope
) -> DefinitionError:
    text: Callable[[int], str] = UNITS[column.type].text
    after, before = names
    start = f"{after!r} goes up to {text(latest - 1)}" if after else f"it starts {text(latest)}"
    end = f"{before!r} from {text(earliest + 1)} on" if before else f"it ends {text(earliest)}"
    hint = (
        f"an end_date of {text(latest)} or later"
        if not before
        else (
            f"a start_date of {text(earliest)} or earlier"
            if not after
            else f"say how far {before!r} is after {after!r} by `within`, two steps at least"
        )
    )
    return scope.fail(
        f"no room is left in some rows: {start}, {end}", hint, "after" if after else "before"
    )


def _gap(law: Law, unit: Unit) -> int:
    """The fewest steps between a moment and the one it follows."""
    if not isinstance(law, Durations):
        return 1
    shortest = law.law.grain.apply(law.law.segments[0].at(np.array([0.0])))
    steps = np.floor(shortest * law.size + 0.5) * (28 * 86_400 // unit.seconds if law.months else 1)
    return max(1, int(steps[0]))
