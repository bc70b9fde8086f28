"""Which providers of values there are: the language's own identifiers, and Faker's by locale, with
the arguments that they take.

Faker takes more than half a second to import: nothing here imports it before it is asked for.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

DEFAULT_LOCALE = "en_US"
# Forms of identifiers of the language itself; each has a plan in `generators/identifiers.py`.
ID_FORMATS = ("uuid", "sequence", "bban", "iban", "ean13", "pattern")
# Words of the language for providers that Faker calls otherwise.
PROVIDER_SPELLINGS = {"phone": "phone_number"}
# Parts of a person, and of a place, that columns can be.
JOINT_PARTS: Mapping[str, tuple[str, ...]] = {
    "person": ("name", "first_name", "last_name", "sex", "email", "user_name"),
    "place": (
        *("city", "postcode", "region", "region_code", "country_code"),
        *("latitude", "longitude", "time_zone"),
    ),
}
# Those that can be unique, as a number may stand in them.
NUMBERED_PARTS = ("email", "user_name")
_POSTAL_PARTS: Mapping[str, tuple[str, ...]] = {
    "en_US": ("city", "postcode", "region", "region_code", "country_code"),
    "en_CA": ("city", "postcode", "region", "region_code", "country_code"),
    "fr_FR": ("city", "postcode", "region", "region_code", "country_code"),
    "it_IT": ("city", "postcode", "region_code", "country_code"),
}
_LAND_PARTS = ("city", "latitude", "longitude", "time_zone", "country_code")


def place_parts(locale: str | None) -> tuple[tuple[str, ...], ...]:
    """The parts of places that fit each other in one of Faker's tables, for each of its tables of
    this locale's country."""
    name = locale or DEFAULT_LOCALE
    postal = (_POSTAL_PARTS[name],) if name in _POSTAL_PARTS else ()
    return (*postal, _LAND_PARTS) if land_places(name) else postal


@lru_cache(maxsize=128)
def land_places(locale: str) -> tuple[tuple[str, ...], ...]:
    """Latitude, longitude, city, country and time zone of the places of a locale's country."""
    from faker.providers.geo import Provider

    country = locale.partition("_")[2]
    return tuple(place for place in Provider.land_coords if place[3] == country)


@lru_cache(maxsize=1)
def locales() -> frozenset[str]:
    """Every locale that Faker has, such as de_DE."""
    from faker.config import AVAILABLE_LOCALES

    return frozenset(AVAILABLE_LOCALES)


@lru_cache(maxsize=128)
def providers(locale: str = DEFAULT_LOCALE) -> Mapping[str, inspect.Signature]:
    """The providers of a locale by name, with the arguments they take.

    Args:
        locale: one of `locales()`.
    """
    from faker import Faker

    found: dict[str, Any] = {}
    for provider in Faker(locale).factories[0].providers:
        for name in dir(provider):
            member = getattr(provider, name)
            if callable(member) and not name.startswith("_"):
                found.setdefault(name, member)
    return {name: inspect.signature(found[name]) for name in sorted(found)}


def accepts(signature: inspect.Signature, name: str) -> bool:
    """Whether a provider takes an argument of this name."""
    parameter = signature.parameters.get(name)
    if parameter is not None:
        return parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    return any(other.kind is other.VAR_KEYWORD for other in signature.parameters.values())


def argument_names(signature: inspect.Signature) -> list[str]:
    """The names of the arguments that a provider takes."""
    return [name for name in signature.parameters if accepts(signature, name)]


def required_arguments(signature: inspect.Signature) -> list[str]:
    """The arguments that a provider cannot do without."""
    return [
        name
        for name, parameter in signature.parameters.items()
        if parameter.default is parameter.empty
        and accepts(signature, name)
        and parameter.kind is not parameter.VAR_KEYWORD
    ]
