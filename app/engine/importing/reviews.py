"""What was read of a column of a file, in words that a person can check at a glance."""

from __future__ import annotations

from app.engine.profiling.models import ColumnProfile

_KINDS = {
    "integer": "whole numbers",
    "number": "numbers",
    "category": "labels",
    "boolean": "yes or no",
    "date": "dates",
    "datetime": "dates with times",
    "time": "times of day",
    "id": "identifiers",
    "text": "texts",
    "constant": "one value",
    "geo": "places",
}
_SHOWN = 3


def read_of(profile: ColumnProfile, rows: int) -> str:
    """Kind, how it is written, what is missing: `dates, written %d.%m.%Y, 2 % missing (N/A)`.

    Args:
        rows: how many were looked at.
    """
    parts = [_KINDS[profile.kind], *_written(profile)]
    if profile.kind in {"category", "boolean"}:
        parts[0] = f"{profile.distinct:,} {_KINDS['category']}"
    if profile.missing:
        tokens = [each.value for each in profile.missing_tokens if each.value]
        marks = f" ({', '.join(tokens[:_SHOWN])})" if tokens else ""
        parts.append(f"{profile.missing:.3g} of the rows missing{marks}")
    return f"{', '.join(parts)}; {rows:,} rows"


def _written(profile: ColumnProfile) -> list[str]:
    form = profile.format
    found = []
    if form.pattern:
        found.append(f"written {form.pattern}")
    if form.decimal_mark == ",":
        found.append("with a decimal comma")
    if form.thousands:
        found.append(f"with {form.thousands!r} between thousands")
    if form.prefix or form.suffix:
        found.append(f"written {form.prefix}…{form.suffix}")
    if form.labels:
        found.append(f"{form.labels[1]} for yes, {form.labels[0]} for no")
    if form.mask:
        found.append(f"like {form.mask}")
    return found
