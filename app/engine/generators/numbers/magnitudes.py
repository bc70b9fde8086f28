"""What floating point and 64-bit whole numbers leave of a declared law, or a refusal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from app.engine.distributions import Distribution
from app.engine.distributions.shared.laws import Points
from app.engine.errors import DefinitionError
from app.engine.generators.base import Scope
from app.engine.generators.numbers.distributions import CUT_TAIL, Shape
from app.engine.generators.numbers.quantiles import LARGEST
from app.engine.schema.models import NumberColumn

WHOLE_LOW = -(2.0**63)
WHOLE_HIGH = 2.0**63 - 1024.0  # the largest below 2**63
FEWEST_STEPS = 1_000


def check_parameters(column: NumberColumn, parts: Sequence[Distribution], scope: Scope) -> None:
    """Refuse bounds and parameters that arithmetic would overflow with.

    Raises:
        DefinitionError: naming the first one.
    """
    for key in ("min", "max"):
        bound = getattr(column, key)
        if bound is not None and abs(bound) > LARGEST:
            raise scope.fail(f"{bound:g} is too large", f"numbers lie within ±{LARGEST:g}", key)
        if bound is not None and column.type == "int" and abs(bound) > 2.0**63:
            raise scope.fail(
                f"{bound:g} is outside of the 64-bit whole numbers",
                "whole numbers lie between -9223372036854775808 and 9223372036854775807",
                key,
            )
    place = "buckets" if column.buckets else "distribution"
    for number in (number for part in parts for number in _numbers(part)):
        if abs(number) > LARGEST:
            raise scope.fail(f"{number:g} is too large", f"numbers lie within ±{LARGEST:g}", place)


def _numbers(distribution: Distribution) -> Iterator[float]:
    values: list[Any] = list(distribution.model_dump().values())
    for value in values:
        yield from value if isinstance(value, tuple | list) else [] if value is None else [value]


def not_computable(column: NumberColumn, scope: Scope) -> DefinitionError:
    """The error of parameters for which floating point has no law."""
    message = "the distribution cannot be computed: its parameters are too large or too small"
    place = "buckets" if column.buckets else "distribution"
    return scope.fail(message, "choose parameters nearer to 1", place)


def check_reach(
    column: NumberColumn, shapes: Sequence[Shape], shares: Sequence[float], scope: Scope
) -> None:
    """Refuse laws whose values cannot be written, or not distinguished, as numbers of the type.

    Raises:
        DefinitionError: where more than a thousandth lies beyond the type, or where its steps
            are too wide for the spread of the law.
    """
    whole = column.type == "int"
    first, last = (WHOLE_LOW, WHOLE_HIGH) if whole else (-LARGEST, LARGEST)
    low = first if column.min is None else -math.inf
    high = last if column.max is None else math.inf
    beyond = sum(
        share * shape.mass_outside(low, high) for shape, share in zip(shapes, shares, strict=True)
    )
    place = "buckets" if column.buckets else "distribution"
    if beyond > CUT_TAIL:
        what = "the 64-bit whole numbers" if whole else f"±{LARGEST:g}"
        hint = "give min and max, or choose other parameters"
        raise scope.fail(f"{beyond:.2%} of the distribution lies outside of {what}", hint, place)
    if math.isnan(beyond) or not all(shape.is_sound() for shape in shapes):
        raise not_computable(column, scope)
    for shape in shapes:
        _check_steps(shape, scope)


def _check_steps(shape: Shape, scope: Scope) -> None:
    if isinstance(shape.law, Points):
        return
    middle = abs(shape.middle())
    if not shape.spread > FEWEST_STEPS * np.spacing(middle):
        raise scope.fail(
            f"near {middle:g} numbers are {np.spacing(middle):g} apart, too far for a spread of "
            f"{shape.spread:g}",
            "move the values nearer to 0, or widen the distribution",
        )
