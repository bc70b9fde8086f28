"""Every operator and function of expressions: what it takes, what it gives, how it is computed.

Null goes in, null comes out, except in and/or (Kleene's logic), the branch of an if that is not
taken, coalesce and is null. What
has no finite value (a division by zero, the root of a negative number) is null.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from app.engine.expressions import computing as c
from app.engine.expressions import elementary, moments, texts, zones
from app.engine.expressions import signatures as s
from app.engine.expressions.kinds import Kind
from app.engine.expressions.values import Values

MANY = 99


@dataclass(frozen=True, slots=True)
class Operation:
    """`arity`: fewest and most arguments; `kind`: the kind of the result, or a KindError."""

    arity: tuple[int, int]
    kind: s.KindRule
    run: Callable[..., Values]


def is_function(name: str) -> bool:
    """Whether the operation is written as a function: name(…)."""
    return name in _FUNCTIONS or name in _DURATIONS


_ARITHMETIC = {
    "+": Operation((2, 2), s.sum_kind, c.movable(c.arithmetic("add_checked"), 1)),
    "-": Operation((2, 2), s.difference_kind, c.movable(c.arithmetic("subtract_checked"), -1)),
    "*": Operation((2, 2), s.number_like_kind, c.arithmetic("multiply_checked")),
    "/": Operation((2, 2), s.real_kind, c.numeric(np.divide)),
    "//": Operation((2, 2), s.number_like_kind, c.division(np.floor_divide)),
    "%": Operation((2, 2), s.number_like_kind, c.division(np.mod)),
    "**": Operation((2, 2), s.real_kind, c.numeric(elementary.power)),
    "negative": Operation((1, 1), s.number_like_kind, c.numeric(np.negative, None)),
}
_COMPARISONS = {
    "==": Operation((2, 2), s.comparable_kind, c.comparison("equal")),
    "!=": Operation((2, 2), s.comparable_kind, c.comparison("not_equal")),
    "<": Operation((2, 2), s.ordered_kind, c.comparison("less")),
    "<=": Operation((2, 2), s.ordered_kind, c.comparison("less_equal")),
    ">": Operation((2, 2), s.ordered_kind, c.comparison("greater")),
    ">=": Operation((2, 2), s.ordered_kind, c.comparison("greater_equal")),
}
_LOGIC = {
    "and": Operation((2, 2), s.conditions_kind, c.conjunction),
    "or": Operation((2, 2), s.conditions_kind, c.disjunction),
    "not": Operation((1, 1), s.conditions_kind, c.negation),
    "in": Operation((2, MANY), s.comparable_kind, c.membership),
    "is null": Operation((1, 1), s.always(Kind.BOOL), pc.is_null),
}
_FUNCTIONS = {
    "abs": Operation((1, 1), s.number_like_kind, c.numeric(np.abs, None)),
    "round": Operation((1, 2), s.rounded_kind, c.rounded),
    "floor": Operation((1, 1), s.integer_kind, c.whole(np.floor)),
    "ceil": Operation((1, 1), s.integer_kind, c.whole(np.ceil)),
    "min": Operation((2, MANY), s.extreme_kind, c.least),
    "max": Operation((2, MANY), s.extreme_kind, c.greatest),
    "clip": Operation((3, 3), s.extreme_kind, c.clipped),
    "sqrt": Operation((1, 1), s.real_kind, c.numeric(np.sqrt)),
    "exp": Operation((1, 1), s.real_kind, c.numeric(elementary.exp)),
    "log": Operation((1, 1), s.real_kind, c.numeric(elementary.log)),
    "if": Operation((3, 3), s.choice_kind, c.choice),
    "coalesce": Operation((1, MANY), s.shared_kind, c.first_valid),
    "lower": Operation((1, 1), s.texts_kind, texts.text_function("utf8_lower")),
    "upper": Operation((1, 1), s.texts_kind, texts.text_function("utf8_upper")),
    "concat": Operation((1, MANY), s.always(Kind.TEXT), texts.joined),
    "replace": Operation((3, 3), s.replaced_kind, texts.replaced),
    "substring": Operation((2, 3), s.substring_kind, texts.substring),
    "pad": Operation((2, 4), s.padded_kind, texts.padded),
    "ascii": Operation((1, 1), s.texts_kind, texts.transliterated),
    "length": Operation((1, 1), s.text_length_kind, texts.text_length),
    "year": Operation((1, 1), s.day_like_kind, moments.part_of_date("year")),
    "month": Operation((1, 1), s.day_like_kind, moments.part_of_date("month")),
    "day": Operation((1, 1), s.day_like_kind, moments.part_of_date("day")),
    "weekday": Operation((1, 1), s.day_like_kind, moments.weekday),
    "hour": Operation((1, 1), s.with_clock_kind, moments.part_of_date("hour")),
    "in_zone": Operation((3, 3), s.zoned_kind, zones.in_zone),
    "days_between": Operation((2, 2), s.day_like_kind, moments.days_between),
}
_UNITS = {
    "minutes": (Kind.CLOCK, 60),
    "hours": (Kind.CLOCK, 3_600),
    "days": (Kind.DAYS, 1),
    "weeks": (Kind.DAYS, 7),
    "months": (Kind.MONTHS, 1),
    "years": (Kind.MONTHS, 12),
}
_DURATIONS = {
    name: Operation((1, 1), s.duration_kind(unit), moments.duration(unit, size))
    for name, (unit, size) in _UNITS.items()
}
OPERATIONS: dict[str, Operation] = {
    **_ARITHMETIC,
    **_COMPARISONS,
    **_LOGIC,
    **_FUNCTIONS,
    **_DURATIONS,
}
