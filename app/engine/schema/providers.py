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
# Forms of identifiers of the language itself; each has a plan in `generators/text/identifiers.py`.
ID_FORMATS = ("uuid", "sequence", "bban", "iban", "ean13", "pattern")
# Words of the language for providers that Faker calls otherwise.
PROVIDER_SPELLINGS = {"phone": "phone_number"}


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
