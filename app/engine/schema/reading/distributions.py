"""Distributions in all their spellings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.engine.distributions import FAMILIES, FAMILY_SPELLINGS, Distribution
from app.engine.distributions.shared.base import FieldError
from app.engine.schema.problems import did_you_mean, quoted, shown
from app.engine.schema.reading.section import Section


def read_distribution(section: Section) -> Distribution | None:
    """The distribution of a column: `distribution` in any spelling, or mean and std alone.

    Parameters may stand beside `distribution: normal` in the section itself; there `min` and
    `max` are the section's own.
    """
    value = section.take("distribution")
    if value is None:
        beside = {"mean", "std", "mu", "sigma"}
        if any(map(section.has, beside)):
            return _of_family("normal", section, beside=True)
        section.take_all(*sorted(beside))
        return None
    if isinstance(value, str):
        family = _family(section, value)
        if family is None:
            _forgive_parameters(section)
            return None
        return _of_family(family, section, beside=True)
    inner = Section.of(
        section.problems, section.place("distribution"), value, "the name of a distribution"
    )
    return _read_mapping(inner, value) if isinstance(value, Mapping) else None


def _read_mapping(section: Section, value: Mapping[str, Any]) -> Distribution | None:
    """`{family: normal, mean: 1}` or `{normal: {mean: 1}}`."""
    if "family" in value:
        name = section.text("family")
        family = _family(section, name or "", "family")
        return _closed(family, section) if family else None
    if len(value) != 1:
        first = next((key for key in value if key.casefold() in FAMILY_SPELLINGS), "normal")
        section.fault(
            "one distribution is wanted, as `name: {parameters}`",
            f"for instance {{{first}: {{…}}}}",
        )
        return None
    [(name, body)] = value.items()
    family = _family(section, name, name)
    if family is None:
        return None
    lone = FAMILIES[family].lone
    if body is not None and not isinstance(body, Mapping) and lone is not None:
        places = {lone: (*section.path, name)}
        return _closed(family, Section(section.problems, section.path, {lone: body}, places))
    inner = Section.of(
        section.problems,
        (*section.path, name),
        {} if body is None else body,
        "a mapping of parameters",
    )
    return _closed(family, inner)


def _family(section: Section, name: str, *steps: str) -> str | None:
    family = FAMILY_SPELLINGS.get(name.casefold())
    if family is None:
        path = (*section.path, *steps) if steps else section.place("distribution")
        message = f"no distribution is called {quoted(name)}"
        section.problems.fault(path, message, did_you_mean(name, FAMILIES))
    return family


def _closed(family: str, section: Section) -> Distribution | None:
    built = _of_family(family, section, beside=False)
    section.close()
    return built


def _of_family(family: str, section: Section, *, beside: bool) -> Distribution | None:
    model = FAMILIES[family]
    own = {"min", "max"} if beside else set()
    fields = {
        name: section.take(name, *model.spellings.get(name, ()))
        for name in model.model_fields
        if name not in own
    }
    given = {name: _immutable(value) for name, value in fields.items() if value is not None}
    _translate_scipy(model, section, given)
    _check_needed(model, section, given)
    return section.build(model, given)


def _translate_scipy(model: type[Distribution], section: Section, fields: dict[str, Any]) -> None:
    """Scipy's own parameters where the language has others: lognorm's scale, uniform's loc."""
    if any(name in fields for name in model.translated):
        return
    found = {name: _number(section, name) for name in sorted(model.scipy_parameters)}
    given = {name: value for name, value in found.items() if value is not None}
    if not given:
        return
    try:
        fields.update(model.from_scipy(given))
    except FieldError as error:
        section.problems.fault(section.place(error.field), error.message, error.hint)


def _check_needed(model: type[Distribution], section: Section, given: Mapping[str, Any]) -> None:
    """A parameter that misleads alone is a fault; a misspelt other has its own."""
    for name, needed in model.needs.items():
        if name in given and needed not in given and not section.may_mean(needed):
            message = f"{quoted(needed)} is missing beside {quoted(name)}"
            section.fault(message, f"for instance `{{{name}: …, {needed}: …}}`")


def _number(section: Section, key: str) -> float | None:
    value = section.take(key)
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    section.problems.fault(section.place(key), f"a number is wanted, not {shown(value)}")
    return None


def _immutable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _forgive_parameters(section: Section) -> None:
    """Ask for every parameter there is: of an unknown family none can be called unknown."""
    for model in FAMILIES.values():
        section.take_all(*(set(model.model_fields) - {"min", "max"}))
