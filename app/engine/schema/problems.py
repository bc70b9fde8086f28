"""Collects every fault and warning while a document is read."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from app.engine.errors import DefinitionError, Fault
from app.engine.schema.learned import Models, NoModels
from app.engine.schema.source import Path, Source, write_path

MAX_SHOWN = 40
MAX_FAULTS = 500


class Problems:
    """The faults and warnings of one document, each at its path and line.

    `written` holds the scalars that were read as the text that stands in the document, by path;
    `assumed_rows` the warnings that tables without parents get a number of rows that nobody gave;
    `effects` the places where an effect on the target stands, with the labels it names; `models`
    finds those that tables name.
    """

    def __init__(self, source: Source, models: Models | None = None) -> None:
        self.source = source
        self.models = models or NoModels()
        self.faults = list(source.faults)
        self.warnings: list[Fault] = []
        self.assumed_rows: list[Fault] = []
        self.written: dict[Path, str] = {}
        self.effects: list[tuple[Path, tuple[str, ...]]] = []
        self._places = {fault.path for fault in source.faults}

    def fault(self, path: Path, message: str, hint: str | None = None) -> None:
        """Note what is wrong; of several faults at one place the first is the cause.

        Raises:
            DefinitionError: where there are so many faults that no more are worth the time.
        """
        place = write_path(path)
        if place not in self._places:
            self._add(Fault(place, message, hint, self.source.line(path)))

    def inner_fault(
        self, path: Path, message: str, hint: str | None = None, line: int | None = None
    ) -> None:
        """Note what is wrong inside of the text at `path`, which may have several faults; `line`
        is counted inside of it, from 1.

        Raises:
            DefinitionError: as `fault`.
        """
        self._add(Fault(write_path(path), message, hint, self.source.inner_line(path, line)))

    def _add(self, fault: Fault) -> None:
        self._places.add(fault.path)
        self.faults.append(fault)
        if len(self.faults) >= MAX_FAULTS:
            found = self.in_order()
            more = Fault("document", f"has more faults than these {MAX_FAULTS}")
            raise DefinitionError([*found, more])

    def is_faulty(self, path: Path) -> bool:
        """Whether a fault was found at this very place."""
        return write_path(path) in self._places

    def warn(self, path: Path, message: str, hint: str | None = None) -> None:
        self.warnings.append(Fault(write_path(path), message, hint, self.source.line(path)))

    def text(self, path: Path) -> str:
        """The scalar at `path` as written: labels such as 01067 and 2.50 stay as they are."""
        text = self.source.written(path)
        self.written[path] = text
        return text

    def note_effect(self, path: Path, labels: tuple[str, ...]) -> None:
        self.effects.append((path, labels))

    def in_order(self) -> list[Fault]:
        """Every fault, in the order of the text where it has lines."""
        return sorted(self.faults, key=lambda fault: fault.line or 0)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was probably meant to be."""
    folded = {other.casefold(): other for other in known}
    found = get_close_matches(name[:MAX_SHOWN].casefold(), folded, n=1)
    return folded[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """A hint with the nearest known name, else all of them where they are few."""
    names = list(known)
    close = nearest(name, names)
    if close is not None:
        return f"did you mean {quoted(close)}?"
    return f"known are {listed(names)}" if 0 < len(names) <= 20 else None


def quoted(name: str) -> str:
    return f"`{name}`" if len(name) <= MAX_SHOWN else f"`{name[:MAX_SHOWN]}…`"


def listed(names: Iterable[str]) -> str:
    return ", ".join(map(quoted, names))


def shown(value: Any) -> str:
    """A value for a message: short, and with the name of its kind where that says more."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, str):
        return f"the text {value[:MAX_SHOWN]!r}" + ("…" if len(value) > MAX_SHOWN else "")
    if value is None:
        return "nothing"
    return str(value).lower() if isinstance(value, bool) else f"{value:.12g}"
