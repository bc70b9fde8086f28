"""From declared constraints to the step that makes them hold, or a refusal."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from app.engine.errors import (
    ComputationError,
    ConflictError,
    DefinitionError,
    Fault,
    GenerationError,
)
from app.engine.expressions import Expression, ExpressionError, parse
from app.engine.generators.arranging.constrained import Repair
from app.engine.generators.arranging.exchanging import Conditions
from app.engine.generators.base import Layout, Member
from app.engine.generators.computed import Computed
from app.engine.generators.numbers.following import BetweenGenerator
from app.engine.plan.exchanges import exchange_tiers
from app.engine.plan.plan import DeclaredRows
from app.engine.schema.models import Table
from app.engine.seeds import Stream


@dataclass(frozen=True, slots=True)
class ConstraintStep:
    """The step that makes constraints hold, and the columns that must be drawn before it."""

    repair: Repair
    needed: frozenset[str]


def constraint_step(
    table: Table,
    planned: Mapping[str, Member],
    stream: Stream,
    path: str,
    kept: Collection[int] = (),
) -> ConstraintStep | None:
    """The step between the columns it needs and those that are computed after it.

    Args:
        planned: features in the order in which they are drawn.
        stream: randomness keyed by the table.
        path: place of the constraints in the document.
        kept: numbers of those that hold already.

    Raises:
        DefinitionError: naming each constraint that cannot be read.
    """
    if len(kept) == len(table.constraints):
        return None
    faults: list[Fault] = []
    constraints: list[Expression] = []
    for number, constraint in enumerate(table.constraints):
        if number in kept:
            continue
        try:
            constraints.append(_parsed(constraint.expr, planned))
        except ExpressionError as error:
            faults += error.at(f"{path}[{number}].expr").faults
    if faults:
        raise DefinitionError(faults)
    needed = _closure(constraints, planned)
    formulas = tuple(m for m in needed if isinstance(m.generator, Computed))
    conditions = Conditions(tuple(constraints), formulas, stream)
    repair = Repair(conditions, exchange_tiers(table, needed, planned), stream)
    names = frozenset(member.name for member in needed)
    return ConstraintStep(repair, names | repair.rearranges)


def try_constraints(
    source: DeclaredRows, hidden: Sequence[str], layout: Layout, path: str
) -> pa.RecordBatch:
    """The first block with its hidden columns, to see that constraints can be kept.

    Raises:
        ComputationError: where a value leaves its range.
        ConflictError: where rows are left that break a constraint.
    """
    try:
        drawn = source.everything(0, layout)
        return pa.record_batch({name: drawn[name] for name in (*source.order, *hidden)})
    except ComputationError as error:
        raise error.at(path) from None
    except GenerationError as error:
        hint = (
            "loosen the constraint, or bring the ranges of its columns together; formulas, moments "
            "that follow another column, what they follow and nulls stay put"
        )
        raise ConflictError([Fault(path, str(error), hint)]) from None


def _parsed(text: str, planned: Mapping[str, Member]) -> Expression:
    expression = parse(text, planned)
    expression.check_condition({name: planned[name].generator.type for name in expression.columns})
    return expression


def _closure(constraints: list[Expression], planned: Mapping[str, Member]) -> list[Member]:
    """The columns that the constraints read, through computed ones too, in drawing order."""
    wanted = set[str]().union(*(constraint.columns for constraint in constraints))
    for name in reversed(list(planned)):
        member = planned[name]
        if name in wanted and isinstance(member.generator, Computed | BetweenGenerator):
            wanted |= member.generator.reads
    return [member for name, member in planned.items() if name in wanted]
