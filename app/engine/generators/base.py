"""What a generator is: a planned column that makes its values block by block.

A generator is a frozen, picklable value. Planning it (from the column of a definition) may be
slow and may import scipy; drawing from it may not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.errors import DefinitionError, Fault
from app.engine.schema.column_types import BY_TYPE, PROVIDER_PLANNER, part
from app.engine.schema.models import Column, ProviderColumn
from app.engine.seeds import Stream

BLOCK_ROWS = 65_536


@dataclass(slots=True)
class ReferenceDay:
    """The day that providers take for today; `was_read` says that one of them did."""

    day: dt.date
    was_read: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """How the rows of a table are cut into blocks: sizes differ by one row at the most,
    the larger blocks first."""

    total: int

    @property
    def blocks(self) -> int:
        return max(1, -(-self.total // BLOCK_ROWS))

    def rows(self, number: int) -> int:
        base, larger = divmod(self.total, self.blocks)
        return base + (number < larger)

    def first_row(self, number: int) -> int:
        base, larger = divmod(self.total, self.blocks)
        return number * base + min(number, larger)

    def firsts(self) -> NDArray[np.int64]:
        """The first row of every block, shape (blocks,)."""
        return np.array([self.first_row(number) for number in range(self.blocks)], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Block:
    """The place a generator draws for: one block of one column.

    Args:
        number: number of the block, from 0.
        layout: how the table is cut into blocks.
        column_stream: randomness keyed by (seed, table, column): the same in every block.
        columns: the columns of this block that were drawn before, each of `rows` values.
    """

    number: int
    layout: Layout
    column_stream: Stream
    columns: Mapping[str, pa.Array] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return self.layout.rows(self.number)

    @property
    def first_row(self) -> int:
        return self.layout.first_row(self.number)

    @property
    def blocks(self) -> int:
        return self.layout.blocks

    @property
    def total(self) -> int:
        return self.layout.total

    @property
    def stream(self) -> Stream:
        """Randomness of this block of this column alone."""
        return self.column_stream.child(self.number)


class Generator(Protocol):
    """A planned column. `type` is the Arrow type of what `draw` gives."""

    @property
    def type(self) -> pa.DataType: ...

    @property
    def reads(self) -> frozenset[str]:
        """Columns of the same table that must be drawn before."""
        ...

    def draw(self, block: Block) -> pa.Array:
        """The `block.rows` values of this block; a pure function of the generator and the block."""
        ...


@dataclass(frozen=True, slots=True)
class Member:
    """A planned column of a table: its name, generator and randomness."""

    name: str
    generator: Generator
    stream: Stream


@dataclass(slots=True)
class Scope:
    """What planning a column may know, and where it reports.

    Args:
        table, name: the table and the column.
        path: the column's place in the document.
        layout: rows and blocks of the table.
        sampling: ``exact`` or ``random``.
        stream: randomness keyed by (seed, table, column).
        siblings: every column of the table by name.
        types: Arrow types of the siblings that are planned already.
        today: the day that providers take for today.
        generators: the siblings that are planned already, those of other tables too.
        keys: what draws the parents' rows that each foreign key of the table refers to.
    """

    table: str
    name: str
    path: str
    layout: Layout
    sampling: str
    stream: Stream
    siblings: Mapping[str, Column] = field(default_factory=dict)
    types: dict[str, pa.DataType] = field(default_factory=dict)
    generators: Mapping[str, Generator] = field(default_factory=dict)
    keys: Mapping[str, Generator] = field(default_factory=dict)
    today: ReferenceDay = field(
        default_factory=lambda: ReferenceDay(dt.datetime.now(dt.UTC).date())
    )
    warnings: list[Fault] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return self.layout.total

    def fail(self, message: str, hint: str | None = None, *keys: str) -> DefinitionError:
        """The error to raise for a fault of this column, at the given keys below it."""
        return DefinitionError([Fault(".".join((self.path, *keys)), message, hint)])

    def warn(self, message: str, hint: str | None = None, *keys: str) -> None:
        self.warnings.append(Fault(".".join((self.path, *keys)), message, hint))


def plan_column(column: Column, scope: Scope) -> Generator:
    """The generator of a declared column.

    Raises:
        DefinitionError: where the column cannot be had as declared.
    """
    # Faker has providers of the same names as types.
    provided = isinstance(column, ProviderColumn)
    plan = part(PROVIDER_PLANNER if provided else BY_TYPE[column.type].planner)
    generator: Generator = plan(column, scope)
    scope.types[scope.name] = generator.type
    return generator
