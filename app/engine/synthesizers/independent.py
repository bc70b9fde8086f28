"""Columns without any relation: the baseline, and what is safe where little may be learned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from app.engine.seeds import Stream, further_uniforms
from app.engine.synthesizers.base import FitContext, Synthesizer, drawn_block
from app.engine.synthesizers.bounds import need, need_shape, need_within
from app.engine.synthesizers.drawing import Drawing, Mask
from app.engine.synthesizers.explanation import ExplainedColumn, Explaining
from app.engine.synthesizers.keeping import Limits
from app.engine.synthesizers.lookups import (
    Lookup,
    determined,
    looked_up,
    with_determined_behind,
)
from app.engine.synthesizers.preparation import PreparedColumn, prepared
from app.engine.synthesizers.row_rules import RowRules, row_rules, with_rules_in_mind
from app.engine.synthesizers.table import Codes, EncodedTable
from app.engine.synthesizers.values import MOST_COUNT, ColumnValues, DrawnValues, Floats, Symbols

BINS = 250


class IndependentSettings(BaseModel):
    """Nothing to set."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, eq=False, slots=True)
class Margin:
    """The distribution of one column.

    Args:
        counts: rows of each symbol, shape (symbols,).
    """

    values: ColumnValues
    counts: NDArray[np.int64]

    def check(self) -> None:
        """Raises ValueError where its parts do not fit together, which a file's may not."""
        need_shape(self.counts, (self.values.symbols,), "the counts of symbols")
        need_within(self.counts, 0, MOST_COUNT, "the counts of symbols")

    def draw(self, uniforms: Floats) -> DrawnValues:
        """Values for numbers in [0, 1), ascending with them; shape (rows,)."""
        symbols, rest = inverted(self.counts, uniforms)
        return self.values.draw(symbols, rest)


class IndependentDrawing(Drawing):
    """Rows whose columns know nothing of one another."""

    def __init__(
        self,
        margins: tuple[Margin, ...],
        rows: int,
        rules: RowRules,
        lookups: tuple[Lookup, ...],
    ) -> None:
        super().__init__([each.values for each in margins], rows, rules, lookups)
        self._margins = margins

    def _draw(self, rows: NDArray[np.intp], uniforms: Floats) -> DrawnValues:
        return self._margins[self.place].draw(uniforms)

    def _drawn_again(
        self,
        rows: NDArray[np.intp],
        uniforms: Floats,
        found: DrawnValues,
        limits: Limits,
        broken: Mask,
    ) -> tuple[DrawnValues, Mask]:
        """As with every model, but at once: within an interval, too, a margin is known."""
        name = self.columns[self.place].name
        taken = self._ruled.accepts(name, found, limits, further_uniforms(uniforms, 0))
        waiting = np.flatnonzero((broken | ~taken) & np.isnan(limits.exact))
        part = limits.take(waiting)
        again = self._ruled.between(name, part, further_uniforms(uniforms[waiting], 1))
        broken[waiting] = part.broken_by(self._ruled.numbers(name, again))
        return found.replaced(waiting, again), broken

    def _weigh(self, rows: NDArray[np.intp], codes: Codes, uniforms: Floats) -> Floats:
        return np.ones(len(rows))


@dataclass(frozen=True, eq=False, slots=True)
class IndependentModel:
    """One margin a column.

    Args:
        margins: in the order in which they are drawn.
        names: in the order of the source.
        lookups: columns that others say.
        rules: what else holds between columns in every row.
    """

    margins: tuple[Margin, ...]
    names: tuple[str, ...]
    lookups: tuple[Lookup, ...]
    rules: RowRules

    def check(self) -> None:
        """Raises ValueError where its parts do not fit together, which a file's may not."""
        check_margins(self.margins, self.names, self.lookups, self.rules)

    @property
    def schema(self) -> pa.Schema:
        types = {each.values.name: each.values.type for each in self.margins}
        return pa.schema([(name, types[name]) for name in self.names])

    @property
    def determined(self) -> dict[str, str]:
        """Columns that another one says in every row, with the name of that one."""
        return {each.dependent: each.determinant for each in self.lookups}

    def drawing(self, rows: int) -> IndependentDrawing:
        """Rows that are drawn column by column."""
        return IndependentDrawing(self.margins, rows, self.rules, self.lookups)

    def block(self, rows: int, stream: Stream) -> pa.RecordBatch:
        """Rows of one block."""
        return drawn_block(self, rows, stream)

    def explained(self) -> tuple[ExplainedColumn, ...]:
        """The columns as they are drawn; none depends on another but those that one says."""
        return tuple(
            said_by(each.values.name, self.determined.get(each.values.name))
            for each in self.margins
        )


