"""The facts that a plan promises, and what the finished files hold of them.

Every fact is measured again in the files, read from front to back in constant memory; only
uniqueness keeps 8 bytes a row (see `accumulators.uniqueness`), and what a table reads of its
ancestors is held (see `joined`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from app.engine.evaluation.accumulator import Outcome
from app.engine.evaluation.accumulators.counts import RowsAccumulator
from app.engine.evaluation.declarations.asked import asked_facts
from app.engine.evaluation.declarations.associations import association_facts
from app.engine.evaluation.declarations.columns import column_facts
from app.engine.evaluation.declarations.formulas import constraint_facts
from app.engine.evaluation.declarations.joint import joint_facts
from app.engine.evaluation.declarations.relations import (
    correlation_facts,
    foreign_key_facts,
    key_facts,
    line_number_facts,
)
from app.engine.evaluation.declarations.scope import TableScope
from app.engine.evaluation.declarations.targets import target_facts
from app.engine.evaluation.joined import Relations
from app.engine.evaluation.measurement import DeclaredFact, FactResult, Measurement
from app.engine.evaluation.reading import TableFile, UnreadableFile
from app.engine.evaluation.target_model import known_target
from app.engine.generators.base import Generator
from app.engine.plan.plan import DeclaredRows, Plan, TablePlan


def declared_facts(plan: Plan) -> tuple[DeclaredFact, ...]:
    """Everything that the definition of a plan promises, table by table."""
    return tuple(
        fact
        for table in plan.tables
        for measurement in _measurements(table, plan)
        for fact in measurement.facts
    )


def measure_facts(plan: Plan, files: Mapping[str, TableFile]) -> list[FactResult]:
    """Measure every declared fact in the finished files.

    Args:
        files: a file of each table, by the table's name; see `reading.best_files`.

    Raises:
        KeyError: where a table has no file.
    """
    return [result for table in plan.tables for result in _measured(table, plan, files)]


def _measured(table: TablePlan, plan: Plan, files: Mapping[str, TableFile]) -> list[FactResult]:
    measurements = list(_measurements(table, plan))
    facts = [fact for measurement in measurements for fact in measurement.facts]
    accumulators = [measurement.start() for measurement in measurements]
    try:
        for batch in Relations(table, plan).batches(files):
            for accumulator in accumulators:
                accumulator.add(batch)
    except UnreadableFile as error:
        return [_result(fact, Outcome(None, False, fact.tolerance), str(error)) for fact in facts]
    outcomes = [outcome for accumulator in accumulators for outcome in accumulator.outcomes()]
    return [_result(fact, seen, fact.note) for fact, seen in zip(facts, outcomes, strict=True)]


def _result(fact: DeclaredFact, seen: Outcome, note: str) -> FactResult:
    return FactResult(
        fact.table, fact.fact, fact.declared, seen.observed, seen.tolerance, seen.holds, note
    )


def _measurements(planned: TablePlan, plan: Plan) -> Iterator[Measurement]:
    declared = plan.definition.tables.get(planned.name) if plan.definition else None
    rows = DeclaredFact(planned.name, "rows", planned.rows)
    yield Measurement((rows,), partial(RowsAccumulator, planned.rows))
    yield from asked_facts(planned)
    if declared is None or plan.definition is None:
        return
    sampling = plan.definition.sampling
    relations = Relations(planned, plan)
    schema, read = relations.schema, relations.columns()
    target = known_target(planned, declared.target.name, schema) if declared.target else None
    scope = TableScope(
        declared,
        planned.rows,
        schema,
        sampling,
        _generators(planned),
        target,
        {name: column for name, column in read.items() if column is not None},
        {each.name: each.rows for each in plan.tables},
    )
    for name, column in declared.columns().items():
        if name in planned.readable:
            yield from column_facts(name, column, scope)
    yield from key_facts(scope)
    yield from foreign_key_facts(scope)
    yield from line_number_facts(scope)
    yield from joint_facts(scope)
    yield from correlation_facts(scope)
    yield from association_facts(scope)
    yield from constraint_facts(scope)
    yield from target_facts(scope)


def _generators(table: TablePlan) -> dict[str, Generator]:
    return table.source.columns if isinstance(table.source, DeclaredRows) else {}
