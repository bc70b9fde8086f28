"""Columns of realistic values and identifiers: provider names, locales and arguments."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from app.engine.schema.column_types import TYPE_SPELLINGS
from app.engine.schema.models import IdColumn, ProviderColumn
from app.engine.schema.problems import did_you_mean, listed, nearest, quoted, shown
from app.engine.schema.providers import (
    DEFAULT_LOCALE,
    ID_FORMATS,
    PROVIDER_SPELLINGS,
    accepts,
    argument_names,
    locales,
    providers,
    required_arguments,
)
from app.engine.schema.reading.section import Section

# Parts of the names of arguments of Faker that say how long, or how deep, a value is.
_LENGTHS = re.compile("nb|num|count|length|digits|chars|word|size|levels|depth|deep|indent")
_MAX_LENGTH = 10_000
# Characters of one argument: every sign of a pattern such as `####` becomes a table of its own.
_MAX_TEXT = 1_000
# Arguments whose texts name other providers, each a `{{name}}`.
_TEMPLATES = ("string_format", "data_columns")
_TOKEN = re.compile(r"\{\{\s*(\w+)")


def read_provider(section: Section, common: dict[str, Any], kind: str) -> ProviderColumn | None:
    """A column whose type is the name of a Faker provider."""
    name = PROVIDER_SPELLINGS.get(kind.casefold(), kind)
    locale = read_locale(section)
    args = _arguments(section)
    common = {**common, **section.take_all("max_length")}
    if locale is not None:
        _check_provider(section, name, "type", locale, args)
        if name in providers(locale):
            _close(section, name, locale)
    return section.build(
        ProviderColumn, {**common, **locale_field(section, locale), "type": name, "args": args}
    )


def read_id(section: Section, common: dict[str, Any], kind: str) -> IdColumn | None:
    """`format` as a name, as `{pattern: "##"}` or `{sequence: {start: 1}}`, or `pattern` alone."""
    locale = read_locale(section)
    args = _arguments(section)
    common = {**common, **section.take_all("max_length")}
    fields = {**common, **locale_field(section, locale), "type": kind, "args": args}
    value = section.take("format")
    if isinstance(value, Mapping):
        fields |= _nested_format(section, value)
        section.close()
    else:
        fields |= section.take_all("pattern", "start", "prefix", "width")
        format_name = section.text("format") or ("pattern" if "pattern" in fields else "uuid")
        fields["format"] = PROVIDER_SPELLINGS.get(format_name, format_name)
        section.close()
    _check_format(section, fields, locale)
    return section.build(IdColumn, fields)


def _nested_format(section: Section, value: Mapping[str, Any]) -> dict[str, Any]:
    place = section.place("format")
    inner = Section(section.problems, place, value)
    pattern = inner.take("pattern")
    sequence = inner.take("sequence")
    inner.close()
    if (pattern is None) == (sequence is None):
        section.problems.fault(place, "a name, `{pattern: …}` or `{sequence: {…}}` is wanted")
        return {}
    if pattern is not None:
        return {"format": "pattern", "pattern": pattern}
    body = Section.of(section.problems, (*place, "sequence"), sequence, "a mapping")
    fields = body.take_all("start", "prefix", "width")
    body.close()
    return {"format": "sequence", **fields}


def _check_format(section: Section, fields: dict[str, Any], locale: str | None) -> None:
    name = fields.get("format", "uuid")
    place = section.place("format")
    pattern = fields.get("pattern")
    if name == "pattern" and not pattern:
        section.problems.fault(
            place, "the pattern is missing", 'for instance `pattern: "C-####-??"`'
        )
    if pattern is not None and name != "pattern":
        section.fault(f"`pattern` does not go with format {quoted(name)}", None, "pattern")
    if isinstance(pattern, str) and pattern and not set(pattern) & set("#?%!@^"):
        section.fault("the pattern has no place for a digit (#) or letter (?)", None, "pattern")
    if name != "sequence":
        for key in ("start", "prefix", "width"):
            if key in fields:
                section.fault(f"{quoted(key)} goes with `format: sequence` only", None, key)
    if name in ID_FORMATS:
        if fields["args"]:
            section.fault(f"the format {quoted(name)} takes no arguments", None, "args")
    elif set(name) & set("#?"):
        section.problems.fault(
            place, f"no format is called {quoted(name)}", f'write `pattern: "{name}"`'
        )
    elif locale is not None:
        _check_provider(section, name, "format", locale, fields["args"])


def read_locale(section: Section) -> str | None:
    """The locale as Faker writes it; the default where none is given, None where it is unknown."""
    text = section.text("locale")
    if text is None:
        return None if section.has("locale") else DEFAULT_LOCALE
    name = text.replace("-", "_")
    if name in locales():
        return name
    section.problems.fault(
        section.place("locale"),
        f"there is no locale {quoted(text)}",
        _nearest_locale(name),
    )
    return None


def _nearest_locale(name: str) -> str | None:
    same_language = sorted(other for other in locales() if other.split("_")[0] == name.casefold())
    close = nearest(name, locales()) or (same_language[0] if same_language else None)
    return f"did you mean {quoted(close)}?" if close else "for instance `de_DE`"


def locale_field(section: Section, locale: str | None) -> dict[str, str]:
    """The locale where one is written."""
    return {"locale": locale} if locale is not None and section.has("locale") else {}


def _arguments(section: Section) -> dict[str, Any]:
    value = section.take("args")
    if value is None:
        return {}
    place = section.place("args")
    if not isinstance(value, Mapping):
        section.problems.fault(place, f"a mapping of arguments is wanted, not {shown(value)}")
        return {}
    return {name: item for name, item in value.items() if _is_argument(section, name, item)}


def _is_argument(section: Section, name: str, value: Any) -> bool:
    place = (*section.place("args"), name)
    items = value if isinstance(value, list) else [value]
    if any(isinstance(item, dict | list) for item in items):
        section.problems.fault(place, "an argument is a single value or a list of such")
        return False
    if any(isinstance(item, str) and len(item) > _MAX_TEXT for item in items):
        section.problems.fault(place, f"a text of an argument has at most {_MAX_TEXT:,} characters")
        return False
    large = any(isinstance(item, int | float) and item > _MAX_LENGTH for item in items)
    if large and _LENGTHS.search(name):
        section.problems.fault(place, f"must be at most {_MAX_LENGTH:,}, not {shown(value)}")
        return False
    return True


def _check_provider(
    section: Section, name: str, key: str, locale: str, args: Mapping[str, Any]
) -> None:
    known = providers(locale)
    signature = known.get(name)
    if signature is None:
        _unknown_provider(section, name, key, locale)
        return
    for argument in args:
        if not accepts(signature, argument):
            names = argument_names(signature)
            hint = did_you_mean(argument, names) if names else "it takes none"
            path = (*section.place("args"), argument)
            section.problems.fault(path, f"{quoted(name)} takes no such argument", hint)
    for argument in _TEMPLATES:
        _check_template(section, argument, args.get(argument), known)
    needed = [argument for argument in required_arguments(signature) if argument not in args]
    if needed:
        message = f"{quoted(name)} needs the arguments {listed(needed)}"
        section.problems.fault(section.place("args"), message, "give them under `args`")


def _check_template(section: Section, argument: str, value: Any, known: Collection[str]) -> None:
    """Whatever else a template named would be an attribute of Faker's own objects."""
    for text in value if isinstance(value, list) else [value]:
        for name in _TOKEN.findall(text) if isinstance(text, str) else ():
            if name not in known:
                place = (*section.place("args"), argument)
                message = f"no Faker provider is called {quoted(name)}"
                section.problems.fault(place, message, did_you_mean(name, known))
                return


def _unknown_provider(section: Section, name: str, key: str, locale: str) -> None:
    own = ID_FORMATS if key == "format" else tuple(TYPE_SPELLINGS)
    close = nearest(name, [*own, *providers(locale)])
    hint = f"did you mean {quoted(close)}?" if close else f"built in are {listed(own)}"
    elsewhere = locale != DEFAULT_LOCALE and name in providers()
    message = (
        f"no {'format' if key == 'format' else 'type'} or Faker provider is called {quoted(name)}"
    )
    if elsewhere:
        message = f"the locale {locale} has no provider {quoted(name)}"
    section.problems.fault(section.place(key), message, hint)


def _close(section: Section, name: str, locale: str) -> None:
    signature = providers(locale).get(name)
    names = argument_names(signature) if signature else []
    section.close(hints={arg: f"write it below `args`: `args: {{{arg}: …}}`" for arg in names})
