"""Columns that are arranged together, so that they correlate as declared.

Every column keeps its ordered values, and so its marginal, to the last one; only which row gets
which value is decided here. Rows get normal scores whose sample correlation is made exactly the
wanted one (Iman & Conover 1982, "A distribution-free approach to inducing rank correlation among
input variables"), values follow the ranks of the scores. What the values' own shape still takes
away is then measured in the block and made good, a few times over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.generators.arranging.marginals import numeric_values
from app.engine.generators.base import Block, Layout, Member
from app.engine.generators.numbers.quantiles import Array, Quantiles, rounded
from app.engine.generators.segmented import Arrangeable
from app.engine.seeds import Stream, permutation

ROUNDS = 4
CLOSE_ENOUGH = 2e-3
FEWEST_ROWS = 8


@dataclass(frozen=True, slots=True)
class Pull:
    """A declared correlation `r` between the members number `first` and `second`."""

    first: int
    second: int
    r: float
    by_rank: bool


@dataclass(frozen=True, eq=False, slots=True)
class CorrelatedColumns:
    """Columns drawn in one step.

    Args:
        latent: correlation of the normal scores in the population, shape (members, members).
        normal: quantiles of the standard normal distribution.
        stream: randomness keyed by the names of the members.
    """

    members: tuple[Member, ...]
    pulls: tuple[Pull, ...]
    latent: Array
    normal: Quantiles
    stream: Stream

    @property
    def rearranges(self) -> frozenset[str]:
        return frozenset()

    def draw(
        self, number: int, layout: Layout, drawn: Mapping[str, pa.Array]
    ) -> dict[str, pa.Array]:
        """The members' columns of one block by name, each as long as the block."""
        generators = [cast(Arrangeable, member.generator) for member in self.members]
        blocks = [Block(number, layout, member.stream) for member in self.members]
        parts = [ArrangedPart.of(g, block) for g, block in zip(generators, blocks, strict=True)]
        scores = self.scores(number, layout.rows(number))
        latent = self.latent
        places = places_of(parts, mix(scores, latent))
        for _ in range(ROUNDS if layout.rows(number) >= FEWEST_ROWS else 0):
            short = self._shortfall(parts, places)
            nearer = latent + short
            if np.abs(short).max() < CLOSE_ENOUGH or np.linalg.eigvalsh(nearer)[0] < 1e-6:
                break
            latent = nearer
            places = places_of(parts, mix(scores, latent))
        return {
            member.name: generator.finished(part.column(order))
            for member, generator, part, order in zip(
                self.members, generators, parts, places, strict=True
            )
        }

    def scores(self, number: int, rows: int) -> Array:
        """Independent normal scores of a block, shape (members, rows): the same values in each
        member, in another order."""
        values = self.normal.at((np.arange(rows) + 0.5) / max(rows, 1))
        streams = [self.stream.child(member.name, number) for member in self.members]
        return np.array([values.take(permutation(s.generator(), rows)) for s in streams])

    def _shortfall(self, parts: list[ArrangedPart], places: list[NDArray[np.intp]]) -> Array:
        """What is missing to each declared correlation, shape (members, members)."""
        short = np.zeros_like(self.latent)
        for pull in self.pulls:
            reached = correlation(
                parts[pull.first].seen(places[pull.first], pull.by_rank),
                parts[pull.second].seen(places[pull.second], pull.by_rank),
            )
            gap = float(rounded(np.array([pull.r - reached]), 1.0)[0])
            short[pull.first, pull.second] = short[pull.second, pull.first] = gap
        return short


