"""Columns of realistic values: any Faker provider by its name.

Where the provider's method can be traced to tables, values are drawn from the locale's own tables
with their own weights; where not, the method is called row by row. Either way a value depends on
the seed, the names, the row and the definition's `today` alone, not on the day, place or machine
where it is made.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.types

from app.engine.generators.base import Block, Generator, ReferenceDay, Scope
from app.engine.generators.faker.calls import FakerCalls, call, faker_of, natural_type
from app.engine.generators.faker.unique_values import (
    Numbered,
    UniqueTable,
    WithoutRepetition,
    different_values,
    place_of_number,
)
from app.engine.generators.lengths import fitting_texts
from app.engine.generators.text.forms import PROVIDER_FORMS, FormIds
from app.engine.schema.models import ProviderColumn
from app.engine.schema.providers import DEFAULT_LOCALE, locales, providers

CLOCKED = {"zip"}  # holds the time of day at which it was made, which nothing can fix
SAMPLE_CALLS = 16  # from which the type of a column is decided


class Values(Protocol):
    """Something that draws the values of a block."""

    def draw(self, block: Block) -> pa.Array: ...


@dataclass(frozen=True, slots=True)
class ProviderGenerator:
    """Values of a provider."""

    values: Values
    type: pa.DataType
    reads: frozenset[str] = frozenset()

    def draw(self, block: Block) -> pa.Array:
        return self.values.draw(block)


def plan_provider(column: ProviderColumn, scope: Scope) -> Generator:
    """The generator of a column whose type is the name of a Faker provider."""
    if column.unique and column.max_length is not None:
        hint = "leave one of the two out, or write `type: id` with a `pattern`"
        raise scope.fail("cannot be promised beside `unique`", hint, "max_length")
    args = column.args
    values = plan_values(column.type, column.locale, args, scope, unique=column.unique, key="type")
    return fitting_texts(values, column.max_length, scope)


def plan_values(
    method: str,
    locale: str | None,
    args: Mapping[str, Any],
    scope: Scope,
    *,
    unique: bool,
    key: str,
) -> ProviderGenerator:
    """The generator of a provider's values; `key` is where the definition names the provider.

    Raises:
        DefinitionError: for an unknown locale or provider, arguments it does not take, or values
            that cannot be made unique.
    """
    locale = _known_locale(locale, scope)
    _require_provider(locale, method, args, scope, key)
    if unique and method in PROVIDER_FORMS and not args:
        return ProviderGenerator(FormIds(PROVIDER_FORMS[method]), pa.string())
    traced = _traced(locale, method, args, scope.today)
    plain = (
        _from_calls(locale, method, args, scope, key)
        if traced is None
        else ProviderGenerator(traced, traced.type)
    )
    return _unique(method, traced, plain, scope) if unique else plain


def bank_form(locale: str | None, scope: Scope) -> tuple[str, str]:
    """The pattern of a bban of the locale (# digit, ? letter) and its country's code.

    National check digits inside the bban, which a few locales have, are random here; a warning
    says so.
    """
    from faker.providers.bank import Provider as BankProvider

    locale = _known_locale(locale, scope)
    provider = faker_of(locale).provider("faker.providers.bank")
    if type(provider).bban is not BankProvider.bban:
        scope.warn(
            f"check digits inside the bban of {locale} are random",
            "only the check digits of an iban are computed",
            "locale",
        )
    return provider.bban_format, provider.country_code


def _known_locale(locale: str | None, scope: Scope) -> str:
    wanted = (locale or DEFAULT_LOCALE).replace("-", "_")
    if wanted in locales():
        return wanted
    near = difflib.get_close_matches(wanted, sorted(locales()), 1)
    hint = f"did you mean {near[0]!r}?" if near else "a locale of Faker, such as de_DE"
    raise scope.fail(f"there is no locale {locale!r}", hint, "locale")


def _require_provider(
    locale: str, method: str, args: Mapping[str, Any], scope: Scope, key: str
) -> None:
    known = providers(locale)
    if method not in known:
        near = difflib.get_close_matches(method, list(known), 1)
        hint = f"did you mean {near[0]!r}?" if near else "the name of a Faker provider"
        raise scope.fail(f"no type or provider {method!r} in locale {locale}", hint, key)
    if method in CLOCKED:
        raise scope.fail(f"{method} holds the time of day: no seed gives it again", "tar", key)
    try:
        known[method].bind(**args)
    except TypeError as error:
        raise scope.fail(f"{method}: {error}", _signature_hint(locale, method), "args") from None


def _signature_hint(locale: str, method: str) -> str:
    names = providers(locale)[method].parameters
    return f"it takes {', '.join(names)}" if names else "it takes no arguments"


def _traced(locale: str, method: str, args: Mapping[str, Any], today: ReferenceDay) -> Any:
    """What tracing finds: TypedTable, TableTexts or ProseTexts; None where it must be called."""
    from app.engine.generators.faker.prose import prose
    from app.engine.generators.faker.recipes import tables
    from app.engine.generators.faker.text_templates import Untraceable
    from app.engine.generators.faker.tracing import trace

    try:
        return prose(locale, method, args) or tables(trace(locale, method, args, today))
    except Untraceable:
        return None


def _unique(method: str, traced: Any, plain: ProviderGenerator, scope: Scope) -> ProviderGenerator:
    """The provider's values, each one once.

    Raises:
        DefinitionError: where there are too few, and a number would spoil their form.
    """
    table = traced.single_table() if traced is not None else None
    if table is not None and len(table[0]) >= scope.rows:
        return ProviderGenerator(UniqueTable(*table), plain.type)
    place = place_of_number(method) if pyarrow.types.is_string(plain.type) else None
    if place in ("@", "."):
        return ProviderGenerator(Numbered(plain.values, place), plain.type)
    stream = scope.stream
    most = different_values(plain.values, scope.rows, stream) if table is None else len(table[0])
    if most is None:
        return ProviderGenerator(WithoutRepetition(plain.values), plain.type)
    message = f"{method} has {most:,} different values for {scope.rows:,} rows"
    if place is None:
        hint = f"at most {most:,} rows, another provider, `type: id`, or leave 'unique' out"
        raise scope.fail(message, hint, "unique")
    scope.warn(message, "each gets the number of its row to be unique", "unique")
    return ProviderGenerator(Numbered(plain.values, place), plain.type)


def _from_calls(
    locale: str, method: str, args: Mapping[str, Any], scope: Scope, key: str
) -> ProviderGenerator:
    try:
        sample = call(locale, method, args, scope.stream.child("sample"), SAMPLE_CALLS, scope.today)
    except Exception as error:
        what = f"{method} cannot be drawn: {type(error).__name__}: {error}"
        raise scope.fail(what, _signature_hint(locale, method), "args" if args else key) from error
    kind = natural_type(sample)
    return ProviderGenerator(FakerCalls(locale, method, dict(args), kind, scope.today.day), kind)