def fit(
    table: EncodedTable, settings: IndependentSettings, context: FitContext
) -> IndependentModel:
    """The margins of a table."""
    learned = learned_margins(table, context)
    margins = tuple(margin_of(column) for column in learned.columns)
    return IndependentModel(margins, table.names, learned.lookups, learned.rules)


@dataclass(frozen=True, eq=False, slots=True)
class LearnedMargins:
    """Columns in the order in which they are drawn, and what holds between them."""

    columns: tuple[PreparedColumn, ...]
    lookups: tuple[Lookup, ...]
    rules: RowRules


def learned_margins(table: EncodedTable, context: FitContext) -> LearnedMargins:
    """The columns of a table as the source has them, each with what it says right behind it."""
    columns = prepared(table, context.protection, BINS)
    pairs = determined(columns, table)
    by_name = {column.name: column for column in columns}
    lookups = tuple(looked_up(by_name[one], by_name[other]) for other, one in pairs.items())
    order = [by_name[name] for name in with_rules_in_mind(table)]
    ordered = with_determined_behind(columns, order, pairs)
    rules = row_rules(table, [column.name for column in ordered])
    return LearnedMargins(tuple(ordered), lookups, rules)


def check_margins(
    margins: tuple[Margin, ...],
    names: tuple[str, ...],
    lookups: tuple[Lookup, ...],
    rules: RowRules,
) -> None:
    """Raises ValueError where columns do not fit together, which a file's may not."""
    columns = {margin.values.name: margin.values for margin in margins}
    need(0 < len(columns) == len(margins), "the columns have no name each")
    need(sorted(columns) == sorted(names), "the columns are not those of the table")
    need(len({each.dependent for each in lookups}) == len(lookups), "a column is said twice")
    for each in lookups:
        each.check_place(list(columns), columns)
    rules.check_types({name: each.type for name, each in columns.items()})


def said_by(name: str, determinant: str | None) -> ExplainedColumn:
    """A column that nothing explains, or that another one says."""
    by = [] if determinant is None else [Explaining(column=determinant, weight=1.0)]
    return ExplainedColumn(name=name, by=by)


def margin_of(column: PreparedColumn) -> Margin:
    """The distribution of a prepared column."""
    symbols = column.values.symbols_of(column.codes[column.usable])
    counts = np.bincount(symbols, minlength=column.values.symbols)
    return Margin(column.values, counts.astype(np.int64))


def inverted(counts: NDArray[np.int64], uniforms: Floats) -> tuple[Symbols, Floats]:
    """Symbols by the inverse of their distribution, and what is left of each uniform number.

    Args:
        counts: weight of each symbol, shape (symbols,).
        uniforms: in [0, 1), shape (rows,).
    """
    reach = np.cumsum(counts)
    if not len(reach) or not reach[-1]:
        return np.zeros(len(uniforms), np.int32), uniforms
    target = uniforms * reach[-1]
    symbols = np.minimum(np.searchsorted(reach, target, side="right"), len(counts) - 1)
    rest = (target - (reach[symbols] - counts[symbols])) / np.maximum(counts[symbols], 1)
    return symbols.astype(np.int32), np.clip(rest, 0.0, np.nextafter(1.0, 0.0))


SYNTHESIZER = Synthesizer(
    name="independent",
    label="Independent columns",
    summary="Each column by itself: shares and ranges hold, nothing goes together.",
    settings=IndependentSettings,
    fit=fit,
    model=IndependentModel,
)
