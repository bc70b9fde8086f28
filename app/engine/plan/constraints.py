"""From declared constraints to the step that makes them hold, or a refusal."""

from __future__ import annotations

from collections.abc import Mapping

from app.engine.errors import ConflictError, DefinitionError, Fault, GenerationError
from app.engine.expressions import Expression, ExpressionError, parse
from app.engine.generators.base import Layout, Member
from app.engine.generators.constrained import Repair
from app.engine.generators.formulas import FormulaGenerator
from app.engine.generators.moments import BetweenGenerator
from app.engine.plan.plan import RowSource
from app.engine.schema.models import Table
from app.engine.seeds import Stream


def constraint_step(
    table: Table, planned: Mapping[str, Member], stream: Stream, path: str
) -> Repair | None:
    """The step that follows the drawn columns and precedes the computed ones.

    Args:
        planned: features in the order in which they are drawn.
        stream: randomness keyed by the table.
        path: place of the constraints in the document.

    Raises:
        DefinitionError: naming each constraint that cannot be read.
    """
    if not table.constraints:
        return None
    faults: list[Fault] = []
    constraints: list[Expression] = []
    for number, constraint in enumerate(table.constraints):
        try:
            constraints.append(_parsed(constraint.expr, planned))
        except ExpressionError as error:
            faults += error.at(f"{path}[{number}].expr").faults
    if faults:
        raise DefinitionError(faults)
    needed = _closure(constraints, planned)
    formulas = tuple(m for m in needed if isinstance(m.generator, FormulaGenerator))
    movable = tuple(m.name for m in needed if _is_free(m))
    if not movable:
        raise DefinitionError([Fault(path, "the constraints read no column that was drawn")])
    return Repair(tuple(constraints), formulas, movable, stream)


def check_constraints(source: RowSource, layout: Layout, path: str) -> None:
    """Try the first block.

    Raises:
        ConflictError: where rows are left that cannot keep a constraint.
    """
    try:
        source.block(0, layout)
    except GenerationError as error:
        hint = "loosen the constraint, or bring the ranges of its columns together"
        raise ConflictError([Fault(path, str(error), hint)]) from None


def _parsed(text: str, planned: Mapping[str, Member]) -> Expression:
    expression = parse(text, planned)
    expression.check_condition({name: planned[name].generator.type for name in expression.columns})
    return expression


def _closure(constraints: list[Expression], planned: Mapping[str, Member]) -> list[Member]:
    """The columns that the constraints read, through formulas too, in drawing order."""
    wanted = set[str]().union(*(constraint.columns for constraint in constraints))
    for name in reversed(list(planned)):
        member = planned[name]
        if name in wanted and isinstance(member.generator, FormulaGenerator):
            wanted |= member.generator.reads
    return [member for name, member in planned.items() if name in wanted]


def _is_free(member: Member) -> bool:
    return not isinstance(member.generator, FormulaGenerator | BetweenGenerator)
