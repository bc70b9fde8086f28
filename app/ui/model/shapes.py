"""The distribution of a number column in every spelling, and changes of it."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from app.engine import distributions
from app.ui.model.effects import EFFECT
from app.ui.model.values import put, read_number, read_numbers, show

# Parameters in the order in which people name them, with what they are at first.
FAMILIES: dict[str, dict[str, Any]] = {
    name: {field: model.suggested.get(field) for field in model.model_fields}
    for name, model in distributions.FAMILIES.items()
}
BUCKETS = "buckets"
KINDS = tuple(dict.fromkeys(("uniform", "normal", BUCKETS, *FAMILIES)))
WHOLE = (BUCKETS, "distribution", "mean", "std")
LISTS = frozenset(
    field
    for model in distributions.FAMILIES.values()
    for field in model.model_fields
    if model.is_list(field)
)
# The parameter of `{poisson: 3}`.
SHORT = {name: model.lone for name, model in distributions.FAMILIES.items() if model.lone}


@dataclass(frozen=True)
class Shape:
    """A distribution for reading: its kind, its parameters, its buckets."""

    kind: str
    parameters: dict[str, Any]
    buckets: tuple[dict[str, Any], ...] = ()


def buckets(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """The buckets themselves, as they stand in the document: changes of them change it."""
    found = spec.get(BUCKETS)
    if isinstance(found, dict):
        return [found]
    if isinstance(found, list):
        return [each for each in found if isinstance(each, dict)]
    return []


def set_buckets(spec: dict[str, Any], found: list[dict[str, Any]]) -> None:
    """One bucket is written as a mapping, several as a list."""
    put(spec, BUCKETS, (found[0] if len(found) == 1 else found) or None)


def shape(spec: dict[str, Any]) -> Shape:
    """What is declared; uniform where only bounds are."""
    if BUCKETS in spec:
        return Shape(BUCKETS, {}, tuple(buckets(spec)))
    given = spec.get("distribution")
    if isinstance(given, str):
        return Shape(given, {key: spec[key] for key in FAMILIES.get(given, {}) if key in spec})
    if isinstance(given, dict) and given:
        return _of_mapping(given)
    beside: dict[str, Any] = {key: spec[key] for key in ("mean", "std") if key in spec}
    return Shape("normal", beside) if beside else Shape("uniform", {})


def _of_mapping(given: dict[str, Any]) -> Shape:
    if "family" in given:
        rest = {key: value for key, value in given.items() if key != "family"}
        return Shape(show(given["family"]), rest)
    [name, *_] = given
    body = given[name]
    if isinstance(body, dict):
        return Shape(name, dict(body))
    return Shape(name, {} if body is None else {SHORT.get(name, "value"): body})


def set_kind(spec: dict[str, Any], kind: str) -> None:
    """Another distribution; a mean and a standard deviation go along where it has them."""
    before, found = middle(spec), buckets(spec)
    if len(found) == 1:
        spec.update({key: found[0][key] for key in EFFECT if key in found[0]})
    for key in WHOLE:
        spec.pop(key, None)
    if kind == BUCKETS:
        spec[BUCKETS] = {"mean": before.get("mean", 0), "std": before.get("std", 1)}
    elif kind == "normal":
        spec.update({"mean": 0, "std": 1} | before)
    elif kind != "uniform":
        first = {key: value for key, value in FAMILIES[kind].items() if value is not None}
        spec["distribution"] = {kind: first}


def said(spec: dict[str, Any]) -> dict[str, Any]:
    """All that is said of the distribution, to be `restored` later."""
    return copy.deepcopy({key: spec[key] for key in WHOLE if key in spec})


def restore(spec: dict[str, Any], before: dict[str, Any]) -> None:
    """The distribution as it was said before; an effect that stands in its only bucket is said
    there and not of the column."""
    for key in WHOLE:
        spec.pop(key, None)
    spec.update(copy.deepcopy(before))
    for bucket in buckets(spec) if len(buckets(spec)) == 1 else ():
        bucket.update({key: spec.pop(key) for key in EFFECT if key in spec and key in bucket})


def middle(spec: dict[str, Any]) -> dict[str, Any]:
    """Mean and standard deviation where they are declared as such."""
    found = shape(spec)
    if found.kind == BUCKETS and len(found.buckets) == 1:
        return {key: found.buckets[0][key] for key in ("mean", "std") if key in found.buckets[0]}
    if found.kind == "normal":
        return {key: found.parameters[key] for key in ("mean", "std") if key in found.parameters}
    return {}


def set_parameter(spec: dict[str, Any], name: str, text: str) -> None:
    """A parameter where it stands: in the only bucket, beside `distribution`, or inside it."""
    value = read_numbers(text) or None if name in LISTS else read_number(text)
    put(parameter_home(spec), name, value)


def parameter_home(spec: dict[str, Any]) -> dict[str, Any]:
    """The mapping in which the parameters stand; `{poisson: 3}` is spelled out first."""
    found = buckets(spec)
    if len(found) == 1:
        return found[0]
    given = spec.get("distribution")
    if not isinstance(given, dict) or not given:
        return spec
    if "family" in given:
        return given
    [name, *_] = given
    if not isinstance(given[name], dict):
        given[name] = _of_mapping(given).parameters
    home: dict[str, Any] = given[name]
    return home


def parameter_path(spec: dict[str, Any], name: str) -> tuple[str, ...]:
    """Where the API tells a fault of a parameter, below the column."""
    if len(buckets(spec)) == 1:
        return (BUCKETS, name)
    given = spec.get("distribution")
    if not isinstance(given, dict) or not given:
        return (name,)
    return (
        ("distribution", name) if "family" in given else ("distribution", next(iter(given)), name)
    )
