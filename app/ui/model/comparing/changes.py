"""What two definitions say differently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.ui.model.paths import Path
from app.ui.model.values import short, show

LONGEST = 80


@dataclass(frozen=True)
class Change:
    """A place, and what each of the two says there; empty where it says nothing."""

    place: Path
    left: str
    right: str


def changes(left: Any, right: Any) -> list[Change]:
    """Every place where they differ, in the order of the left one, then of the right one."""
    return list(_changes((), left, right))


def _changes(place: Path, left: Any, right: Any) -> Iterator[Change]:
    if left == right:
        return
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        for key in dict.fromkeys((*left, *right)):
            yield from _changes((*place, key), left.get(key), right.get(key))
    elif isinstance(left, list) and isinstance(right, list):
        for number in range(max(len(left), len(right))):
            pair = (each[number] if number < len(each) else None for each in (left, right))
            yield from _changes((*place, number), *pair)
    else:
        yield Change(place, _said(left), _said(right))


def _said(value: Any) -> str:
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key}: {_said(each)}" for key, each in value.items())
        return short(f"{{{inner}}}", LONGEST)
    if isinstance(value, list):
        return short(", ".join(map(_said, value)), LONGEST)
    return short(show(value), LONGEST)
