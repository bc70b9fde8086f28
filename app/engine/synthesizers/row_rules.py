"""What holds between the columns of every row: orders and sums, as linear rules.

`end >= start` and `net + tax == gross` are both a sum of weighted columns that is at least, or
exactly, some number. Rules are completed by those that follow from them for the columns that are
known first (Fourier-Motzkin elimination), so that what is drawn first leaves room for what follows:
of a <= b <= c, where c is there before b, that a <= c.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pyarrow as pa

from app.engine.expressions import ExpressionError, parse
from app.engine.expressions.tree import Call, ColumnName, Literal, Node
from app.engine.synthesizers.bounds import need
from app.engine.synthesizers.number_line import (
    EXACT,
    is_moment,
    is_on_line,
    places_on_line,
    step_of,
)
from app.engine.synthesizers.table import EncodedColumn, EncodedTable, Kind

MOST_RULES = 400
MOST_COLUMNS = 6  # of a rule that follows from others
MOST_WEIGHT = 1e9
STRICT = 0.75  # of a step: what lies on steps and differs by more is another step
NEXT = 1e-12  # the least difference of numbers without steps
_TURNED = {"<=": ">=", "<": ">"}
_COMPARISONS = (">=", ">", "==")
_SIGNS = {"+": (1.0, 1.0), "-": (1.0, -1.0), "negative": (-1.0,)}
_CONSTANT = "\0"  # the name of no column, for numbers in a sum


@dataclass(frozen=True, slots=True)
class LinearRule:
    """A weighted sum of columns that is at least a number, or just this number, wherever all of
    them are known. Moments count as microseconds.

    Args:
        text: as an expression; empty where it follows from other rules.
        least: what the sum is at least; what it is where `is_equation`.
    """

    text: str
    columns: tuple[str, ...]
    weights: tuple[float, ...]
    least: float
    is_equation: bool

    def check(self) -> None:
        """Raises ValueError where its parts do not fit together, which a file's may not."""
        need(0 < len(self.columns) == len(self.weights), "a rule has not a weight for each column")
        need(len(set(self.columns)) == len(self.columns), "a rule names a column twice")
        fits = all(0 < abs(weight) <= MOST_WEIGHT for weight in self.weights)
        need(fits, "the weights of a rule leave their range")

    def weight(self, column: str) -> float:
        return self.weights[self.columns.index(column)]


@dataclass(frozen=True, slots=True)
class StatedRule:
    """A rule as an expression states it; strict where equal is not enough."""

    rule: LinearRule
    is_strict: bool


@dataclass(frozen=True, slots=True)
class RuledColumn:
    """A column that rules speak of.

    Args:
        step: on which its values lie; 0 where on none.
        weights: of bins of its values, of which those with less are taken less often; empty where
            all are the same.
    """

    name: str
    step: float
    weights: tuple[float, ...] = ()

    def check(self) -> None:
        """Raises ValueError where the step or a weight is none."""
        need(0 <= self.step <= EXACT, "the step of a column leaves its range")
        need(all(0 < each <= 1 for each in self.weights), "the weights of values leave their range")


@dataclass(frozen=True, slots=True)
class RowRules:
    """All rules of a table, those that follow from others among them."""

    rules: tuple[LinearRule, ...] = ()
    columns: tuple[RuledColumn, ...] = ()

    def check(self) -> None:
        """Raises ValueError where rules speak of columns of which nothing is known."""
        names = {each.name for each in self.columns}
        need(len(names) == len(self.columns), "two ruled columns have one name")
        need(len(self.rules) <= MOST_RULES, "there are too many rules")
        need(all(names.issuperset(each.columns) for each in self.rules), "a rule is of no column")

    def check_types(self, types: Mapping[str, pa.DataType]) -> None:
        """Raises ValueError where ruled columns are none of these, or no numbers or moments."""
        fits = all(each.name in types and is_on_line(types[each.name]) for each in self.columns)
        need(fits, "a rule is of a column that is no number or moment")

    @property
    def texts(self) -> tuple[str, ...]:
        """The rules as expressions."""
        return tuple(each.text for each in self.rules if each.text)


def row_rules(table: EncodedTable, order: Sequence[str]) -> RowRules:
    """The rules of a table that can be kept.

    Args:
        order: names of the columns, in the order in which they are drawn.
    """
    columns = {each.name: each for each in table.columns if _can_be_ruled(each)}
    stated = [
        each
        for text in table.rules
        for each in stated_rules(text, table.names)
        if columns.keys() >= set(each.rule.columns) and _is_of_one_kind(each.rule, columns)
    ]
    names = {name for each in stated for name in each.rule.columns}
    steps = {name: step_of(columns[name].values) for name in order if name in names}
    ruled = tuple(RuledColumn(name, step) for name, step in steps.items())
    return RowRules(_completed([_with_step(each, steps) for each in stated], order), ruled)


def _can_be_ruled(column: EncodedColumn) -> bool:
    if column.kind is not Kind.NUMBER or not len(column.values):
        return False
    if not is_on_line(column.values.type):
        return False
    return bool((np.abs(places_on_line(column.values)) < EXACT).all())


def _is_of_one_kind(rule: LinearRule, columns: Mapping[str, EncodedColumn]) -> bool:
    """Whether a rule is of numbers alone, or an order of moments."""
    moments = {is_moment(columns[name].values.type) for name in rule.columns}
    is_order = sorted(rule.weights) == [-1.0, 1.0] and not rule.is_equation
    return moments == {False} or (moments == {True} and is_order)


