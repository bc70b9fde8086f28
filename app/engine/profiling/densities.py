"""The densities that columns declare, as points to plot."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.engine.distributions import FAMILIES, FAMILY_SPELLINGS
from app.engine.distributions.shared.densities import Density, bell, curve_density
from app.engine.profiling.documents import DeclaredDensity
from app.engine.schema.models import Column, NumberColumn


@dataclass(frozen=True, slots=True)
class Bell:
    """A normal part of a mixture; parts without a `share` divide evenly what the others leave."""

    mean: float
    std: float
    share: float | None = None


def family_density(
    name: str, parameters: Mapping[str, Any], low: float | None, high: float | None
) -> Density:
    """The density of a distribution by its name, between the bounds of a column.

    Args:
        name: in any spelling that the language has.
        parameters: likewise; None where one is not given.

    Raises:
        KeyError: no distribution has the name.
        ValueError: a parameter is missing or out of its range.
    """
    model = FAMILIES[FAMILY_SPELLINGS[name.casefold()]]
    own = {other: field for field, others in model.spellings.items() for other in others}
    given = {own.get(key, key): value for key, value in parameters.items() if value is not None}
    return model(**given).within(low, high).density(low, high)


def column_density(column: Column) -> DeclaredDensity | None:
    """The density of a declared column; None where it declares none that can be drawn."""
    if not isinstance(column, NumberColumn):
        return None
    low, high = column.min, column.max
    try:
        if column.distribution is not None:
            found = column.distribution.within(low, high).density(low, high)
        else:
            parts = [Bell(each.mean, each.std, each.proportion) for each in column.buckets]
            found = mixture_density(parts, low, high)
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    if not found.x or not all(map(math.isfinite, (*found.x, *found.y))):
        return None
    return {"x": list(found.x), "y": list(found.y), "bars": found.bars}


def mixture_density(parts: Sequence[Bell], low: float | None, high: float | None) -> Density:
    """The density of a mixture of one or more normal parts, between the bounds of a column."""
    given = [part.share for part in parts]
    rest = (1 - sum(share or 0 for share in given)) / max(1, given.count(None))
    shares = [max(rest, 0.0) if share is None else share for share in given]
    bells = [bell(part.mean, part.std) for part in parts]
    span = min(ends[0] for _, ends in bells), max(ends[1] for _, ends in bells)
    curves = [(share, curve) for share, (curve, _) in zip(shares, bells, strict=True)]
    return curve_density(
        lambda x: sum(share * curve(x) for share, curve in curves), span, low, high
    )
