"""Which field a fault belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, TypeVar

from app.ui.model.paths import Path, read_path

Key = TypeVar("Key")


class Located(Protocol):
    """A fault as the API tells it."""

    @property
    def path(self) -> str: ...


Fault = TypeVar("Fault", bound=Located)


def assign(
    faults: Iterable[Fault], places: Mapping[Key, Path]
) -> tuple[dict[Key, list[Fault]], list[Fault]]:
    """Faults by the field whose place is the nearest one, and those that belong to none.

    A field shows what is wrong at its place, below it, or at the nearest place above it that no
    other field is nearer to: only where the whole path of the fault leads to the field.
    """
    found: dict[Key, list[Fault]] = {}
    rest: list[Fault] = []
    keys: dict[Path, Key] = {}
    for key, place in places.items():
        keys.setdefault(place, key)
    for fault in faults:
        nearest = _nearest(read_path(fault.path), keys)
        if nearest is None:
            rest.append(fault)
        else:
            found.setdefault(nearest, []).append(fault)
    return found, rest


def _nearest(path: Path, keys: Mapping[Path, Key]) -> Key | None:
    """The field with the longest place that the path leads through."""
    above = (path[:length] for length in range(len(path), 0, -1))
    return next((keys[place] for place in above if place in keys), None)
