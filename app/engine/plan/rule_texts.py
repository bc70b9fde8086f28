"""Conditions and outcomes of rules in the words of the expression language."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pyarrow as pa

from app.engine.expressions import snake_case, written
from app.engine.plan.target.grades import Edge, LabelGrades, NumberGrades, moment_text
from app.engine.plan.target.model import Scorecard


def spoken(name: str, columns: Collection[str]) -> str:
    """A column as rules name it: in snake case where that is its alone, else as written."""
    alias = snake_case(name)
    alone = [column for column in columns if snake_case(column) == alias] == [name]
    return alias if alone and written(alias) == alias else written(name)


def condition(card: Scorecard, grade: int, name: str) -> str:
    """When a row lies in a grade of an input.

    Args:
        grade: number of the grade; the one after the last is that of nulls.
        name: the column as rules name it.
    """
    grades = card.grades
    if grade >= grades.count:
        return f"{name} is null"
    if isinstance(grades, LabelGrades):
        return _label_condition(name, grades.labels, grade)
    if pa.types.is_boolean(grades.type):
        return name if grade == grades.owner[-1] else f"not {name}"
    pieces = [_between(name, low, high, grades) for low, high in grades.intervals(grade)]
    return pieces[0] if len(pieces) == 1 else "(" + " or ".join(pieces) + ")"


def _label_condition(name: str, labels: Sequence[str], grade: int) -> str:
    if set(labels) == {"true", "false"}:
        return name if labels[grade] == "true" else f"not {name}"
    quoted = labels[grade].replace("\\", "\\\\").replace('"', '\\"')
    return f'{name} == "{quoted}"'


def _between(name: str, low: Edge | None, high: Edge | None, grades: NumberGrades) -> str:
    """``low <= name < high``; a cut after a value has it on the lower side."""
    left = "" if low is None else f"{_number(low, grades)} {'<' if low.after else '<='} "
    right = "" if high is None else f" {'<=' if high.after else '<'} {_number(high, grades)}"
    if not left and not right:
        return f"{name} is not null"
    if left and not right:
        return f"{name} {'>' if low and low.after else '>='} {left.split(' ')[0]}"
    return f"{left}{name}{right}"


def _number(edge: Edge, grades: NumberGrades) -> str:
    if pa.types.is_temporal(grades.type):
        return moment_text(edge.value, grades.type)
    return f"{edge.value:.10g}"


def percent(share: float) -> str:
    """``4.1 %``; shares below a tenth of a percent keep two digits."""
    return f"{share * 100:.1f} %" if share >= 0.001 or share == 0 else f"{share * 100:.2g} %"
