"""Where something stands in the document as it was written, for faults found after reading.

Compiling knows columns by their names alone, and calls the place of one
``schema.features.Tenure``. Documents spell the same in several ways: without `schema`, with lists
of named entries. A locator finds the place that was meant, and its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.engine.errors import Fault
from app.engine.schema.source import Path, Source, write_path

_INDEX = re.compile(r"\[(\d+)\]")
_ENDS = ("", ".", "[")
_NAMES = ("name", "value", "label")


@dataclass(frozen=True, slots=True, eq=False)
class Locator:
    """Finds places in one document; in none, every fault stays as it is.

    All locators are equal: how a definition was written is no part of what it says. For the same
    reason a locator stays behind, and an empty one travels, when a definition is pickled.
    """

    source: Source | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Locator)

    def __hash__(self) -> int:
        return hash(Locator)

    def __reduce__(self) -> tuple[type[Locator], tuple[()]]:
        return Locator, ()

    def placed(self, faults: Iterable[Fault]) -> tuple[Fault, ...]:
        """The faults with the path and line at which the document has what they speak of."""
        return tuple(map(self._placed, faults))

    def _placed(self, fault: Fault) -> Fault:
        if self.source is None or fault.line is not None:
            return fault
        path, rest = _found(self.source.data, fault.path)
        if not path:
            return fault
        text = write_path(path) + (rest if rest.startswith("[") or not rest else f".{rest}")
        return replace(fault, path=text, line=self.source.line(path))


def _found(data: Any, text: str) -> tuple[Path, str]:
    """The longest part of a path that the document has, and the rest of the text."""
    inner = text.removeprefix("schema.")
    for place in (("schema",), *_only_table(data), ()):
        holder = data
        for step in place:
            holder = holder.get(step) if isinstance(holder, Mapping) else None
        path, rest = _walk(holder, inner)
        if path:
            return (*place, *path), rest
    return (), text


def _only_table(data: Any) -> tuple[Path, ...]:
    """Where the parts of a table stand that is alone, below `tables` all the same."""
    tables = data.get("tables") if isinstance(data, Mapping) else None
    if isinstance(tables, Mapping) and len(tables) == 1:
        return (("tables", next(iter(tables))),)
    return ()


def _walk(data: Any, text: str) -> tuple[Path, str]:
    path: list[str | int] = []
    while text:
        step = _step(data, text)
        if step is None:
            break
        key, length = step
        path.append(key)
        data, text = data[key], text[length:].removeprefix(".")
    return tuple(path), text


def _step(data: Any, text: str) -> tuple[str | int, int] | None:
    """The next key or place in a list, and how many characters of the text it takes."""
    if isinstance(data, Mapping):
        return max(
            ((key, taken) for key in data if (taken := _takes(text, key))),
            key=lambda pair: pair[1],
            default=None,
        )
    if not isinstance(data, list):
        return None
    index = _INDEX.match(text)
    if index:
        number = int(index[1])
        return (number, index.end()) if number < len(data) else None
    # A name that leads into a list leads to the entry of this name; the name itself may be the
    # key in it, so nothing of the text is taken.
    for number, entry in enumerate(data):
        length = _names(entry, text)
        if length is not None:
            return number, length
    return None


def _names(entry: Any, text: str) -> int | None:
    if not isinstance(entry, Mapping):
        return _takes(text, str(entry)) or None
    if any(_takes(text, str(key)) for key in entry):
        return 0
    named = (str(entry[key]) for key in _NAMES if key in entry)
    return max((_takes(text, name) for name in named), default=0) or None


def _takes(text: str, name: str) -> int:
    """How much of the text is this name, plain or in backticks; 0 where it is another one."""
    for spelled in (name, write_path((name,))):
        if spelled and text.startswith(spelled) and text[len(spelled) :][:1] in _ENDS:
            return len(spelled)
    return 0
