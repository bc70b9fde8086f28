"""The tree of a parsed expression: literals, columns and calls of named operations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Literal:
    value: int | float | str | bool | None
    position: int


@dataclass(frozen=True, slots=True)
class ColumnName:
    """A column by its full name, however it was written."""

    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or a function; `operation` is its key in the table of operations."""

    operation: str
    arguments: tuple[Node, ...]
    position: int


Node = Literal | ColumnName | Call


def walk(node: Node) -> Iterator[Node]:
    """Every node of the tree, without recursion."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        if isinstance(current, Call):
            waiting.extend(current.arguments)


def depth(node: Node) -> int:
    """Number of levels of the tree, found without recursion."""
    deepest, waiting = 0, [(node, 1)]
    while waiting:
        current, level = waiting.pop()
        deepest = max(deepest, level)
        if isinstance(current, Call):
            waiting.extend((argument, level + 1) for argument in current.arguments)
    return deepest
