"""What a scalar of YAML's 1.2 core schema means (YAML 1.2.2, section 10.3.2)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from app.engine.schema.source import MAX_INTEGER

Scalar = str | int | float | bool | None
Resolved = tuple[Scalar, str | None]  # the value, or what is wrong with it

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_MAX_DIGITS = 400


def resolve_plain(text: str) -> Resolved:
    """The value of a scalar without quotes."""
    if text in _NULL:
        return None, None
    if text in _BOOL:
        return _BOOL[text], None
    if _INT.fullmatch(text):
        return _whole(text)
    if _FLOAT.fullmatch(text):
        return _real(text)
    if _NOT_FINITE.fullmatch(text):
        return None, f"{text} is not a finite number"
    return text, None


def resolve_tagged(tag: str, text: str) -> Resolved:
    """The value of a scalar with an explicit tag; `tag` without YAML's own prefix."""
    if tag == "str":
        return text, None
    if tag not in _TAGS:
        return None, f"the tag {tag!r} is not part of YAML's core schema"
    value, problem = resolve_plain(text)
    if tag == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value), problem
    if problem is None and not _TAGS[tag](value):
        return None, f"{text!r} is no {tag}"
    return value, problem


_TAGS: dict[str, Callable[[Scalar], bool]] = {
    "null": lambda value: value is None,
    "bool": lambda value: isinstance(value, bool),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "float": lambda value: isinstance(value, float),
}


def _whole(text: str) -> Resolved:
    """010 is ten; only 0o10 is eight."""
    if len(text) > _MAX_DIGITS:
        return None, f"a number of {len(text)} digits is too large"
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    value = int(text[2:] if base != 10 else text, base)
    if abs(value) > MAX_INTEGER:
        return None, f"{text[:40]} is outside the 64-bit whole numbers"
    return value, None


def _real(text: str) -> Resolved:
    value = float(text)
    if math.isfinite(value):
        return value, None
    return None, f"{text[:40]} is too large for a number"
