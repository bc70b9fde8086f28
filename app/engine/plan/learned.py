"""A model as a plan: from here on its rows are blocks like those of declared tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from app.engine.errors import DefinitionError, Fault
from app.engine.formats.shared.text import column_text
from app.engine.generators.base import Layout
from app.engine.plan.asked.conditioned import ConditionedRows
from app.engine.plan.asked.given import GivenRows, given_batch, made_batch
from app.engine.plan.asked.groups import groups_of
from app.engine.plan.asked.reading import read_asked
from app.engine.plan.compiler import compile_plan
from app.engine.plan.plan import Plan, RowSource, TablePlan
from app.engine.schema.load import load_definition
from app.engine.seeds import Stream, fresh_seed
from app.engine.synthesizers.base import Model
from app.engine.synthesizers.cell_formats import empty_batch, with_lengths, written
from app.engine.synthesizers.learning import LearnedTable
from app.engine.synthesizers.particles import Completion

MOST_COPIES = 1_000
# Formats in which every cell is text.
WRITTEN_AS_TEXT = frozenset({"csv", "tsv", "csv.gz"})


class DrawnRows(Protocol):
    """How a model draws rows where more is asked of them than their number."""

    def block(self, model: Model, seed: int, number: int, layout: Layout) -> pa.RecordBatch:
        """The learned columns of one block; a pure function of its arguments."""


@dataclass(frozen=True, eq=False, slots=True)
class LearnedRows:
    """A row source that draws from a model.

    Args:
        as_written: whether cells look like the source's (leading zeros, patterns of dates, what
            stands for missing), in place of typed values.
        made: the columns that are declared beside the learned ones; None where there are none.
        asked: what is asked of the rows besides; None for nothing.
        given: declared columns, and columns of text, whose cells a table gives; None for none.
        fills: whether given cells that are missing are made.
    """

    learned: LearnedTable
    seed: int
    as_written: bool
    made: RowSource | None = None
    asked: DrawnRows | None = None
    given: pa.RecordBatch | None = None
    fills: bool = False

    @property
    def schema(self) -> pa.Schema:
        made = None if self.made is None else empty_batch(self.made.schema)
        return self._joined(empty_batch(self.learned.schema), made).schema

    def block(self, number: int, layout: Layout) -> pa.RecordBatch:
        """Rows of one block; a pure function of the model, the seed and the number."""
        made = None if self.made is None else self._made(self.made, number, layout)
        return self._joined(self._learned(number, layout), made)

    def type_of(self, name: str) -> pa.DataType:
        """Type of a column."""
        return self.schema.field(name).type

    def drawn(self, name: str, number: int, layout: Layout) -> pa.Array:
        """One column of one block."""
        return self.block(number, layout).column(name)

    def _made(self, made: RowSource, number: int, layout: Layout) -> pa.RecordBatch:
        drawn = made.block(number, layout)
        return self._with_given(drawn, number, layout, fills=False)

    def _with_given(
        self, drawn: pa.RecordBatch, number: int, layout: Layout, *, fills: bool
    ) -> pa.RecordBatch:
        """Rows with the cells that are given."""
        if self.given is None:
            return drawn
        own = self.given.slice(layout.first_row(number), layout.rows(number))
        columns = {name: drawn.column(name) for name in drawn.schema.names}
        for name in {*own.schema.names} & {*columns}:
            given = own.column(name)
            made = given.is_null() if fills else None
            columns[name] = given if made is None else pc.if_else(made, columns[name], given)
        return pa.record_batch(columns, schema=drawn.schema)

    def _learned(self, number: int, layout: Layout) -> pa.RecordBatch:
        if self.asked is None:
            return self.learned.block(layout.rows(number), self.seed, number)
        rows = self.asked.block(self.learned.model, self.seed, number, layout)
        if not self.learned.texts:
            return rows
        made = self.learned.with_texts(rows, self.seed, number)
        return self._with_given(made, number, layout, fills=self.fills)

    def _joined(self, rows: pa.RecordBatch, made: pa.RecordBatch | None) -> pa.RecordBatch:
        """Learned columns and declared ones in the order of the source."""
        if made is None:
            return self._written(rows)
        texts = {each.name for each in self.learned.cells if self.as_written}
        columns = {name: rows.column(name) for name in rows.schema.names}
        for name in made.schema.names:
            values = made.column(name)
            columns[name] = column_text(values, {}).cast(pa.string()) if name in texts else values
        return self._written(pa.record_batch({name: columns[name] for name in self.learned.order}))

    def _written(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        is_written = self.as_written and self.learned.cells
        return written(rows, self.learned.cells) if is_written else rows


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of the rows of a model; at most one of conditions with shares, `given` and
    `impute`.

    Args:
        conditions: a list of `{where: condition, rows: count}`.
        shares: for each column the shares of some of its values.
        given: a table of some columns, whose cells come out as they are; others are drawn.
        impute: a table with holes, which are filled.
        draw: whether holes are filled by draws, in place of what is expected.
    """

    conditions: Any = None
    shares: Any = None
    given: pa.Table | None = None
    impute: pa.Table | None = None
    draw: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked but a number of rows."""
        return all(each is None for each in (self.conditions, self.shares, self.given, self.impute))


def learned_plan(
    learned: LearnedTable,
    name: str,
    *,
    rows: int | None = None,
    seed: int | None = None,
    as_written: bool = False,
    request: Request | None = None,
    copies: int = 1,
) -> Plan:
    """The plan of one table that a model draws, or of several copies of it.

    Args:
        name: of the table; copies are called `name_1`, `name_2` and so on.
        rows: of each copy; as many as the source has where None, or as what is asked comes to.
        seed: drawn where None. The copy after it has the next seed, and so on.
        as_written: as in `LearnedRows`.
        request: what is asked of the rows.
        copies: how many tables are drawn, each with random numbers of its own.

    Raises:
        DefinitionError: every fault of what is asked.
        ConflictError: counts that cannot be met, with what can be reached.
    """
    chosen = fresh_seed() if seed is None else seed
    request = request or Request()
    _check_copies(copies, request)
    names = [name] if copies == 1 else [f"{name}_{number + 1}" for number in range(copies)]
    planned = [
        _table_plan(learned, each, rows, chosen + number, as_written, request)
        for number, each in enumerate(names)
    ]
    return Plan(name, chosen, tuple(table for table, _ in planned), planned[0][1])


def _table_plan(
    learned: LearnedTable,
    name: str,
    rows: int | None,
    seed: int,
    as_written: bool,
    request: Request,
) -> tuple[TablePlan, tuple[Fault, ...]]:
    """The plan of one copy, and warnings."""
    asked, total, warnings = _asked(learned, request, rows, seed)
    layout = Layout(total)
    made = _made(learned, layout.total, seed)
    table = request.given if request.impute is None else request.impute
    fills = request.impute is not None
    given = None if table is None else _given(table, learned, made, fills=fills)
    source = LearnedRows(learned, seed, as_written, made, asked, given, fills)
    return TablePlan(name, layout, source, name), warnings


def _given(
    table: pa.Table, learned: LearnedTable, made: RowSource | None, *, fills: bool
) -> pa.RecordBatch | None:
    """Cells of a table that a model does not know: of declared columns, and texts."""
    names = {each.name for each in learned.texts}
    if learned.kept and not fills:
        names &= set(learned.kept)
    fields = [field for field in learned.schema if field.name in names]
    if made is not None and not learned.kept:
        fields += list(made.schema)
    return made_batch(table, pa.schema(fields)) if fields else None


def rows_asked(learned: LearnedTable, request: Request, rows: int | None) -> int:
    """How many rows there will be, before anything is drawn. Raises DefinitionError."""
    for table in (request.given, request.impute):
        if table is not None:
            return table.num_rows
    asked = read_asked(learned, request.conditions, request.shares, rows)
    return asked.rows


def _asked(
    learned: LearnedTable, request: Request, rows: int | None, seed: int
) -> tuple[DrawnRows | None, int, tuple[Fault, ...]]:
    """How rows are drawn, how many, and warnings."""
    _check_together(request)
    _check_kept(learned, request)
    if request.given is not None or request.impute is not None:
        return _from_table(learned, request, rows)
    if request.is_empty:
        return None, learned.rows if rows is None else rows, ()
    found = read_asked(learned, request.conditions, request.shares, rows)
    stream = Stream(seed).child("synthesize", "probe")
    groups = groups_of(learned.model, found, stream) if found.rows else ()
    return ConditionedRows(groups, found.promised), found.rows, ()


def _from_table(
    learned: LearnedTable, request: Request, rows: int | None
) -> tuple[DrawnRows, int, tuple[Fault, ...]]:
    path, table = ("impute", request.impute) if request.given is None else ("given", request.given)
    assert table is not None
    if rows is not None and rows != table.num_rows:
        message = f"{rows:,} rows are asked for, and the table has {table.num_rows:,}"
        raise DefinitionError([Fault("n_samples", message, "leave it out")])
    if path == "given" and learned.kept:
        table = table.select(list(learned.kept))
    table = with_lengths(table, [each.name for each in learned.texts])
    batch, warnings = given_batch(table, learned.model, path, learned.made)
    how = Completion()
    if path == "impute":
        how = Completion(estimate=not request.draw, may_miss=False)
    return GivenRows(batch, path == "impute", how), table.num_rows, warnings


def _check_copies(copies: int, request: Request) -> None:
    """Raises DefinitionError."""
    if not 1 <= copies <= MOST_COPIES:
        hint = f"from 1 to {MOST_COPIES:,}"
        raise DefinitionError([Fault("copies", f"{copies:,} cannot be drawn at once", hint)])
    if copies > 1 and request.impute is not None and not request.draw:
        message = "estimates are the same in every copy"
        raise DefinitionError([Fault("copies", message, "`draw` the cells, or ask for one copy")])


def _check_kept(learned: LearnedTable, request: Request) -> None:
    """Raises DefinitionError where columns keep their own values, and no table gives these."""
    if not learned.kept or request.impute is not None:
        return
    names = () if request.given is None else request.given.column_names
    if missing := [name for name in learned.kept if name not in names]:
        message = f"has to give the columns that keep their own values: {', '.join(missing)}"
        raise DefinitionError([Fault("given", message, "the table that was learned")])


def _check_together(request: Request) -> None:
    """Raises DefinitionError where more is asked than goes together."""
    conditions = request.conditions is not None or request.shares is not None
    names = {
        "conditions": conditions,
        "given": request.given is not None,
        "impute": request.impute is not None,
    }
    present = [name for name, is_there in names.items() if is_there]
    if len(present) > 1:
        message = f"does not go together with `{present[0]}`"
        raise DefinitionError([Fault(present[1], message, "ask for one of them")])


def wanted_as_written(formats: Iterable[str]) -> bool:
    """Cells of text files look like the source's; files with types have typed columns."""
    return set(formats) <= WRITTEN_AS_TEXT


def in_format(plan: Plan, name: str) -> Plan:
    """The plan of the same rows as a file of one format has them."""
    as_written = wanted_as_written([name])
    tables = [
        replace(table, source=replace(table.source, as_written=as_written))
        if isinstance(table.source, LearnedRows)
        else table
        for table in plan.tables
    ]
    return replace(plan, tables=tuple(tables))


def _made(learned: LearnedTable, rows: int, seed: int) -> RowSource | None:
    """The declared columns of a model as a row source of their own."""
    if not learned.made:
        return None
    document = {"n_samples": rows, "features": dict(learned.made)}
    plan = compile_plan(load_definition(document).definition, seed=seed)
    return plan.tables[0].source
