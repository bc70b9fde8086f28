"""What a person types, as values of a document, and the reverse."""

from __future__ import annotations

import math
import re
from typing import Any

from app.ui.model.writing.numbers import readings


def read_number(text: str) -> int | float | str | None:
    """A number as people write it; what is none stays the text that it is, for the API to say so
    at its place."""
    text = text.strip()
    found = readings(text)
    return found[0] if found else text or None


def read_numbers(text: str) -> list[int | float | str]:
    """Numbers between semicolons, else between commas or blanks."""
    parts = text.split(";") if ";" in text else re.split(r"[,\s]+", text)
    return [each for each in map(read_number, parts) if each is not None]


def show(value: Any) -> str:
    """A value as it stands in a field."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, list | tuple):
        return ", ".join(map(show, value))
    return str(value)


def put(mapping: dict[str, Any], key: str, value: Any) -> None:
    """Set a key, or take it out where the value says nothing."""
    if value is None or value == "":
        mapping.pop(key, None)
    else:
        mapping[key] = value


def number_or_none(value: Any) -> float | None:
    """The value as a number where it is one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def short(text: str, most: int = 200) -> str:
    """As much of a text as is shown at once."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def figure_text(value: float) -> str:
    """A figure for people: four digits, no powers of ten, thousands parted by commas."""
    size = abs(value)
    if not math.isfinite(value) or 0 < size < 1e-9 or size >= 1e15:
        return f"{value:.4g}"
    if size >= 1000:
        return f"{value:,.0f}"
    if size == 0 or size >= 0.001:
        return f"{value:.4g}"
    return f"{value:.{1 - math.floor(math.log10(size))}f}".rstrip("0")
