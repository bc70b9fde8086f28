"""Columns that are parts of one person or place in every row, and so fit each other.

Every part draws the whole of what it depends on from a stream that all parts share, so that columns
need not be drawn after one another, and a new part leaves the others as they were.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import pyarrow as pa

from app.engine.generators.base import Block, Generator, Scope
from app.engine.generators.faker.people import People, plan_people
from app.engine.generators.faker.places import Places, plan_places
from app.engine.generators.faker.unique_values import Numbered
from app.engine.schema.models import JointColumn
from app.engine.schema.providers import NUMBERED_PARTS
from app.engine.seeds import Stream


class Joint(Protocol):
    """Persons, or places, of a table."""

    def part(self, name: str, block: Block) -> pa.Array:
        """One part of those of a block, shape (rows,)."""
        ...

    def type_of(self, name: str) -> pa.DataType: ...


@dataclass(frozen=True, eq=False, slots=True)
class JointGenerator:
    """One part; `stream` is that of all parts."""

    joint: Joint
    name: str
    stream: Stream
    reads: frozenset[str] = frozenset()

    @property
    def type(self) -> pa.DataType:
        return self.joint.type_of(self.name)

    def draw(self, block: Block) -> pa.Array:
        return self.joint.part(self.name, replace(block, column_stream=self.stream))


def plan_joint(column: JointColumn, scope: Scope) -> Generator:
    """The generator of a part; nulls are laid over it."""
    stream = Stream(scope.stream.root, (scope.stream.names[0], f"\0{column.type}", column.of))
    shared = replace(scope, stream=stream, warnings=[])
    joint: People | Places
    if column.type == "person":
        joint = plan_people(column.locale, shared)
    else:
        joint = plan_places(column.locale, _parts_of(column, scope), shared)
    found = JointGenerator(joint, column.part, stream)
    if not column.unique:
        return found
    assert column.part in NUMBERED_PARTS
    return UniquePart(found, Numbered(found, "@" if column.part == "email" else "end"))


@dataclass(frozen=True, eq=False, slots=True)
class UniquePart:
    """A part with the row's number in it."""

    inner: JointGenerator
    numbered: Numbered
    reads: frozenset[str] = frozenset()

    @property
    def type(self) -> pa.DataType:
        return self.inner.type

    def draw(self, block: Block) -> pa.Array:
        return self.numbered.draw(block)


def _parts_of(column: JointColumn, scope: Scope) -> frozenset[str]:
    """The parts of the same place that the table has."""
    return frozenset(
        other.part
        for other in scope.siblings.values()
        if isinstance(other, JointColumn) and (other.type, other.of) == (column.type, column.of)
    )
