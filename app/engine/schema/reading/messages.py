"""Pydantic's findings in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import ValidationError

from app.engine.distributions.shared.base import FieldError
from app.engine.schema.problems import nearest, quoted, shown


class Finding(NamedTuple):
    """`field` is the key at fault, empty where it is the whole mapping; `steps` lead on from it."""

    field: str
    message: str
    hint: str | None
    steps: tuple[int, ...] = ()


_WANTED = {
    "float_type": "a number is wanted",
    "float_parsing": "a number is wanted",
    "int_type": "a whole number is wanted",
    "int_parsing": "a whole number is wanted",
    "int_from_float": "a whole number is wanted",
    "string_type": "a text is wanted",
    "bool_type": "true or false is wanted",
    "bool_parsing": "true or false is wanted",
    "dict_type": "a mapping is wanted",
    "tuple_type": "a list is wanted",
    "list_type": "a list is wanted",
    "finite_number": "a finite number is wanted",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "must be at least"),
    "greater_than": ("gt", "must be above"),
    "less_than_equal": ("le", "must be at most"),
    "less_than": ("lt", "must be below"),
}
_STRENGTH = "must be low, medium, high, or a number between 0 and 1"


def faults_of(error: ValidationError) -> Iterator[Finding]:
    """One finding for each field at fault."""
    seen: set[str] = set()
    for detail in error.errors(include_url=False):
        field = str(detail["loc"][0]) if detail["loc"] else ""
        cause = detail.get("ctx", {}).get("error")
        if isinstance(cause, FieldError):
            yield Finding(cause.field, cause.message, cause.hint)
        elif field not in seen:
            seen.add(field)
            steps = tuple(step for step in detail["loc"][1:2] if isinstance(step, int))
            yield Finding(field, *_words(field, detail), steps)


def _words(field: str, detail: Any) -> tuple[str, str | None]:
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    if field == "strength":
        return f"{_STRENGTH}, not {shown(value)}", None
    if kind == "missing":
        return f"{quoted(field)} is missing", None
    if kind in _BOUNDS:
        bound, words = _BOUNDS[kind]
        return f"{words} {context[bound]:g}, not {shown(value)}", None
    if kind == "literal_error":
        return _literal(value, context["expected"])
    if kind in _WANTED:
        return f"{_WANTED[kind]}, not {shown(value)}", _retype(kind, value)
    return f"{shown(value)} is not possible here", None


def _literal(value: Any, expected: str) -> tuple[str, str | None]:
    choices = expected.replace("'", "").replace(" or ", ", ")
    close = nearest(value, choices.split(", ")) if isinstance(value, str) else None
    hint = f"did you mean {quoted(close)}?" if close else None
    return f"must be one of {choices}, not {shown(value)}", hint


def _retype(kind: str, value: Any) -> str | None:
    """What would be right where a value has the wrong type for a reason often seen."""
    if kind.startswith("bool") and str(value).casefold() in {"yes", "no", "on", "off"}:
        right = "true" if str(value).casefold() in {"yes", "on"} else "false"
        return f"YAML 1.2 knows true and false only: write {right}"
    if isinstance(value, str) and kind.startswith(("float", "int")):
        if value.rstrip().endswith("%"):
            return "write a share such as 0.3, not a percentage"
        return "write it without quotes" if _is_number(value) else None
    return None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
