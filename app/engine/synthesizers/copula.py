"""Margins joined by a Gaussian copula: linear relations only, in a fraction of the time.

Each column is turned into normal scores, and the correlation of the scores is kept (Song 2000;
Patki, Wedge & Veeramachaneni 2016). Symbols of a label or of a spike share a stretch of the normal
distribution; a row lies somewhere within its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from app.engine.seeds import Stream
from app.engine.synthesizers.base import FitContext, Synthesizer, drawn_block
from app.engine.synthesizers.bounds import need_shape, need_within
from app.engine.synthesizers.drawing import Drawing
from app.engine.synthesizers.explanation import ExplainedColumn, heaviest
from app.engine.synthesizers.independent import (
    Margin,
    check_margins,
    learned_margins,
    margin_of,
    said_by,
)
from app.engine.synthesizers.lookups import Lookup
from app.engine.synthesizers.preparation import PreparedColumn
from app.engine.synthesizers.row_rules import RowRules
from app.engine.synthesizers.table import Codes, EncodedTable
from app.engine.synthesizers.values import DrawnValues, Floats

ROUNDED = 2.0**-20  # of what a normal distribution comes to, which machines' last bits differ in


class CopulaSettings(BaseModel):
    """How much of each correlation is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shrinkage: float = Field(
        0.01, ge=0.0, le=1.0, description="How far correlations are drawn towards none."
    )


class CopulaDrawing(Drawing):
    """Rows whose normal scores are drawn one after the other, a given value's within its stretch
    (Geweke 1989, Hajivassiliou & Keane: how likely it was is the stretch's chance)."""

    def __init__(self, model: CopulaModel, rows: int) -> None:
        columns = [each.values for each in model.margins]
        super().__init__(columns, rows, model.rules, model.lookups)
        self._margins, self._root = model.margins, model.root
        self._normal = np.empty((len(columns), rows))

    def take(self, rows: NDArray[np.intp]) -> None:
        super().take(rows)
        self._normal = self._normal[:, rows]

    def _draw(self, rows: NDArray[np.intp], uniforms: Floats) -> DrawnValues:
        from app.engine.special_functions import ndtr, ndtri

        normal = ndtri(np.clip(uniforms, ROUNDED, 1.0 - ROUNDED))
        self._normal[self.place, rows] = normal
        score = self._known(rows) + self._root[self.place, self.place] * normal
        chance = np.floor(ndtr(score) / ROUNDED) * ROUNDED
        return self._margins[self.place].draw(np.minimum(chance, 1.0 - ROUNDED))

    def _weigh(self, rows: NDArray[np.intp], codes: Codes, uniforms: Floats) -> Floats:
        from app.engine.special_functions import ndtr, ndtri

        counts, known = self._margins[self.place].counts, self._known(rows)
        symbols = self.columns[self.place].symbols_of(codes)
        ends = np.append(0, np.cumsum(counts)) / max(int(counts.sum()), 1)
        places = np.minimum(symbols, max(len(counts) - 1, 0))
        own = self._root[self.place, self.place]
        # Beyond the last symbol there is none: what the source never misses is as good as unknown.
        low = np.where(symbols < len(counts), ndtr((ndtri(ends[places]) - known) / own), 0.0)
        above = np.minimum(places + 1, len(ends) - 1)
        high = np.where(symbols < len(counts), ndtr((ndtri(ends[above]) - known) / own), 1.0)
        inside = np.clip(low + uniforms * (high - low), 1e-12, 1.0 - 1e-12)
        self._normal[self.place, rows] = ndtri(inside)
        return np.round((high - low) / ROUNDED) * ROUNDED

    def _put_in_place(self, rows: NDArray[np.intp], codes: Codes, uniforms: Floats) -> None:
        self._weigh(rows, codes, uniforms)

    def _known(self, rows: NDArray[np.intp]) -> Floats:
        """The part of each row's score that the columns before say, shape (len(rows),)."""
        score = np.zeros(len(rows))
        for weight, normal in zip(self._root[self.place], self._normal[: self.place], strict=False):
            score += weight * normal[rows]
        return score


