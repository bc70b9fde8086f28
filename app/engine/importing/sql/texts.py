"""Columns of texts that fit into a length, by what their names say."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.importing.drafts import Document, plain_name, provider_of

# Characters that most values of a provider have; a shorter column gets other texts.
_ROOM = {
    "email": 32, "first_name": 9, "last_name": 10, "user_name": 14, "phone": 22, "city": 18,
    "country_code": 2, "country": 36, "street_address": 28, "address": 60, "postcode": 5,
    "company": 30, "job": 36, "url": 34, "currency_code": 3, "color_name": 18, "ipv4": 15,
    "name": 20,
}  # fmt: skip
_SHORT = {"country": "country_code", "currency": "currency_code", "state": "state_abbr"}
_FIGURES = ("phone", "fax", "mobile", "zip", "postcode", "number", "no", "nr", "isbn")
# Of which there are as many as anyone wants.
_NUMBERED = frozenset({"email", "user_name", "name", "company"})
FREE_TEXT = 20
"""Characters from which a text is made of words."""
LONGEST_CODE = 12
LONGEST_TEXT = 200
UUID_LENGTH = 36
UNIQUE_ROOM = 64
"""Characters that unique values of a provider are sure to have room in."""


@dataclass(frozen=True, slots=True)
class MadeText:
    """A column, what was assumed, and how many different values it can have (None: any number)."""

    spec: Document
    assumed: str
    capacity: int | None = None


def text_column(name: str, length: int | None) -> MadeText:
    """Texts of at most `length` characters."""
    plain = plain_name(name)
    provider = provider_of(plain)
    last = plain.rpartition("_")[2]
    if length in {2, 3} and last in _SHORT:
        provider = _SHORT[last]
    room = _ROOM.get(provider or "", 2)
    if provider is not None and (length is None or length >= room):
        spec: Document = {"type": provider}
        if length is not None:
            spec["max_length"] = length
        return MadeText(spec, f"by its name it is made up as {provider.replace('_', ' ')}")
    if length is not None and length < FREE_TEXT:
        return _codes(last, length)
    most = min(length or LONGEST_TEXT, LONGEST_TEXT)
    spec = {"type": "text", "args": {"max_nb_chars": most}}
    if length is not None:
        spec["max_length"] = length
    return MadeText(spec, f"nothing says what it holds: any words, up to {most} characters")


def _codes(last: str, length: int) -> MadeText:
    width = min(length, LONGEST_CODE)
    sign, what = ("#", "digits") if last in _FIGURES else ("?", "letters")
    spec = {"type": "bothify", "args": {"text": sign * width}, "max_length": length}
    return MadeText(spec, f"nothing says what it holds: {width} {what} at random")


def unique_text(name: str, length: int | None) -> MadeText:
    """Texts of which no two are the same."""
    provider = provider_of(plain_name(name))
    if provider in _NUMBERED and (length is None or length >= UNIQUE_ROOM):
        spec: Document = {"type": provider, "unique": True}
        return MadeText(spec, f"by its name made up as {provider.replace('_', ' ')}, each once")
    if length is None or length >= UUID_LENGTH:
        return MadeText({"type": "id"}, "unique: made up as UUIDs")
    pattern = _pattern(min(length, LONGEST_CODE))
    capacity = 26 ** pattern.count("?") * 10 ** pattern.count("#")
    return MadeText({"type": "id", "pattern": pattern}, f"unique: made up like {pattern}", capacity)


def _pattern(width: int) -> str:
    letters = width if width < 3 else 2
    return "?" * letters + "#" * (width - letters)