@dataclass(frozen=True, eq=False, slots=True)
class ArrangedPart:
    """A member's values in a block: ascending, with the rows that are null."""

    values: NDArray[np.generic]
    present: NDArray[np.intp]
    rows: int

    @classmethod
    def of(cls, generator: Arrangeable, block: Block) -> ArrangedPart:
        values, nulls = generator.ordered(block)
        order = permutation(block.stream.child("nulls").generator(), block.rows)
        present = np.flatnonzero(order < block.rows - nulls) if nulls else np.arange(block.rows)
        return cls(np.sort(values), present, block.rows)

    @property
    def complete(self) -> bool:
        """Whether no row is null."""
        return len(self.present) == self.rows

    def column(self, places: NDArray[np.intp]) -> pa.Array:
        """Values over the rows: row `present[places[i]]` takes the i-th value; `places` is of
        shape (values,)."""
        filled = np.zeros(self.rows, self.values.dtype)
        filled[places if self.complete else self.present[places]] = self.values
        if self.complete:
            return pa.array(filled)
        absent = np.ones(self.rows, dtype=bool)
        absent[self.present] = False
        return pa.array(filled, mask=absent)

    def seen(self, places: NDArray[np.intp], by_rank: bool) -> Array:
        """Values, or their mid-ranks, shape (rows,); NaN where null; `places` as in `column`."""
        values = mid_ranks(self.values) if by_rank else self.values.astype(np.float64)
        column = np.full(self.rows, np.nan)
        column[places if self.complete else self.present[places]] = values
        return column


def mid_ranks(ascending: NDArray[np.generic]) -> Array:
    """Ranks of ascending values from 0, shape (rows,) as theirs; equal values share the middle of
    their ranks."""
    _, first, counts = np.unique(ascending, return_index=True, return_counts=True)
    return np.repeat(first + (counts - 1) / 2.0, counts)


def measured(first: pa.Array, second: pa.Array, *, by_rank: bool) -> float:
    """Pearson's correlation of two columns, or Spearman's, over the rows that both have."""
    known = pc.and_(first.is_valid(), second.is_valid())
    seen = [numeric_values(column.filter(known)).astype(np.float64) for column in (first, second)]
    if by_rank:
        seen = [_ranks(values) for values in seen]
    return correlation(seen[0], seen[1])


def _ranks(values: Array) -> Array:
    order = np.argsort(values, kind="stable")
    ranks = np.empty(len(values))
    ranks[order] = mid_ranks(values[order])
    return ranks


def places_of(parts: list[ArrangedPart], mixed: Array) -> list[NDArray[np.intp]]:
    """Where the values of each part go, by the order of their scores, shape (members, rows)."""
    return [
        ascending_order(row if part.complete else row[part.present])
        for row, part in zip(mixed, parts, strict=True)
    ]


def ascending_order(scores: Array) -> NDArray[np.intp]:
    """Places of the scores in ascending order, shape as given (at most 2**16, each within ±64).

    Sorts whole numbers that hold a score, to 2**-40, above its place: some ten times faster than
    sorting places by score, and the same on every machine.
    """
    words = ((scores + 64.0) * 2.0**40).astype(np.uint64) << np.uint64(16)
    words |= np.arange(len(scores), dtype=np.uint64)
    words.sort()
    return (words & np.uint64(0xFFFF)).astype(np.intp)


def mix(scores: Array, latent: Array) -> Array:
    """Scores whose sample correlation is `latent`, from nearly independent ones.

    Args:
        scores: shape (members, rows).
        latent: a positive definite correlation matrix, shape (members, members).

    Sums of products are written out, since the order in which a linear algebra library adds
    differs between processors.
    """
    members, rows = scores.shape
    wanted = np.linalg.cholesky(latent)
    if rows >= FEWEST_ROWS * members:
        sample = np.array([[correlation(a, b) for b in scores] for a in scores])
        wanted = wanted @ np.linalg.inv(np.linalg.cholesky(sample))
    weights = rounded(np.asarray(wanted, dtype=np.float64), 1.0)
    return np.array([sum(w * row for w, row in zip(line, scores, strict=True)) for line in weights])


def correlation(a: Array, b: Array) -> float:
    """Pearson correlation of two of shape (rows,), over the rows where neither is NaN; 0 where one
    is constant."""
    known = ~(np.isnan(a) | np.isnan(b))
    x, y = a[known], b[known]
    if len(x) < 2:
        return 0.0
    x, y = x - x.mean(), y - y.mean()
    scale = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return float((x * y).sum()) / scale if scale > 0 else 0.0
