"""A model of noisy marginals: columns one after the other, each given some before it."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.privacy.domain import Domain
from app.engine.seeds import Stream
from app.engine.synthesizers.base import drawn_block
from app.engine.synthesizers.bounds import need, need_shape, need_within
from app.engine.synthesizers.drawing import Drawing
from app.engine.synthesizers.explanation import ExplainedColumn, Explaining
from app.engine.synthesizers.private.beliefs import Array, Beliefs, over
from app.engine.synthesizers.private.domain_values import domain_values
from app.engine.synthesizers.row_rules import RowRules
from app.engine.synthesizers.table import Codes
from app.engine.synthesizers.values import ColumnValues, DrawnValues, Floats, Symbols

ONE = 1 << 20
"""A probability of 1, in the whole numbers of a model."""
MOST_CONFIGURATIONS = 1 << 22


@dataclass(frozen=True, eq=False, slots=True)
class ConditionalColumn:
    """A column, and its distribution for all that its parents may be.

    Args:
        parents: names of columns that are drawn before it.
        reach: cumulative probabilities of its symbols in 2^−20, for each configuration of the
            parents, the last parent running fastest; shape (configurations, symbols).
    """

    values: ColumnValues
    parents: tuple[str, ...]
    reach: NDArray[np.int32]

    def check(self) -> None:
        """Raises ValueError where its parts do not fit together, which a file's may not."""
        need(self.reach.ndim == 2 and len(self.reach) >= 1, "probabilities have no configurations")
        need_shape(self.reach[0], (self.values.symbols,), "the probabilities of symbols")
        need_within(self.reach, 0, ONE, "the probabilities of symbols")
        need(bool((np.diff(self.reach, axis=1) >= 0).all()), "probabilities do not add up")
        need(bool((self.reach[:, -1] == ONE).all()), "probabilities do not add up")

    def draw(self, configurations: NDArray[np.int64], uniforms: Floats) -> DrawnValues:
        """Values for numbers in [0, 1), ascending with them; shape (rows,)."""
        symbols = self.reach.shape[1]
        line = (self.reach + ONE * np.arange(len(self.reach))[:, None]).ravel()
        target = (configurations + uniforms) * ONE
        place = np.searchsorted(line, target, side="right")
        found = np.clip(place - configurations * symbols, 0, symbols - 1)
        low, width = self._stretch(configurations, found)
        rest = (target - configurations * ONE - low) / np.maximum(width, 1)
        inside = np.clip(rest, 0.0, np.nextafter(1.0, 0.0))
        return self.values.draw(found.astype(np.int32), inside)

    def chances(self, configurations: NDArray[np.int64], symbols: Symbols) -> Floats:
        """How likely symbols are, shape (rows,)."""
        places = np.clip(symbols, 0, self.reach.shape[1] - 1)
        return self._stretch(configurations, places)[1] / ONE

    def _stretch(
        self, configurations: NDArray[np.int64], symbols: NDArray[np.int64] | Symbols
    ) -> tuple[Floats, Floats]:
        high = self.reach[configurations, symbols].astype(float)
        before = self.reach[configurations, np.maximum(symbols - 1, 0)]
        low = np.where(symbols > 0, before, 0).astype(float)
        return low, high - low


class PrivateDrawing(Drawing):
    """Rows whose columns are drawn given their parents."""

    def __init__(self, model: PrivateModel, rows: int) -> None:
        super().__init__([each.values for each in model.columns], rows, model.rules)
        self._conditionals = model.columns
        self._places = {each.values.name: each.values for each in model.columns}

    def _draw(self, rows: NDArray[np.intp], uniforms: Floats) -> DrawnValues:
        return self._conditionals[self.place].draw(self._configurations(rows), uniforms)

    def _weigh(self, rows: NDArray[np.intp], codes: Codes, uniforms: Floats) -> Floats:
        column = self._conditionals[self.place]
        return column.chances(self._configurations(rows), column.values.symbols_of(codes))

    def _configurations(self, rows: NDArray[np.intp]) -> NDArray[np.int64]:
        """What the parents of the next column are, as one number; shape (len(rows),)."""
        found = np.zeros(len(rows), np.int64)
        for name in self._conditionals[self.place].parents:
            values = self._places[name]
            symbols = values.symbols_of(self.drawn[name].codes[rows])
            found = found * values.symbols + np.minimum(symbols, values.symbols - 1)
        return found


