"""The density that a column of a draft declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.engine.distributions.shared.densities import Density
from app.engine.profiling.densities import Bell, family_density, mixture_density
from app.ui.model.shapes import BUCKETS, shape
from app.ui.model.values import number_or_none


def density(spec: Mapping[str, Any]) -> Density:
    """The declared density between the column's bounds; empty while it is not whole yet."""
    found = shape(dict(spec))
    low, high = number_or_none(spec.get("min")), number_or_none(spec.get("max"))
    try:
        if found.kind == BUCKETS:
            return mixture_density([_bell(each) for each in found.buckets], low, high)
        return family_density(found.kind, found.parameters, low, high)
    except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        return Density()


def _bell(bucket: Mapping[str, Any]) -> Bell:
    share = number_or_none(bucket.get("proportion"))
    return Bell(float(bucket["mean"]), float(bucket["std"]), share)
