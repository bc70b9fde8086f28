"""What the sequential synthesizer has learned, and how it draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.seeds import Stream
from app.engine.synthesizers.base import drawn_block, even_uniforms
from app.engine.synthesizers.bounds import need, need_shape, need_within
from app.engine.synthesizers.drawing import Drawing
from app.engine.synthesizers.explanation import ExplainedColumn, Explaining, heaviest
from app.engine.synthesizers.row_rules import RowRules
from app.engine.synthesizers.sequential.code_tree import CodeTree, Seen
from app.engine.synthesizers.sequential.linear import LinearFeature, seen_with
from app.engine.synthesizers.table import MISSING, Codes
from app.engine.synthesizers.values import ColumnValues, DrawnValues, Features, Floats


@dataclass(frozen=True, eq=False, slots=True)
class TreeColumn:
    """A column drawn by its code tree, given those before it."""

    values: ColumnValues
    linear: tuple[LinearFeature, ...]
    tree: CodeTree

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


@dataclass(frozen=True, slots=True)
class Before:
    """What has been drawn of a block: values by name, features of shape (columns, rows)."""

    drawn: dict[str, DrawnValues]
    features: Features


class SequentialDrawing(Drawing):
    """Rows whose columns are drawn by their trees."""

    def __init__(
        self, columns: tuple[TreeColumn | DeterminedColumn, ...], rows: int, rules: RowRules
    ) -> None:
        super().__init__([each.values for each in columns], rows, rules)
        self._learned = columns
        self._features = np.empty((len(columns), rows), dtype=np.uint8)

    def take(self, rows: NDArray[np.intp]) -> None:
        super().take(rows)
        self._features = self._features[:, rows]

    def _draw(self, rows: NDArray[np.intp], uniforms: Floats) -> DrawnValues:
        return self._learned[self.place].draw(self._before(rows), uniforms)

    def _weigh(self, rows: NDArray[np.intp], codes: Codes, uniforms: Floats) -> Floats:
        return self._learned[self.place].chances(self._before(rows), codes)

    def _keep(self, column: ColumnValues, found: DrawnValues) -> None:
        self._features[self.place] = column.features_of(found.codes)
        super()._keep(column, found)

    def _before(self, rows: NDArray[np.intp]) -> Before:
        column = self._learned[self.place]
        features = self._features[: self.place]
        if len(rows) == self.rows:
            return Before(self.drawn, features)
        wanted = (column.determinant,) if isinstance(column, DeterminedColumn) else ()
        parts = {name: self.drawn[name] for name in wanted}
        some = {n: DrawnValues(p.codes[rows], p.fractions[rows]) for n, p in parts.items()}
        return Before(some, features[:, rows])


@dataclass(frozen=True, eq=False, slots=True)
class SequentialModel:
    """Columns in the order in which they are drawn.

    Args:
        names: in the order of the source.
        rules: what holds between them in every row.
    """

    columns: tuple[TreeColumn | DeterminedColumn, ...]
    names: tuple[str, ...]
    rules: RowRules

    def check(self) -> None:
        """Raises ValueError where columns do not fit together, which a file's may not."""
        before: dict[str, ColumnValues] = {}
        for column in self.columns:
            column.check_place(before)
            need(column.values.name not in before, "two columns have one name")
            before[column.values.name] = column.values
        need(sorted(before) == sorted(self.names), "the columns are not those of the table")
        self.rules.check_types({name: each.values.type for name, each in before.items()})

    @property
    def schema(self) -> pa.Schema:
        types = {column.values.name: column.values.type for column in self.columns}
        return pa.schema([(name, types[name]) for name in self.names])

    @property
    def determined(self) -> dict[str, str]:
        """Columns that another one says in every row, with the name of that one."""
        found = (each for each in self.columns if isinstance(each, DeterminedColumn))
        return {each.values.name: each.determinant for each in found}

    def drawing(self, rows: int) -> SequentialDrawing:
        """Rows that are drawn column by column."""
        return SequentialDrawing(self.columns, rows, self.rules)

    def block(self, rows: int, stream: Stream) -> pa.RecordBatch:
        """Rows of one block."""
        if self.rules.rules:
            return drawn_block(self, rows, stream)
        features = np.empty((len(self.columns), rows), dtype=np.uint8)
        drawn: dict[str, DrawnValues] = {}
        for place, column in enumerate(self.columns):
            values = column.values
            uniforms = even_uniforms(rows, stream.child("column", values.name))
            found = column.draw(Before(drawn, features[:place]), uniforms)
            drawn[values.name] = found
            features[place] = values.features_of(found.codes)
        cells = {c.values.name: c.values.decode(drawn[c.values.name]) for c in self.columns}
        return pa.record_batch([cells[name] for name in self.names], schema=self.schema)

    def explained(self) -> tuple[ExplainedColumn, ...]:
        """The columns in the order in which they were learned and are drawn."""
        names = [column.values.name for column in self.columns]
        return tuple(column.explained(names[:place]) for place, column in enumerate(self.columns))
