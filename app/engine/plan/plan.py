"""The plan: a definition with every name resolved, ready to be drawn block by block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from app.engine.errors import Fault
from app.engine.generators.base import Block, Generator, Layout
from app.engine.seeds import Stream


class RowSource(Protocol):
    """Where the rows of a table come from: declared columns or a fitted synthesizer."""

    @property
    def schema(self) -> pa.Schema: ...

    def block(self, number: int, layout: Layout) -> pa.RecordBatch:
        """Rows of one block; a pure function of the source and the number."""
        ...


@dataclass(frozen=True, slots=True)
class PlannedColumn:
    name: str
    generator: Generator
    stream: Stream


@dataclass(frozen=True, slots=True)
class DeclaredRows:
    """A row source of planned columns.

    Args:
        columns: in the order in which they are drawn: what a column reads stands before it.
        order: their names in output order.
    """

    columns: tuple[PlannedColumn, ...]
    order: tuple[str, ...]

    @property
    def schema(self) -> pa.Schema:
        types = {column.name: column.generator.type for column in self.columns}
        return pa.schema([(name, types[name]) for name in self.order])

    def block(self, number: int, layout: Layout) -> pa.RecordBatch:
        drawn: dict[str, pa.Array] = {}
        for column in self.columns:
            block = Block(number, layout, column.stream, drawn)
            drawn[column.name] = column.generator.draw(block)
        return pa.record_batch([drawn[name] for name in self.order], schema=self.schema)

    def generator(self, name: str) -> Generator:
        return next(column.generator for column in self.columns if column.name == name)


@dataclass(frozen=True, slots=True)
class TablePlan:
    """One table: how many rows, cut into which blocks, from which source."""

    name: str
    layout: Layout
    source: RowSource

    @property
    def rows(self) -> int:
        return self.layout.total

    @property
    def blocks(self) -> int:
        return self.layout.blocks

    @property
    def schema(self) -> pa.Schema:
        return self.source.schema

    def block_rows(self, number: int) -> int:
        return self.layout.rows(number)

    def first_row(self, number: int) -> int:
        return self.layout.first_row(number)

    def block(self, number: int) -> pa.RecordBatch:
        """The rows of block `number`, from 0: the same wherever and whenever it is made."""
        return self.source.block(number, self.layout)


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled definition: immutable, picklable, complete."""

    name: str
    seed: int
    tables: tuple[TablePlan, ...]
    warnings: tuple[Fault, ...] = ()
    output_file: str | None = None

    def table(self, name: str) -> TablePlan:
        """The table of that name.

        Raises:
            KeyError: where the plan has no such table.
        """
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)