def with_rules_in_mind(table: EncodedTable) -> list[str]:
    """The columns of a table in its order, but for those that others add up to or are below,
    which come behind these: of a sum the column that varies most."""
    columns = {each.name: each for each in table.columns if _can_be_ruled(each)}
    behind: dict[str, set[str]] = {name: set() for name in table.names}
    for text in table.rules:
        for stated in stated_rules(text, table.names):
            rule = stated.rule
            if columns.keys() >= set(rule.columns) and _is_of_one_kind(rule, columns):
                last = _last_of(rule, columns)
                behind[last] |= set(rule.columns) - {last}
    found: list[str] = []
    while len(found) < len(behind):
        left = [name for name in table.names if name not in found]
        found.append(next((name for name in left if behind[name] <= set(found)), left[0]))
    return found


def _last_of(rule: LinearRule, columns: Mapping[str, EncodedColumn]) -> str:
    """The greater one of an order, of a sum the column that varies most."""
    if not rule.is_equation:
        return max(rule.columns, key=rule.weight)
    return max(rule.columns, key=lambda name: (_spread(columns[name]), name))


def _spread(column: EncodedColumn) -> float:
    """The variance of a column's values."""
    counts, places = column.counts(), places_on_line(column.values)
    mean = float((counts * places).sum()) / max(int(counts.sum()), 1)
    return float((counts * (places - mean) ** 2).sum())


def stated_rules(text: str, names: Sequence[str]) -> list[StatedRule]:
    """What an expression says of columns of these names; nothing where it does not only compare
    sums of columns, which is all that drawn rows can be made to keep."""
    try:
        parts = list(_joined(parse(text, list(names)).tree))
    except ExpressionError:
        return []
    found = [_stated(node, text if not place else "") for place, node in enumerate(parts)]
    return [each for each in found if each is not None] if all(found) else []


def _joined(node: Node) -> Iterator[Node]:
    """The parts that `and` joins."""
    if isinstance(node, Call) and node.operation == "and":
        for each in node.arguments:
            yield from _joined(each)
    else:
        yield node


def _stated(node: Node, text: str) -> StatedRule | None:
    """A comparison of sums; None for anything else."""
    if not isinstance(node, Call) or len(node.arguments) != 2:
        return None
    operation, (left, right) = node.operation, node.arguments
    if operation in _TURNED:
        operation, left, right = _TURNED[operation], right, left
    difference = _weights(Call("-", (left, right), node.position))
    if operation not in _COMPARISONS or difference is None:
        return None
    constant = difference.pop(_CONSTANT, 0.0)
    weights = {name: weight for name, weight in difference.items() if weight}
    if not weights:
        return None
    least = -constant if constant else 0.0
    rule = LinearRule(text, tuple(weights), tuple(weights.values()), least, operation == "==")
    return StatedRule(rule, is_strict=operation == ">")


def _weights(node: Node) -> dict[str, float] | None:
    """How often a sum counts each column; None where it is no sum."""
    if isinstance(node, ColumnName):
        return {node.name: 1.0}
    if isinstance(node, Literal):
        is_number = type(node.value) in (int, float)
        return {_CONSTANT: float(node.value or 0)} if is_number else None
    parts = [_weights(each) for each in node.arguments]
    if node.operation not in _SIGNS or any(each is None for each in parts):
        return None
    found: dict[str, float] = {}
    for sign, part in zip(_SIGNS[node.operation], parts, strict=True):
        for name, weight in (part or {}).items():
            found[name] = found.get(name, 0.0) + sign * weight
    return found


def _with_step(stated: StatedRule, steps: Mapping[str, float]) -> LinearRule:
    """A strict rule as one that is not: on steps, what is more is more by a step."""
    rule = stated.rule
    if not stated.is_strict:
        return rule
    step = min(steps[name] for name in rule.columns)
    return replace(rule, least=rule.least + (STRICT * step if step else NEXT))


def _completed(rules: Sequence[LinearRule], order: Sequence[str]) -> tuple[LinearRule, ...]:
    """The rules with those that follow from them, one column eliminated after the other, the last
    drawn first; whichever columns are known, the others are left room."""
    found = {_key(each): each for each in rules}
    for column in reversed(order):
        for first, second in combinations([r for r in found.values() if column in r.columns], 2):
            pair = (first, second) if first.is_equation else (second, first)
            made = _eliminated(*pair, column)
            if made is not None and len(found) < MOST_RULES:
                found.setdefault(_key(made), made)
    return tuple(found.values())


def _eliminated(first: LinearRule, second: LinearRule, column: str) -> LinearRule | None:
    """What follows from two rules without a column of both; None where nothing does."""
    factor = -second.weight(column) / first.weight(column)
    if factor < 0 and not first.is_equation:
        return None
    weights = dict(zip(second.columns, second.weights, strict=True))
    for name, weight in zip(first.columns, first.weights, strict=True):
        weights[name] = weights.get(name, 0.0) + factor * weight
    kept = {name: weight for name, weight in weights.items() if abs(weight) > NEXT}
    kept.pop(column, None)
    if not 0 < len(kept) <= MOST_COLUMNS or max(map(abs, kept.values())) > MOST_WEIGHT:
        return None
    least = second.least + factor * first.least
    return LinearRule("", tuple(kept), tuple(kept.values()), least, second.is_equation)


def _key(rule: LinearRule) -> tuple[object, ...]:
    """What two rules have in common that say the same."""
    return (*sorted(zip(rule.columns, rule.weights, strict=True)), rule.least, rule.is_equation)
