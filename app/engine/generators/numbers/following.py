"""Columns of moments after, or before, those of other columns of the row.

Each row has a range of its own. Where in it the moment lies, or how far from the other column's,
follows the declared law, drawn for the whole block like the numbers of any other column. A moment
that is null still was at some time: the row follows that of another row in its place, so that
nulls stay as declared in both columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.generators.apportionment import Apportionment
from app.engine.generators.base import Block
from app.engine.generators.numbers.columns import NumberGenerator
from app.engine.generators.numbers.places import (
    LARGEST_PLACE,
    Unit,
    months_later,
    steps_of_shares,
    written,
)
from app.engine.generators.numbers.quantiles import Array, Quantiles
from app.engine.generators.segmented import arrange, split_nulls
from app.engine.seeds import Stream, permutation

LEAST_ROOM = 2  # steps between two moments that leave one for a third


class Law(Protocol):
    """Where the moments of rows lie, given the first and the last that they may be."""

    def drawn(self, rng: np.random.Generator, count: int, stratified: bool) -> Array: ...

    def placed(self, low: Array, high: Array, draws: Array) -> Array: ...


@dataclass(frozen=True, slots=True)
class Shares:
    """`shares` of the row's own range: 0 is its first moment, 1 its last."""

    shares: Quantiles

    def drawn(self, rng: np.random.Generator, count: int, stratified: bool) -> Array:
        return self.shares.drawn(rng, count, stratified)

    def placed(self, low: Array, high: Array, draws: Array) -> Array:
        return low + steps_of_shares(draws, high - low + 1)


@dataclass(frozen=True, slots=True)
class Durations:
    """How many steps of `size` the moments are from the first (`later`) or the last they may be;
    months of the calendar where `months` is set."""

    law: NumberGenerator
    unit: Unit
    size: int
    later: bool
    months: bool

    def drawn(self, rng: np.random.Generator, count: int, stratified: bool) -> Array:
        (quantiles,) = self.law.segments
        return self.law.grain.apply(quantiles.drawn(rng, count, stratified))

    def placed(self, low: Array, high: Array, draws: Array) -> Array:
        return self.from_moments(low - 1 if self.later else high + 1, draws)

    def from_moments(self, moments: Array, draws: Array) -> Array:
        """The moments that lie so far from others.

        Args:
            moments: of shape (rows,), in steps of the unit; NaN where there is none.
            draws: of the same shape: distances, in months or in the duration's own unit.
        """
        sign = 1 if self.later else -1
        if self.months:
            moved = (sign * draws).astype(np.int64)
            return months_later(moments.astype(np.int64), moved, self.unit).astype(np.float64)
        steps = np.maximum(np.floor(draws * self.size + 0.5), 1.0).clip(max=LARGEST_PLACE)
        return np.asarray(moments + sign * steps)


@dataclass(frozen=True, slots=True)
class BetweenGenerator:
    """Moments after, or before, those of other columns of the row.

    Args:
        limits: the first and the last moment that any row may have; None where the other columns
            alone decide.
        law: where in its range the moment of a row lies.
        reach: the least and the largest moment that comes about, in steps of the unit.
        others: the same of the columns that it follows, by name.
        gap: the fewest steps between the column it is after, or before, and its own moments.
    """

    unit: Unit
    limits: tuple[int | None, int | None]
    after: str | None
    before: str | None
    law: Law
    reach: tuple[int, int]
    others: Mapping[str, tuple[int, int]]
    gap: int
    apportionment: Apportionment
    stratified: bool
    pattern: str | None = None

    @property
    def type(self) -> pa.DataType:
        return pa.string() if self.pattern else self.unit.arrow

    @property
    def reads(self) -> frozenset[str]:
        return frozenset(name for name in (self.after, self.before) if name)

    def draw(self, block: Block) -> pa.Array:
        present = self._present(block)
        start, end = self._others(block.columns)
        known = ~(_unknown(start) | _unknown(end))
        rng = block.stream.child("unknown").generator()
        low, high = self._ranges(*self._made_good(start, end, rng), block.rows)
        places = np.zeros(block.rows, dtype=np.int64)
        for name, rows in (("values", present & known), ("others", present & ~known)):
            draws = self._draws(int(rows.sum()), block.stream.child(name))
            places[rows] = self.law.placed(low[rows], high[rows], draws)
        return written(self.unit.cast(pa.array(places, mask=~present)), self.pattern)

    def known_ranges(self, columns: Mapping[str, pa.Array], rows: int) -> tuple[Array, Array]:
        """The first and the last moment that each row may have, NaN where it follows a null; both
        of shape (rows,)."""
        start, end = self._others(columns)
        low, high = self._ranges(start, end, rows)
        unknown = _unknown(start) | _unknown(end)
        return np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)

    def _draws(self, count: int, stream: Stream) -> Array:
        draws = self.law.drawn(stream.generator(), count, self.stratified)
        return draws[permutation(stream.child("places").generator(), count)]

    def _ranges(self, start: Array | None, end: Array | None, rows: int) -> tuple[Array, Array]:
        low = np.full(rows, -np.inf) if start is None else start + 1
        high = np.full(rows, np.inf) if end is None else end - 1
        first, last = self.limits
        low = low if first is None else np.fmax(low, first)
        high = high if last is None else np.fmin(high, last)
        return low, high

    def _others(self, columns: Mapping[str, pa.Array]) -> tuple[Array | None, Array | None]:
        """The moments of the column it is after, and of the one it is before; NaN where null."""
        start, end = (
            None if name is None else self.unit.places(columns[name])
            for name in (self.after, self.before)
        )
        return start, end

    def _made_good(
        self, start: Array | None, end: Array | None, rng: np.random.Generator
    ) -> tuple[Array | None, Array | None]:
        """The same with something in the place of each NaN."""
        reach = self.others[self.after or self.before or ""]
        if start is not None and end is not None:
            return pairs_filled(start, end, rng, reach)
        starts = None if start is None else filled(start, rng, reach)
        return starts, None if end is None else filled(end, rng, reach)

    def _present(self, block: Block) -> NDArray[np.bool_]:
        counts, nulls = split_nulls(self.apportionment, block)
        present = arrange(np.ones(int(counts.sum()), dtype=bool), nulls, block)
        return np.asarray(present.is_valid().to_numpy(zero_copy_only=False), dtype=np.bool_)


def _unknown(moments: Array | None) -> NDArray[np.bool_] | np.bool_:
    return np.False_ if moments is None else np.isnan(moments)


def filled(moments: Array, rng: np.random.Generator, reach: tuple[int, int]) -> Array:
    """Moments of a block, of shape (rows,), each NaN replaced by that of another row, or where
    there is none by one within the reach (first and last, in steps of the unit)."""
    absent = np.isnan(moments)
    if not absent.any():
        return moments
    known = moments[~absent]
    if not len(known):
        return rng.integers(reach[0], reach[1] + 1, len(moments)).astype(np.float64)
    found = moments.copy()
    found[absent] = rng.choice(known, int(absent.sum()))
    return found


def pairs_filled(
    start: Array, end: Array, rng: np.random.Generator, reach: tuple[int, int]
) -> tuple[Array, Array]:
    """Starts and ends of a block, each of shape (rows,) in steps of the unit, each NaN replaced so
    that there is as much room between them as in another row that has both."""
    rooms = filled(end - start, rng, (LEAST_ROOM, LEAST_ROOM))
    starts = filled(np.where(np.isnan(start), end - rooms, start), rng, reach)
    return starts, np.where(np.isnan(end), starts + rooms, end)
