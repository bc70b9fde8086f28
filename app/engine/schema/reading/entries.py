"""Named things (features, categories, tables) given as a mapping or as a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from app.engine.schema.problems import Problems, quoted, shown
from app.engine.schema.source import Path


class Entry(NamedTuple):
    """`name` and what is said of it, None where nothing is; `place` is where that stands.

    `is_text` says that the name stood where values keep their kind, and was a text.
    """

    name: str
    place: Path
    body: Any
    is_text: bool = False


def named_entries(problems: Problems, path: Path, value: Any, what: str) -> list[Entry]:
    """The entries of a mapping; of a list of names, of one-key mappings, of mappings with a
    `name` or `label`, or of mappings whose first key has no value and whose others are siblings
    (FIG. 6 of the patent). Names that stand twice are faults.
    """
    entries: dict[str, Entry] = {}
    for entry in _entries(problems, path, value, what):
        if entry.name in entries:
            problems.fault(entry.place, f"{quoted(entry.name)} stands twice")
        if not entry.name:
            problems.fault(entry.place, "an empty text is no name", "for nulls, use `missing`")
        entries.setdefault(entry.name, entry)
    return list(entries.values())


def _entries(problems: Problems, path: Path, value: Any, what: str) -> Iterator[Entry]:
    if isinstance(value, Mapping):
        for name, body in value.items():
            yield Entry(name, (*path, name), body)
    elif isinstance(value, list):
        for i, item in enumerate(value):
            entry = _item(problems, (*path, i), item)
            if entry is None:
                message = f"a name or a mapping of one name is wanted, not {shown(item)}"
                problems.fault((*path, i), message)
            else:
                yield entry
    else:
        problems.fault(path, f"a mapping of {what} is wanted, not {shown(value)}")


def _item(problems: Problems, path: Path, item: Any) -> Entry | None:
    if isinstance(item, str | int | float):
        return Entry(problems.text(path), path, None, isinstance(item, str))
    if not isinstance(item, Mapping) or not item:
        return None
    first, body = next(iter(item.items()))
    siblings = {key: value for key, value in item.items() if key != first}
    if len(item) == 1:
        return Entry(first, (*path, first), body)
    if body is None:
        return Entry(first, path, siblings)
    if first in {"name", "label"} and not isinstance(body, Mapping | list):
        return Entry(problems.text((*path, first)), path, siblings, isinstance(body, str))
    return None
