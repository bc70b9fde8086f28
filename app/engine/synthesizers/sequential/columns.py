"""The columns of a sequential model: how each is drawn given those before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.synthesizers.bounds import need, need_shape, need_within
from app.engine.synthesizers.explanation import ExplainedColumn, Explaining, heaviest
from app.engine.synthesizers.sequential.code_tree import CodeTree, Seen
from app.engine.synthesizers.sequential.linear import LinearFeature, seen_with
from app.engine.synthesizers.table import MISSING, Codes
from app.engine.synthesizers.values import ColumnValues, DrawnValues, Features, Floats


@dataclass(frozen=True, slots=True)
class Before:
    """What has been drawn of a block: values by name, features of shape (columns, rows)."""

    drawn: dict[str, DrawnValues]
    features: Features


@dataclass(frozen=True, eq=False, slots=True)
class TreeColumn:
    """A column drawn by its code tree, given those before it."""

    values: ColumnValues
    linear: tuple[LinearFeature, ...]
    tree: CodeTree

    @property
    def reads(self) -> tuple[str, ...]:
        """Columns of which it looks at more than the features."""
        return ()

    def check(self) -> None:
        """Its parts are checked by themselves, their place by the model."""

    def check_place(self, before: dict[str, ColumnValues]) -> None:
        """Raises ValueError where it does not fit behind these columns."""
        for each in self.linear:
            need(len(each.weights) == len(before), "a linear feature is of other columns")
        self.tree.check_reach(self.values.symbols, len(before) + len(self.linear), len(self.linear))

    def draw(self, before: Before, uniforms: Floats) -> DrawnValues:
        symbols, rest = self.tree.draw(self._seen(before), uniforms)
        return self.values.draw(symbols, rest)

    def explained(self, before: list[str]) -> ExplainedColumn:
        """What its trees ask of the columns before it, by themselves and in linear predictions."""
        rows = np.append(self.values.rows_of_symbols(), 0)
        asked = self.tree.asked(len(before) + len(self.linear), rows)
        weights = asked[: len(before)]
        for each, weight in zip(self.linear, asked[len(before) :], strict=True):
            weights = weights + weight * each.shares()
        by = heaviest(before, weights / max(float(weights.sum()), 1.0))
        return ExplainedColumn(name=self.values.name, trees=self.tree.trees.count, by=by)

    def chances(self, before: Before, codes: Codes) -> Floats:
        """How likely the symbols of values are, shape (rows,)."""
        return self.tree.chances_of(self._seen(before), self.values.symbols_of(codes))

    def _seen(self, before: Before) -> Seen:
        return seen_with(self.linear, before.features)


@dataclass(frozen=True, eq=False, slots=True)
class DeterminedColumn:
    """A column that another one determines.

    Args:
        determinant: name of the other one.
        codes: this one's value for each of the other's, and for a missing one, shape (values + 1,).
    """

    values: ColumnValues
    determinant: str
    codes: NDArray[np.int32]

    @property
    def reads(self) -> tuple[str, ...]:
        """The determinant."""
        return (self.determinant,)

    def check(self) -> None:
        """Raises ValueError where a code is of no value."""
        need_within(self.codes, MISSING, len(self.values.values) - 1, "the codes of a column")

    def check_place(self, before: dict[str, ColumnValues]) -> None:
        """Raises ValueError where it does not fit behind these columns."""
        need(self.determinant in before, "a column is determined by none before it")
        need_shape(self.codes, (len(before[self.determinant].values) + 1,), "the codes of a column")

    def draw(self, before: Before, uniforms: Floats) -> DrawnValues:
        there = before.drawn[self.determinant].codes
        codes = self.codes[np.where(there == MISSING, len(self.codes) - 1, there)]
        return DrawnValues(codes.astype(np.int32), np.zeros(len(codes)))

    def explained(self, before: list[str]) -> ExplainedColumn:
        """The one column that says it."""
        by = [Explaining(column=self.determinant, weight=1.0)]
        return ExplainedColumn(name=self.values.name, by=by)

    def chances(self, before: Before, codes: Codes) -> Floats:
        """1 where the other column says just this value, else 0; shape (rows,)."""
        return (self.draw(before, np.zeros(len(codes))).codes == codes).astype(float)
