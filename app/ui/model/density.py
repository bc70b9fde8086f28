"""The density that a column declares, as points to plot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.engine.distributions import FAMILIES, FAMILY_SPELLINGS
from app.engine.distributions.shared.densities import Density, bell, curve_density
from app.ui.model.shapes import BUCKETS, Shape, shape
from app.ui.model.values import number_or_none


def density(spec: Mapping[str, Any]) -> Density:
    """The declared density between the column's bounds."""
    found = shape(dict(spec))
    low, high = number_or_none(spec.get("min")), number_or_none(spec.get("max"))
    try:
        if found.kind == BUCKETS:
            return _mixture(found.buckets, low, high)
        return _of_family(found, low, high)
    except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        return Density()


def _of_family(found: Shape, low: float | None, high: float | None) -> Density:
    model = FAMILIES[FAMILY_SPELLINGS[found.kind.casefold()]]
    own = {other: name for name, others in model.spellings.items() for other in others}
    given = {
        own.get(key, key): value for key, value in found.parameters.items() if value is not None
    }
    return model(**given).within(low, high).density(low, high)


def _mixture(buckets: tuple[dict[str, Any], ...], low: float | None, high: float | None) -> Density:
    given = [number_or_none(each.get("proportion")) for each in buckets]
    rest = (1 - sum(share or 0 for share in given)) / max(1, given.count(None))
    shares = [max(rest, 0.0) if share is None else share for share in given]
    parts = [
        (share, *bell(float(each["mean"]), float(each["std"])))
        for share, each in zip(shares, buckets, strict=True)
    ]
    span = min(ends[0] for *_, ends in parts), max(ends[1] for *_, ends in parts)
    return curve_density(
        lambda x: sum(share * curve(x) for share, curve, _ in parts), span, low, high
    )
