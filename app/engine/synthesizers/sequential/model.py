"""What the sequential synthesizer has learned, and how it draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.seeds import Stream
from app.engine.synthesizers.base import drawn_block, even_uniforms
from app.engine.synthesizers.bounds import need
from app.engine.synthesizers.drawing import Drawing
from app.engine.synthesizers.explanation import ExplainedColumn
from app.engine.synthesizers.row_rules import RowRules
from app.engine.synthesizers.sequential.columns import Before, DeterminedColumn, TreeColumn
from app.engine.synthesizers.sequential.parity import ParityColumn
from app.engine.synthesizers.table import Codes
from app.engine.synthesizers.values import ColumnValues, DrawnValues, Floats

SequentialColumn: TypeAlias = TreeColumn | DeterminedColumn | ParityColumn


class SequentialDrawing(Drawing):
    """Rows whose columns are drawn by their trees."""

    def __init__(self, columns: tuple[SequentialColumn, ...], rows: int, rules: RowRules) -> None:
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
        parts = {name: self.drawn[name] for name in column.reads}
        some = {n: DrawnValues(p.codes[rows], p.fractions[rows]) for n, p in parts.items()}
        return Before(some, features[:, rows])


@dataclass(frozen=True, eq=False, slots=True)
class SequentialModel:
    """Columns in the order in which they are drawn.

    Args:
        names: in the order of the source.
        rules: what holds between them in every row.
    """

    columns: tuple[SequentialColumn, ...]
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
