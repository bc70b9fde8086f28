"""What the format `csv` leaves open: the token of nulls, delimiter, quotes, byte order mark, ends
of lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app.engine.errors import FormatError

LONGEST_NULL = 20
_DELIMITERS = {",": ",", ";": ";", "|": "|", "\t": "\t", "tab": "\t"}
_CHOICES: Mapping[str, tuple[str | bool, ...]] = {
    "delimiter": (",", ";", "|", "tab"),
    "quote": ("minimal", "all"),
    "bom": (True, False),
    "line_end": ("lf", "crlf"),
}
_VALUE = re.compile(r"[-+.]*\d|(true|false)$", re.ASCII)  # what numbers, moments, truths are
KEYS = ("null", *_CHOICES)


@dataclass(frozen=True, slots=True)
class CsvOptions:
    """How CSV is written.

    Args:
        null: the token of a null; a text that is the same is quoted.
        delimiter: one of `,`, `;`, `|` and a tab.
        quote: `minimal` where a cell needs it, or `all` cells but nulls.
        bom: whether the file begins with UTF-8's byte order mark, which Excel looks for.
        line_end: `lf`, or `crlf` as in RFC 4180.
    """

    null: str = ""
    delimiter: str = ","
    quote: Literal["minimal", "all"] = "minimal"
    bom: bool = False
    line_end: Literal["lf", "crlf"] = "lf"


def csv_options(given: Mapping[str, Any]) -> CsvOptions:
    """The options of keys and values without a fault."""
    options = dict(given)
    if "delimiter" in options:
        options["delimiter"] = _DELIMITERS[options["delimiter"]]
    return CsvOptions(**options)


def checked_csv_options(given: Mapping[str, Any]) -> CsvOptions:
    """The options of keys and values.

    Raises:
        FormatError: for the first that is none.
    """
    for key, message, hint in csv_option_faults(given):
        raise FormatError(f"csv.{key}: {message} ({hint})")
    return csv_options(given)


def csv_option_faults(given: object) -> Iterator[tuple[str, str, str]]:
    """What is wrong with keys and values: the key, empty for all, the message, and a hint."""
    if not isinstance(given, Mapping):
        yield "", "a mapping is wanted", "for instance {delimiter: ';'}"
        return
    for key, value in given.items():
        if key == "null":
            if not _is_token(value):
                hint = f"at most {LONGEST_NULL} characters, no delimiter or quote, no number"
                yield key, f"{value!r} is no token for nulls", hint
        elif key not in _CHOICES:
            yield key, "there is no such option", f"one of {', '.join(KEYS)}"
        elif not _is_choice(key, value):
            listed = ", ".join(str(choice).lower() for choice in _CHOICES[key])
            yield key, f"{value!r} is no choice", f"one of {listed}"


def _is_choice(key: str, value: object) -> bool:
    if key == "delimiter":
        return isinstance(value, str) and value in _DELIMITERS
    return any(type(value) is type(choice) and value == choice for choice in _CHOICES[key])


def _is_token(value: object) -> bool:
    return (
        isinstance(value, str)
        and len(value) <= LONGEST_NULL
        and value == value.strip()
        and value.isprintable()
        and not set(value) & set('",;|')
        and not _VALUE.match(value)
    )
