"""Columns that are arranged so that they correlate with others that stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.generators.arranging.correlated import (
    CLOSE_ENOUGH,
    FEWEST_ROWS,
    ROUNDS,
    ArrangedPart,
    Pull,
    correlation,
    mid_ranks,
    mix,
    places_of,
)
from app.engine.generators.arranging.marginals import numeric_values
from app.engine.generators.base import Block, Layout, Member
from app.engine.generators.numbers.quantiles import Array, Quantiles, rounded
from app.engine.generators.segmented import Arrangeable
from app.engine.seeds import Stream, permutation

LEAST_EIGENVALUE = 1e-6
SHRINKAGE = 0.98


@dataclass(frozen=True, eq=False, slots=True)
class ColumnsBeside:
    """Columns drawn in one step, beside given ones that were drawn before.

    Rows get normal scores: of a given column those of its ranks, of the others independent ones,
    mixed so that the sample has the wanted correlations. What the given ones are among themselves
    is theirs.

    Args:
        given: names of the columns that stay; they come first in `pulls` and `latent`.
        latent: correlation of the normal scores in the population, shape (columns, columns).
        normal: quantiles of the standard normal distribution.
        stream: randomness keyed by the names of the columns.
    """

    given: tuple[str, ...]
    members: tuple[Member, ...]
    pulls: tuple[Pull, ...]
    latent: Array
    normal: Quantiles
    stream: Stream

    @property
    def rearranges(self) -> frozenset[str]:
        """What it needs; nothing of it is changed."""
        return frozenset(self.given)

    def draw(
        self, number: int, layout: Layout, drawn: Mapping[str, pa.Array]
    ) -> dict[str, pa.Array]:
        """The members' columns of one block by name."""
        generators = [cast(Arrangeable, member.generator) for member in self.members]
        blocks = [Block(number, layout, member.stream) for member in self.members]
        parts = [ArrangedPart.of(g, block) for g, block in zip(generators, blocks, strict=True)]
        scores = self._scores(number, layout.rows(number), drawn)
        latent = self._with_given(self.latent, scores)
        places = self._places(parts, scores, latent)
        for _ in range(ROUNDS if layout.rows(number) >= FEWEST_ROWS else 0):
            short = self._shortfall(parts, places, drawn)
            nearer = latent + short
            if np.abs(short).max() < CLOSE_ENOUGH or _least(nearer) < LEAST_EIGENVALUE:
                break
            latent = nearer
            places = self._places(parts, scores, latent)
        return {
            member.name: generator.finished(part.column(order))
            for member, generator, part, order in zip(
                self.members, generators, parts, places, strict=True
            )
        }

    def _scores(self, number: int, rows: int, drawn: Mapping[str, pa.Array]) -> Array:
        """Normal scores of a block, shape (columns, rows): the same values in each column, in the
        order of a given one's values, equal ones in random order; else in random order."""
        values = self.normal.at((np.arange(rows) + 0.5) / max(rows, 1))
        names = (*self.given, *(member.name for member in self.members))
        orders = [permutation(self.stream.child(n, number).generator(), rows) for n in names]
        scores = np.array([values.take(order) for order in orders])
        for place, name in enumerate(self.given):
            ranked = np.lexsort((orders[place], _filled(drawn[name])))
            scores[place, ranked] = values
        return scores

    def _with_given(self, latent: Array, scores: Array) -> Array:
        """The wanted correlations with those that the given columns have in this block; the others
        shrunk until all can be had together."""
        count = len(self.given)
        found = latent.copy()
        for i in range(count):
            for j in range(i):
                found[i, j] = found[j, i] = correlation(scores[i], scores[j])
        while _least(found) < LEAST_EIGENVALUE:
            found[count:, :] *= SHRINKAGE
            found[:count, count:] *= SHRINKAGE
            np.fill_diagonal(found, 1.0)
        return found

    def _places(
        self, parts: list[ArrangedPart], scores: Array, latent: Array
    ) -> list[NDArray[np.intp]]:
        return places_of(parts, mix(scores, latent)[len(self.given) :])

    def _shortfall(
        self,
        parts: list[ArrangedPart],
        places: list[NDArray[np.intp]],
        drawn: Mapping[str, pa.Array],
    ) -> Array:
        """What is missing to each declared correlation, shape (columns, columns)."""
        short = np.zeros_like(self.latent)
        for pull in self.pulls:
            seen = [self._seen(i, pull, parts, places, drawn) for i in (pull.first, pull.second)]
            gap = float(rounded(np.array([pull.r - correlation(*seen)]), 1.0)[0])
            short[pull.first, pull.second] = short[pull.second, pull.first] = gap
        return short

    def _seen(
        self,
        place: int,
        pull: Pull,
        parts: list[ArrangedPart],
        places: list[NDArray[np.intp]],
        drawn: Mapping[str, pa.Array],
    ) -> Array:
        """Values of a column, or their mid-ranks, over the rows; NaN where null."""
        own = place - len(self.given)
        if own >= 0:
            return parts[own].seen(places[own], pull.by_rank)
        return _values(drawn[self.given[place]], by_rank=pull.by_rank)


def _filled(column: pa.Array) -> Array:
    """Numbers of a column, nulls in the middle of them."""
    values = _values(column, by_rank=False)
    known = values[~np.isnan(values)]
    return np.where(np.isnan(values), np.median(known) if len(known) else 0.0, values)


def _values(column: pa.Array, *, by_rank: bool) -> Array:
    values = numeric_values(column).astype(np.float64)
    if column.null_count:
        values[column.is_null().to_numpy(zero_copy_only=False)] = np.nan
    if not by_rank:
        return values
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(values[known], kind="stable")]
    values[order] = mid_ranks(values[order])
    return values


def _least(matrix: Array) -> float:
    return float(np.linalg.eigvalsh(matrix)[0])