@dataclass(frozen=True, eq=False, slots=True)
class CopulaModel:
    """Margins, and how they go together.

    Args:
        margins: in the order in which they are drawn.
        root: lower triangular root of the correlations of the normal scores, shape
            (columns, columns).
        names: in the order of the source.
        lookups: columns that others say.
        rules: what else holds between columns in every row.
    """

    margins: tuple[Margin, ...]
    root: Floats
    names: tuple[str, ...]
    lookups: tuple[Lookup, ...]
    rules: RowRules

    def check(self) -> None:
        """Raises ValueError where its parts do not fit together, which a file's may not."""
        check_margins(self.margins, self.names, self.lookups, self.rules)
        need_shape(self.root, (len(self.margins), len(self.margins)), "the correlations")
        need_within(self.root, -1.001, 1.001, "the correlations")

    @property
    def schema(self) -> pa.Schema:
        types = {each.values.name: each.values.type for each in self.margins}
        return pa.schema([(name, types[name]) for name in self.names])

    @property
    def determined(self) -> dict[str, str]:
        """Columns that another one says in every row, with the name of that one."""
        return {each.dependent: each.determinant for each in self.lookups}

    def drawing(self, rows: int) -> CopulaDrawing:
        """Rows that are drawn column by column."""
        return CopulaDrawing(self, rows)

    def block(self, rows: int, stream: Stream) -> pa.RecordBatch:
        """Rows of one block."""
        if self.lookups or self.rules.rules:
            return drawn_block(self, rows, stream)
        from app.engine.special_functions import ndtr

        names = [margin.values.name for margin in self.margins]
        normal = [stream.child("column", each).generator().standard_normal(rows) for each in names]
        cells = {}
        for margin, weights in zip(self.margins, self.root, strict=True):
            score = np.zeros(rows)
            for weight, each in zip(weights, normal, strict=True):
                score += weight * each
            chance = np.floor(ndtr(score) / ROUNDED) * ROUNDED
            drawn = margin.draw(np.minimum(chance, 1.0 - ROUNDED))
            cells[margin.values.name] = margin.values.decode(drawn)
        return pa.record_batch([cells[name] for name in self.names], schema=self.schema)

    def explained(self) -> tuple[ExplainedColumn, ...]:
        """The columns as they are drawn, each with those it is correlated with most."""
        names = [each.values.name for each in self.margins]
        strengths = np.abs(self.root @ self.root.T)
        np.fill_diagonal(strengths, 0.0)
        return tuple(
            said_by(name, self.determined[name])
            if name in self.determined
            else ExplainedColumn(name=name, by=heaviest(names, row))
            for name, row in zip(names, strengths, strict=True)
        )


def fit(table: EncodedTable, settings: CopulaSettings, context: FitContext) -> CopulaModel:
    """Margins and correlations of a table."""
    learned = learned_margins(table, context)
    columns = learned.columns
    margins = tuple(margin_of(column) for column in columns)
    scores = np.column_stack(
        [
            _normal_scores(column, margin, context.stream.child("scores", column.name))
            for column, margin in zip(columns, margins, strict=True)
        ]
    )
    spread = scores.std(axis=0)
    scores = (scores - scores.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    kept = (1.0 - settings.shrinkage) * (scores.T @ scores) / table.rows
    np.fill_diagonal(kept, 1.0)
    return CopulaModel(margins, _root(kept), table.names, learned.lookups, learned.rules)


def _normal_scores(column: PreparedColumn, margin: Margin, stream: Stream) -> NDArray[np.float64]:
    """A score of each row, somewhere on the stretch of its symbol; 0 where nothing is learned."""
    from app.engine.special_functions import ndtri

    rng = stream.generator()
    symbols = column.values.symbols_of(column.codes)
    total = max(int(margin.counts.sum()), 1)
    counts = np.append(margin.counts, 0)
    before = np.cumsum(counts) - counts
    inside = np.clip(rng.random(len(symbols)), 1e-6, 1 - 1e-6)
    places = np.minimum(symbols, len(counts) - 1)
    chance = (before[places] + inside * counts[places]) / total
    scores = ndtri(np.clip(chance, 1e-9, 1 - 1e-9))
    return np.where(column.usable, scores, 0.0)


def _root(correlations: Floats) -> Floats:
    """Root of the correlations, moved as little as it takes to have one (Higham 2002, one step)."""
    values, vectors = np.linalg.eigh(correlations)
    near = vectors @ np.diag(np.maximum(values, 1e-6)) @ vectors.T
    spread = np.sqrt(np.diag(near))
    return np.linalg.cholesky(near / np.outer(spread, spread))


SYNTHESIZER = Synthesizer(
    name="copula",
    label="Gaussian copula",
    summary="Each column's distribution, joined by linear correlations.",
    settings=CopulaSettings,
    fit=fit,
    model=CopulaModel,
)
