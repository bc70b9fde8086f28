"""Ways to divide rows into parts that have counts of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.expressions import Expression
from app.engine.expressions.tree import Call, ColumnName, Node, walk
from app.engine.synthesizers.rejection import Clause
from app.engine.synthesizers.table import plain_cells

Labels = Mapping[str, tuple[str, str]]


class Split(Protocol):
    """Every row is in just one of its parts, of which the last one is the rest."""

    @property
    def path(self) -> str:
        """Its place in what was asked."""

    @property
    def columns(self) -> frozenset[str]:
        """Those that it reads."""

    @property
    def counts(self) -> tuple[int, ...]:
        """Rows of the table that are to be in each part."""

    def parts(self, cells: Mapping[str, pa.Array]) -> NDArray[np.intp]:
        """Number of the part of each row, shape (rows,)."""

    def path_of(self, part: int) -> str:
        """The place in what was asked that speaks of a part."""


@dataclass(frozen=True, slots=True)
class RowCondition:
    """The clause that an expression is true.

    Args:
        labels: what the source writes for false and for true, by the columns of truth values that
            the expression compares with texts.
    """

    expression: Expression
    labels: Labels

    @property
    def columns(self) -> frozenset[str]:
        return self.expression.columns

    def mask(self, cells: Mapping[str, pa.Array]) -> NDArray[np.bool_]:
        texts = {
            name: pc.if_else(cells[name], yes, no)
            for name, (no, yes) in self.labels.items()
            if name in cells
        }
        return self.expression.mask({**cells, **texts})

    def conjuncts(self) -> tuple[RowCondition, ...]:
        """The members of a conjunction as conditions of their own; of one that has a member
        without columns the whole."""
        text = self.expression.text
        nodes = _conjuncts(self.expression.tree)
        parted = [Expression(text, node, _columns_of(node)) for node in nodes]
        if not all(each.columns for each in parted):
            return (self,)
        return tuple(RowCondition(each, self.labels) for each in parted)


@dataclass(frozen=True, slots=True)
class ConditionSplit:
    """Rows that fulfil a condition, and those that do not."""

    path: str
    condition: RowCondition
    counts: tuple[int, ...]

    @property
    def columns(self) -> frozenset[str]:
        return self.condition.columns

    def parts(self, cells: Mapping[str, pa.Array]) -> NDArray[np.intp]:
        return (~self.condition.mask(cells)).astype(np.intp)

    def path_of(self, part: int) -> str:
        return self.path


@dataclass(frozen=True, slots=True)
class ShareSplit:
    """Rows by the value of a column: those that shares were asked of, and all others.

    Args:
        values: of the column, in the type that synthesizers learn, shape (parts - 1,).
        paths: of the shares, one a value.
    """

    path: str
    column: str
    values: pa.Array
    paths: tuple[str, ...]
    counts: tuple[int, ...]

    @property
    def columns(self) -> frozenset[str]:
        return frozenset({self.column})

    def parts(self, cells: Mapping[str, pa.Array]) -> NDArray[np.intp]:
        plain = plain_cells(cells[self.column])
        found = pc.fill_null(pc.index_in(plain, value_set=self.values), len(self.values))
        return np.asarray(found.to_numpy(zero_copy_only=False)).astype(np.intp)

    def path_of(self, part: int) -> str:
        return self.paths[part] if part < len(self.paths) else self.path


@dataclass(frozen=True, slots=True)
class InPart:
    """The clause that rows are in a part of a split."""

    split: Split
    part: int

    @property
    def columns(self) -> frozenset[str]:
        return self.split.columns

    def mask(self, cells: Mapping[str, pa.Array]) -> NDArray[np.bool_]:
        return self.split.parts(cells) == self.part


def clauses_of(split: Split, part: int) -> tuple[Clause, ...]:
    """What rows of a part fulfil; of a condition that holds each member of its conjunction by
    itself, so that rows are given up as soon as one of them fails."""
    if isinstance(split, ConditionSplit) and part == 0:
        return split.condition.conjuncts()
    return (InPart(split, part),)


def _conjuncts(tree: Node) -> list[Node]:
    found, waiting = [], [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Call) and node.operation == "and":
            waiting += node.arguments[::-1]
        else:
            found.append(node)
    return found


def _columns_of(node: Node) -> frozenset[str]:
    return frozenset(each.name for each in walk(node) if isinstance(each, ColumnName))
