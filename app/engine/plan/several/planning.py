"""The plan of several tables that were learned together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from app.engine.errors import DefinitionError, Fault
from app.engine.formats.shared.text import column_text
from app.engine.generators.base import Layout
from app.engine.plan.plan import Plan, TablePlan
from app.engine.plan.several.drawing import TablesDrawing, made_source, own_columns
from app.engine.plan.several.layouts import child_layout, origins_of
from app.engine.plan.several.row_limit import RowLimit
from app.engine.schema.problems import did_you_mean
from app.engine.seeds import fresh_seed
from app.engine.synthesizers.cell_formats import written
from app.engine.synthesizers.several.learned_tables import LearnedTables, RelatedTable
from app.engine.synthesizers.several.relations import OwnParent


@dataclass(frozen=True, eq=False, slots=True)
class RelatedRows:
    """A row source of one of several tables.

    Args:
        as_written: whether cells look like the source's, in place of typed values.
    """

    drawing: TablesDrawing
    name: str
    as_written: bool

    @property
    def schema(self) -> pa.Schema:
        table = self._table
        own = self._types()
        if (made := self.drawing.made.get(self.name)) is not None:
            own |= {each.name: pa.array([], each.type) for each in made.schema}
        followed = [*table.relations.drawn_keys, *(each.column for each in table.relations.lines)]
        for column in followed:
            own[column] = pa.array([], self.drawing.type_of(self.name, column))
        return self._joined(own).schema

    def block(self, number: int, layout: Layout) -> pa.RecordBatch:
        """Rows of one block; a pure function of the tables, their sizes, seed and number."""
        table, first, rows = self._table, layout.first_row(number), layout.rows(number)
        if table.original is not None:
            own = table.original.slice(first, rows)
            return self._joined({name: own.column(name) for name in own.schema.names})
        cells = self.drawing.block(self.name, number).cells
        columns = {name: cells.column(name) for name in self._learned()}
        columns |= self.drawing.texts(self.name, number)
        if (made := self.drawing.made_rows(self.name, first, rows)) is not None:
            columns |= {name: made.column(name) for name in made.schema.names}
        columns |= self.drawing.referring(self.name, number)
        return self._joined(columns | self.drawing.lines(self.name, number))

    def type_of(self, name: str) -> pa.DataType:
        """Type of a column."""
        return self.schema.field(name).type

    def drawn(self, name: str, number: int, layout: Layout) -> pa.Array:
        """One column of one block."""
        return self.block(number, layout).column(name)

    @property
    def _table(self) -> RelatedTable:
        return self.drawing.learned.by_name[self.name]

    def _types(self) -> dict[str, pa.Array]:
        """No cells of each column that is learned."""
        learned = self._table.learned
        types = self._table.columns if learned is None else {f.name: f.type for f in learned.schema}
        return {name: pa.array([], types[name]) for name in self._learned()}

    def _learned(self) -> list[str]:
        children = self.drawing.learned.children(self.name)
        return own_columns(self._table, {key.count for _, key in children})

    def _joined(self, columns: Mapping[str, pa.Array]) -> pa.RecordBatch:
        """All columns in the order of the source."""
        own = self._table.relations
        found = dict(columns)
        texts = {each.name for each in own.cells} & {*own.made, *own.drawn_keys}
        for name in texts if self.as_written else ():
            found[name] = column_text(found[name], {}).cast(pa.string())
        rows = pa.record_batch({name: found[name] for name in own.order})
        return written(rows, own.cells) if self.as_written and own.cells else rows


def tables_plan(
    learned: LearnedTables,
    name: str,
    *,
    rows: int | Mapping[str, int] | None = None,
    seed: int | None = None,
    as_written: bool = False,
) -> Plan:
    """The plan of several tables.

    How many rows each parent has is drawn here, and with it all tables that others follow from.

    Args:
        name: of the plan.
        rows: of the root, or of some roots by name; others have as many as the source.
        seed: drawn where None.
        as_written: as in `RelatedRows`.

    Raises:
        DefinitionError: rows are asked of a table that is no root, or would be more than the
            tables that were learned explain.
    """
    chosen = fresh_seed() if seed is None else seed
    wanted = _rows(learned, rows)
    drawing = TablesDrawing(learned, chosen, {}, {}, {})
    limit = RowLimit.of(learned, wanted)
    for table in learned.tables:
        own = table.relations
        if own.parent is None:
            total = wanted.get(table.name, own.rows)
            limit.take(table.name, total)
            drawing.layouts[table.name] = Layout(total)
        else:
            _settle(drawing, table, own.parent, limit)
        if own.made:
            drawing.made[table.name] = made_source(table, drawing.layouts[table.name].total, chosen)
    tables = [
        TablePlan(each, drawing.layouts[each], RelatedRows(drawing, each, as_written), each)
        for each in learned.order
    ]
    return Plan(name, chosen, tuple(tables))


def _settle(drawing: TablesDrawing, table: RelatedTable, own: OwnParent, limit: RowLimit) -> None:
    """Settle whose rows the blocks of a table hold."""
    parents = drawing.layouts[own.parent].blocks
    counts = [drawing.limited_counts(table.name, own, number) for number in range(parents)]
    linked = sum(int(each.sum()) for each in counts)
    apart = round(own.apart * linked)
    limit.take(table.name, linked + apart)
    drawing.origins[table.name] = origins_of(counts, apart)
    drawing.layouts[table.name] = child_layout(drawing.origins[table.name])


def _rows(learned: LearnedTables, rows: int | Mapping[str, int] | None) -> dict[str, int]:
    asked = {} if rows is None else {learned.root: rows} if isinstance(rows, int) else dict(rows)
    faults = []
    for name in asked:
        if name not in learned.by_name:
            hint = did_you_mean(name, learned.roots) or f"one of {', '.join(learned.roots)}"
            faults.append(Fault(f"tables.{name}.rows", "there is no such table", hint))
        elif name not in learned.roots:
            message = "its rows follow from those of other tables"
            hint = f"ask for rows of {', '.join(learned.roots)}"
            faults.append(Fault(f"tables.{name}.rows", message, hint))
        elif asked[name] < 0:
            faults.append(Fault(f"tables.{name}.rows", "is negative", "0 or more"))
    if faults:
        raise DefinitionError(faults)
    return asked
