"""A document as read: plain data, and where each part of it stood in the text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.engine.errors import Fault

Path = tuple[str | int, ...]

MAX_DEPTH = 64
MAX_NODES = 200_000
MAX_BYTES = 4_000_000
MAX_INTEGER = 2**63 - 1
MAX_ROWS = 10**12

TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep"
TOO_MANY = f"more than {MAX_NODES:,} values, aliases expanded"

_QUOTED = re.compile(r"[.\[\]`\n\r]|^\s|\s$|^$")


def write_path(path: Path) -> str:
    """The path as text: ``schema.features.Tenure.buckets[1].std``.

    Names that would be misread (with dots, brackets, backticks, or empty) stand in backticks.
    """
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += ("." if text else "") + _write_name(step)
    return text or "document"


def _write_name(name: str) -> str:
    if not _QUOTED.search(name):
        return name
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`").replace("\n", "\\n") + "`"


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a YAML text: its line, and its text as written where it is a scalar.

    Mappings hold `members` and the line of each key, lists hold `items`. `size` counts this value
    and all below it, aliases expanded; `height` is the number of levels below it. `is_block` says
    of a text that it stands line by line below its first line, as behind a `|`.
    """

    line: int
    value: str | int | float | bool | None = None
    text: str | None = None
    items: list[Node] | None = None
    members: dict[str, Node] | None = None
    key_lines: dict[str, int] = field(default_factory=dict)
    size: int = 1
    height: int = 0
    is_block: bool = False

    def plain(self) -> Any:
        """The value as dicts, lists and scalars; nothing in it is shared."""
        if self.members is not None:
            return {key: member.plain() for key, member in self.members.items()}
        if self.items is not None:
            return [item.plain() for item in self.items]
        return self.value


@dataclass(frozen=True, slots=True)
class Source:
    """Plain data with what is known of its text; `root` is None where the input was not a text.

    `faults` are problems that do not keep the document from being read, such as repeated keys.
    """

    data: Any
    root: Node | None = None
    faults: tuple[Fault, ...] = ()

    def line(self, path: Path) -> int | None:
        """The line of a path, or of the deepest part of it that is there."""
        node = self.root
        line = node.line if node else None
        for step in path:
            if node is None:
                break
            if node.members is not None and isinstance(step, str):
                line = node.key_lines.get(step, line)
                node = node.members.get(step)
            elif node.items is not None and isinstance(step, int) and step < len(node.items):
                node = node.items[step]
                line = node.line
            else:
                break
        return line

    def inner_line(self, path: Path, line: int | None) -> int | None:
        """The line of a line inside of the text at a path, where it has one of its own."""
        node = self._node(path)
        if node is None or not node.is_block or line is None:
            return self.line(path)
        return node.line + line

    def _node(self, path: Path) -> Node | None:
        node = self.root
        for step in path:
            node = _child(node, step)
        return node

    def written(self, path: Path) -> str:
        """The scalar at a path as it was written: ``01067`` and not 1067."""
        node = self._node(path)
        if node is not None and node.text is not None:
            return node.text
        return write_scalar(_value(self.data, path))


def _child(node: Node | None, step: str | int) -> Node | None:
    if node is None:
        return None
    if isinstance(step, str):
        return (node.members or {}).get(step)
    items = node.items or []
    return items[step] if step < len(items) else None


def _value(data: Any, path: Path) -> Any:
    for step in path:
        if isinstance(step, str) and isinstance(data, Mapping):
            data = data.get(step)
        elif isinstance(step, int) and isinstance(data, Sequence) and step < len(data):
            data = data[step]
        else:
            return None
    return data


def write_scalar(value: Any) -> str:
    """A scalar as JSON writes it, texts without quotes."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
