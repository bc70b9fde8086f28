"""The plan: a definition with every name resolved, ready to be drawn block by block."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import pyarrow as pa

from app.engine.errors import Fault
from app.engine.formats.shared.fixed_decimals import with_fixed_decimals
from app.engine.generators.base import Block, Generator, Layout, Member
from app.engine.plan.display import plan_html, summary, table_size
from app.engine.schema.learned import with_digests
from app.engine.schema.models import Definition


class RowSource(Protocol):
    """Where the rows of a table come from: declared columns or a fitted synthesizer."""

    @property
    def schema(self) -> pa.Schema: ...

    def block(self, number: int, layout: Layout) -> pa.RecordBatch:
        """Rows of one block, `layout.rows(number)` of them in the columns of `schema`; a pure
        function of the source and the number."""
        ...

    def type_of(self, name: str) -> pa.DataType:
        """Type of a column, or of what is drawn besides the columns."""
        ...

    def drawn(self, name: str, number: int, layout: Layout) -> pa.Array:
        """What one block has under a name, shape (rows,), and as little else drawn as that takes.

        Raises KeyError where nothing is drawn under the name.
        """
        ...


class Step(Protocol):
    """One or more columns that are drawn together."""

    @property
    def members(self) -> tuple[Member, ...]: ...

    @property
    def rearranges(self) -> frozenset[str]:
        """Columns drawn before that it needs and changes."""
        ...

    def draw(
        self, number: int, layout: Layout, drawn: Mapping[str, pa.Array]
    ) -> Mapping[str, pa.Array]:
        """The columns of one block by name, each of shape (rows,), given those that were drawn
        before; a pure function of the step, the number and these columns."""
        ...


@dataclass(frozen=True, slots=True)
class SingleColumn:
    """A step of one column."""

    member: Member

    @property
    def members(self) -> tuple[Member, ...]:
        return (self.member,)

    @property
    def rearranges(self) -> frozenset[str]:
        return frozenset()

    def draw(
        self, number: int, layout: Layout, drawn: Mapping[str, pa.Array]
    ) -> Mapping[str, pa.Array]:
        block = Block(number, layout, self.member.stream, drawn)
        return {self.member.name: self.member.generator.draw(block)}


@dataclass(frozen=True, slots=True)
class DeclaredRows:
    """A row source of planned columns.

    Args:
        steps: in the order in which they are drawn: what a column reads stands before it.
        order: names of the columns in output order.
        fixed_decimals: the columns whose texts have so many decimals, zeros too.
    """

    steps: tuple[Step, ...]
    order: tuple[str, ...]
    fixed_decimals: Mapping[str, int] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, Generator]:
        """Every planned column by name."""
        return {member.name: member.generator for step in self.steps for member in step.members}

    @property
    def schema(self) -> pa.Schema:
        columns = self.columns
        fields = (pa.field(name, columns[name].type) for name in self.order)
        decimals = self.fixed_decimals
        return pa.schema([with_fixed_decimals(each, decimals.get(each.name)) for each in fields])

    def block(self, number: int, layout: Layout) -> pa.RecordBatch:
        drawn = self.everything(number, layout)
        return pa.record_batch([drawn[name] for name in self.order], schema=self.schema)

    def type_of(self, name: str) -> pa.DataType:
        return self.columns[name].type

    def drawn(self, name: str, number: int, layout: Layout) -> pa.Array:
        return self.some({name}, number, layout)[name]

    def some(self, names: Iterable[str], number: int, layout: Layout) -> dict[str, pa.Array]:
        """What one block has under these names, and whatever else had to be drawn for it, each of
        shape (rows,)."""
        return _drawn(self._needed(names), number, layout)

    def everything(self, number: int, layout: Layout) -> dict[str, pa.Array]:
        """All that is drawn for one block, hidden columns too, each of shape (rows,)."""
        return _drawn(self.steps, number, layout)

    def rearranged(self) -> set[str]:
        """Columns that are put in order together with others, and those that read them: what
        holds for all rows need not be possible for a few."""
        found = set[str]()
        for step in self.steps:
            reads = {name for member in step.members for name in member.generator.reads}
            if step.rearranges or reads & found:
                found |= step.rearranges | {member.name for member in step.members}
        return found

    def _needed(self, names: Iterable[str]) -> tuple[Step, ...]:
        wanted, needed = set(names), list[Step]()
        for step in reversed(self.steps):
            own = {member.name for member in step.members} | step.rearranges
            if wanted & own:
                wanted |= step.rearranges
                wanted.update(*(member.generator.reads for member in step.members))
                needed.append(step)
        return tuple(reversed(needed))


@dataclass(frozen=True, eq=False, slots=True)
class LiteralRows:
    """A row source of rows that stand in the definition."""

    rows: pa.RecordBatch

    @property
    def schema(self) -> pa.Schema:
        return self.rows.schema

    def block(self, number: int, layout: Layout) -> pa.RecordBatch:
        return self.rows.slice(layout.first_row(number), layout.rows(number))

    def type_of(self, name: str) -> pa.DataType:
        return self.schema.field(name).type

    def drawn(self, name: str, number: int, layout: Layout) -> pa.Array:
        return self.block(number, layout).column(name)


def _drawn(steps: Iterable[Step], number: int, layout: Layout) -> dict[str, pa.Array]:
    drawn: dict[str, pa.Array] = {}
    for step in steps:
        drawn.update(step.draw(number, layout, drawn))
    return drawn


@dataclass(frozen=True, slots=True, repr=False)
class TablePlan:
    """One table: how many rows, cut into which blocks, from which source; `sheet` is what the
    sheets of its files are called. `hidden` columns are drawn for others and not written."""

    name: str
    layout: Layout
    source: RowSource
    sheet: str
    hidden: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        return self.layout.total

    @property
    def blocks(self) -> int:
        return self.layout.blocks

    @property
    def schema(self) -> pa.Schema:
        return self.source.schema

    @property
    def readable(self) -> tuple[str, ...]:
        """The columns that can be read of it: those of its files, and the hidden ones."""
        return (*self.schema.names, *self.hidden)

    def block_rows(self, number: int) -> int:
        return self.layout.rows(number)

    def first_row(self, number: int) -> int:
        return self.layout.first_row(number)

    def block(self, number: int) -> pa.RecordBatch:
        """The rows of block `number`, from 0: the same wherever and whenever it is made."""
        return self.source.block(number, self.layout)

    def __repr__(self) -> str:
        return f"<TablePlan {self.name!r}: {table_size(self)}>"


def kept_document(
    document: Mapping[str, Any], today: dt.date | None, models: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The document of a plan from which the same bytes are made on another day, too.

    Args:
        today: the day that the plan's providers took for today; None where none asked.
        models: SHA-256 of each model that the document names.
    """
    if models:
        document = with_digests(document, models)
    if today is None or document.get("today") is not None:
        return dict(document)
    return {**document, "today": today.isoformat()}


@dataclass(frozen=True, slots=True, repr=False)
class Plan:
    """A compiled definition: immutable, picklable, complete.

    `definition` is what was declared, against which the finished files are measured; None where
    nothing was declared. `today` is the day that providers took for today; None where none asked.
    """

    name: str
    seed: int
    tables: tuple[TablePlan, ...]
    warnings: tuple[Fault, ...] = ()
    output_file: str | None = None
    definition: Definition | None = None
    today: dt.date | None = None

    @property
    def models(self) -> dict[str, str]:
        """SHA-256 of each model that the definition names."""
        tables = self.definition.tables.values() if self.definition else ()
        origins = (table.origin for table in tables if table.origin)
        return {each.model: each.sha256 for each in origins if each.sha256}

    def table(self, name: str) -> TablePlan:
        """The table of that name.

        Raises:
            KeyError: where the plan has no such table.
        """
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)

    def __repr__(self) -> str:
        return f"<Plan {summary(self)}>"

    def _repr_html_(self) -> str:
        return plan_html(self)
