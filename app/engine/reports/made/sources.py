"""Where the rows of made tables come from: models, real rows, or what a definition declares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.engine.plan.asked.given import GivenRows
from app.engine.plan.from_model.drawing import LearnedStep
from app.engine.plan.learned import LearnedRows
from app.engine.plan.plan import DeclaredRows, LiteralRows, Plan, RowSource
from app.engine.plan.several.planning import RelatedRows
from app.engine.synthesizers.description import ModelDescription, describe
from app.engine.synthesizers.learning import LearnedTable
from app.engine.synthesizers.several.learned_tables import RelatedTable

KEY, LEARNED, GIVEN = "key", "learned", "given"


@dataclass(frozen=True, slots=True)
class TableModel:
    """The model that a table is drawn from.

    Args:
        given: columns whose cells a table gave.
    """

    table: str
    model: ModelDescription
    given: tuple[str, ...] = ()


def models_of(plan: Plan) -> Iterator[TableModel]:
    """The model of each table that has one."""
    for table in plan.tables:
        model = _model_of(table.source)
        if model is not None:
            yield TableModel(table.name, describe(model), _given(table.source))


def unchanged_tables(plan: Plan) -> tuple[str, ...]:
    """Lookup tables of a real source, whose rows come out as they were."""
    return tuple(table.name for table in plan.tables if is_unchanged(table.source))


def is_unchanged(source: RowSource) -> bool:
    """Whether rows are those of a lookup table of a real source."""
    return isinstance(source, RelatedRows) and _related(source).original is not None


def related_kind(source: RowSource, column: str) -> str | None:
    """The kind of a column of several learned tables; None of other tables."""
    if not isinstance(source, RelatedRows):
        return None
    own = _related(source).relations
    if is_unchanged(source):
        return GIVEN
    if column in own.drawn_keys:
        return KEY
    return str(own.made[column]["type"]) if column in own.made else LEARNED


def is_declared(plan: Plan) -> bool:
    """Whether every row of every table is as a definition declares it, and none is a model's."""
    return all(
        isinstance(each.source, DeclaredRows | LiteralRows) and _model_of(each.source) is None
        for each in plan.tables
    )


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
