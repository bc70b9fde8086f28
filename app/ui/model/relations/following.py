"""Dates that follow others: of which column, and how long after or before."""

from __future__ import annotations

from typing import Any

from app.ui.model import shapes
from app.ui.model.values import put, read_number, show

UNITS = {"": "any time in the range", "hours": "hours", "days": "days", "months": "months"}
ENDS = ("min", "max")
FIRST = {"gamma": {"a": 2, "scale": 3}}
RANGE = ("start_date", "end_date", "distribution")
# Distributions of durations: those of buckets and of values one by one are left to the text.
FAMILIES = tuple(name for name in shapes.FAMILIES if name not in {"empirical", "constant"})


def unit(spec: dict[str, Any]) -> str:
    """The unit of the duration; empty where none is declared."""
    within = spec.get("within")
    found = (key for key in within if key in UNITS) if isinstance(within, dict) else iter(())
    return next(found, "")


def set_unit(spec: dict[str, Any], text: str) -> None:
    """Another unit of the same duration; a range of dates has no room beside one."""
    before = unit(spec)
    if not text:
        spec.pop("within", None)
        return
    within = dict(spec.get("within") or {})
    law = within.pop(before, None) if before else None
    spec["within"] = {text: FIRST if law is None else law, **within}
    for key in RANGE:
        spec.pop(key, None)


def law(spec: dict[str, Any]) -> dict[str, Any]:
    """The duration as the spec of a column of numbers; changes go to a copy."""
    return {"distribution": (spec.get("within") or {}).get(unit(spec))}


def family(spec: dict[str, Any]) -> str:
    return shapes.shape(law(spec)).kind


def set_family(spec: dict[str, Any], name: str) -> None:
    changed = law(spec)
    shapes.set_kind(changed, name)
    first = {key: value for key, value in shapes.FAMILIES[name].items() if value is not None}
    _put_law(spec, changed.get("distribution") or {name: first})


def parameter(spec: dict[str, Any], name: str) -> str:
    """A parameter of the distribution, or an end of the duration."""
    if name in ENDS:
        return show((spec.get("within") or {}).get(name))
    return show(shapes.shape(law(spec)).parameters.get(name))


def set_parameter(spec: dict[str, Any], name: str, text: str) -> None:
    if name in ENDS:
        put(spec["within"], name, read_number(text))
        return
    changed = law(spec)
    shapes.set_parameter(changed, name, text)
    _put_law(spec, changed["distribution"])


def _put_law(spec: dict[str, Any], found: Any) -> None:
    spec["within"] = {**spec["within"], unit(spec): found}