@dataclass(frozen=True, eq=False, slots=True)
class PrivateModel:
    """Columns that are drawn one after the other.

    Args:
        columns: in the order in which they are drawn.
        names: in the order of the domain.
        rules: none; what holds in every row is not learned here.
    """

    columns: tuple[ConditionalColumn, ...]
    names: tuple[str, ...]
    rules: RowRules

    def check(self) -> None:
        """Raises ValueError where its parts do not fit together, which a file's may not."""
        drawn = sorted(each.values.name for each in self.columns)
        need(sorted(self.names) == drawn, "the columns are not those of the table")
        need(len(set(self.names)) == len(self.names) > 0, "the columns have no name each")
        need(not self.rules.rules, "there are rules, which such a model has not")
        symbols: dict[str, int] = {}
        for each in self.columns:
            need(set(each.parents) <= set(symbols), "a column depends on a later one")
            configurations = prod(symbols[name] for name in each.parents)
            need(configurations <= MOST_CONFIGURATIONS, "a column has too many configurations")
            need(len(each.reach) == configurations, "a column has other configurations")
            symbols[each.values.name] = each.values.symbols

    @property
    def schema(self) -> pa.Schema:
        types = {each.values.name: each.values.type for each in self.columns}
        return pa.schema([(name, types[name]) for name in self.names])

    @property
    def determined(self) -> dict[str, str]:
        """None: whether a column says another one is not learned here."""
        return {}

    def drawing(self, rows: int) -> PrivateDrawing:
        """Rows that are drawn column by column."""
        return PrivateDrawing(self, rows)

    def block(self, rows: int, stream: Stream) -> pa.RecordBatch:
        """Rows of one block."""
        return drawn_block(self, rows, stream)

    def explained(self) -> tuple[ExplainedColumn, ...]:
        """The columns as they are drawn, each with its parents, of equal weight."""
        return tuple(
            ExplainedColumn(
                name=each.values.name,
                by=[Explaining(column=name, weight=1 / len(each.parents)) for name in each.parents],
            )
            for each in self.columns
        )


def private_model(domain: Domain, beliefs: Beliefs) -> PrivateModel:
    """The model that draws what beliefs say: clique by clique, and the columns that are new in a
    clique one after the other."""
    columns = []
    for place, clique in enumerate(beliefs.tree.cliques):
        given = list(beliefs.tree.separator(place))
        for column in clique:
            if column in given:
                continue
            known = tuple(sorted([*given, column]))
            rows = over(beliefs.arrays[place], clique, known)
            turned = np.moveaxis(rows, known.index(column), -1)
            parents = tuple(each for each in known if each != column)
            columns.append(_conditional(domain, column, parents, turned))
            given.append(column)
    return PrivateModel(tuple(columns), domain.names, RowRules())


def _conditional(
    domain: Domain, column: int, parents: tuple[int, ...], rows: Array
) -> ConditionalColumn:
    """A column by rows of its symbols, on the last axis, for each configuration of its parents; one
    that has no rows has the distribution of all together."""
    flat = np.maximum(rows.reshape(-1, rows.shape[-1]), 0.0)
    everywhere = flat.sum(axis=0)
    if not everywhere.sum() > 0:
        everywhere = np.ones(len(everywhere))
    sums = flat.sum(axis=1, keepdims=True)
    shares = np.where(sums > 0, flat / np.where(sums > 0, sums, 1.0), everywhere / everywhere.sum())
    reach = np.round(np.cumsum(shares, axis=1) * ONE).astype(np.int32)
    reach = np.minimum(reach, ONE)
    reach[:, -1] = ONE
    names = tuple(domain.names[each] for each in parents)
    return ConditionalColumn(domain_values(domain.columns[column]), names, reach)
