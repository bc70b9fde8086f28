"""Where the rows of made tables come from: models, real rows, or what a definition declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from app.engine.formats.cells.cell_format import CellFormat
from app.engine.plan.asked.conditioned import ConditionedRows
from app.engine.plan.asked.given import GivenRows
from app.engine.plan.from_model.drawing import LearnedStep
from app.engine.plan.learned import LearnedRows
from app.engine.plan.plan import DeclaredRows, LiteralRows, Plan, RowSource
from app.engine.plan.several.planning import RelatedRows
from app.engine.synthesizers.description import ModelDescription, describe
from app.engine.synthesizers.learning import LearnedTable
from app.engine.synthesizers.several.learned_tables import RelatedTable

KEY, LEARNED, GIVEN, KEPT = "key", "learned", "given", "kept"
NEW, FAKED = "new", "faked ({type})"
# As readers of tables take them for missing cells of numbers.
MISSING = frozenset({None, "", "NA", "N/A", "n/a", "NULL", "null", "NaN", "nan", "None", "<NA>"})
ISO_DAY = "%Y-%m-%d"


@dataclass(frozen=True, slots=True)
class TableModel:
    """The model that a table is drawn from.

    Args:
        given: columns whose cells a table gave.
        is_chosen: whether rows are other ones than it draws where nothing is asked of them.
    """

    table: str
    model: ModelDescription
    given: tuple[str, ...] = ()
    is_chosen: bool = False


def models_of(plan: Plan) -> Iterator[TableModel]:
    """The model of each table that has one."""
    for table in plan.tables:
        model = _model_of(table.source)
        if model is not None:
            chosen = _is_chosen(table.source)
            yield TableModel(table.name, describe(model), _given(table.source), chosen)


def unchanged_tables(plan: Plan) -> tuple[str, ...]:
    """Lookup tables of a real source, whose rows come out as they were."""
    return tuple(table.name for table in plan.tables if is_unchanged(table.source))


def is_unchanged(source: RowSource) -> bool:
    """Whether rows are those of a lookup table of a real source."""
    return isinstance(source, RelatedRows) and _related(source).original is not None


def learned_kind(source: RowSource, column: str) -> str | None:
    """What becomes of a column that a model's rows have; None of other tables."""
    if isinstance(source, LearnedRows):
        if column in source.learned.kept:
            return KEPT
        return GIVEN if column in _given(source) else _made_kind(source.learned.made, column)
    if not isinstance(source, RelatedRows):
        return None
    own = _related(source).relations
    if is_unchanged(source):
        return GIVEN
    return KEY if column in own.drawn_keys else _made_kind(own.made, column)


def _made_kind(made: Mapping[str, Any], column: str) -> str:
    """New keys are `id` columns of the schema language; others are fake."""
    if column not in made:
        return LEARNED
    kind = made[column]["type"]
    return NEW if kind == "id" else FAKED.format(type=kind)


def value_type(source: RowSource, field: pa.Field) -> pa.DataType:
    """The type of a column's values: that of the model where its cells stand in a file of text as
    any reader of such takes them for the type's."""
    learned, cells = _written(source)
    form = cells.get(field.name)
    known = learned.get(field.name)
    return known if form is not None and known is not None and _plain(known, form) else field.type


def _written(source: RowSource) -> tuple[Mapping[str, pa.DataType], dict[str, CellFormat]]:
    """Types of a model's columns, and how they are written where they are."""
    if isinstance(source, LearnedRows) and source.as_written:
        schema = source.learned.schema
        types, cells = dict(zip(schema.names, schema.types, strict=True)), source.learned.cells
        return types, {each.name: each.format for each in cells}
    if isinstance(source, RelatedRows) and source.as_written:
        own = _related(source)
        return own.columns, {each.name: each.format for each in own.relations.cells}
    return {}, {}


def _plain(kind: pa.DataType, form: CellFormat) -> bool:
    if not set(form.missing) <= MISSING:
        return False
    if pa.types.is_date(kind):
        return form.pattern == ISO_DAY
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    signs = form.thousands or form.prefix or form.suffix or form.width
    return is_number and not signs and form.decimal_mark == "."


def is_declared(plan: Plan) -> bool:
    """Whether every row of every table is as a definition declares it, and none is a model's."""
    return all(
        isinstance(each.source, DeclaredRows | LiteralRows) and _model_of(each.source) is None
        for each in plan.tables
    )


def _is_chosen(source: RowSource) -> bool:
    """Whether conditions or shares are asked of the rows, or a definition declares such."""
    if isinstance(source, LearnedRows):
        return isinstance(source.asked, ConditionedRows)
    steps = source.steps if isinstance(source, DeclaredRows) else ()
    return any(isinstance(each, LearnedStep) and each.kept is not None for each in steps)


def _model_of(source: RowSource) -> LearnedTable | None:
    if isinstance(source, LearnedRows):
        return source.learned
    if isinstance(source, RelatedRows):
        return _related(source).learned
    if not isinstance(source, DeclaredRows):
        return None
    steps = (step for step in source.steps if isinstance(step, LearnedStep))
    return next((step.rows.learned for step in steps), None)


def _given(source: RowSource) -> tuple[str, ...]:
    if not isinstance(source, LearnedRows) or not isinstance(source.asked, GivenRows):
        return ()
    declared = () if source.given is None else tuple(source.given.schema.names)
    return (*source.asked.rows.schema.names, *declared)


def _related(source: RelatedRows) -> RelatedTable:
    return source.drawing.learned.by_name[source.name]
