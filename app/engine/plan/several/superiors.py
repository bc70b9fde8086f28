"""Which row of its own table each row refers to: one of a lower level, so that none goes round in a
circle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.plan.several.referring import LEAST_WEIGHT
from app.engine.seeds import Stream
from app.engine.synthesizers.table import MISSING

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Hierarchy:
    """All rows of a table that refers to itself, shape (rows,) each.

    Args:
        levels: how many rows lie above a row; None where they may go round in circles.
        wanted: group of the row that each one refers to, MISSING for none.
        groups: that each row is in.
        counts: how often each row is to be referred to.
        families: rows refer to those of their own family.
    """

    levels: Rows | None
    wanted: Rows
    groups: Rows
    counts: Rows
    families: Rows

    def superiors(self, stream: Stream) -> Rows:
        """The row that each row refers to, MISSING for none; shape (rows,)."""
        found = np.full(len(self.groups), MISSING, dtype=np.int64)
        if not len(found):
            return found
        families = np.unique(self.families, return_inverse=True)[1]
        if self.levels is None:
            rows = np.flatnonzero(self.wanted != MISSING)
            found[rows] = self._chosen(families, families[rows], rows, stream)
            return found
        levels = _with_roots(self.levels, self.counts, families)
        strata = families * (int(levels.max()) + 1) + levels
        rows = np.flatnonzero(levels > 0)
        # Each family has a row of level 0, so that what is before a stratum is of the same family.
        different = np.unique(strata)
        below = different[np.searchsorted(different, strata[rows]) - 1]
        found[rows] = self._chosen(strata, below, rows, stream)
        return found

    def _chosen(self, strata: Rows, below: Rows, rows: Rows, stream: Stream) -> Rows:
        there = Strata(strata, self.groups, self.counts)
        return there.chosen(below, self.wanted[rows], stream, rows)


@dataclass(frozen=True, eq=False, slots=True)
class Strata:
    """Rows that may be referred to, shape (rows,) each.

    Args:
        strata: of which rows are chosen.
        groups: that each row is in.
        counts: how often each row is to be referred to.
    """

    strata: Rows
    groups: Rows
    counts: Rows

    def chosen(
        self, strata: Rows, wanted: Rows, stream: Stream, itself: Rows | None = None
    ) -> Rows:
        """A row of each stratum, of the group that is wanted where it has one; MISSING where a
        stratum has no row.

        Args:
            strata: of which a row is to be chosen, shape (chosen,).
            wanted: its group, MISSING for any; shape (chosen,).
            itself: rows that are not chosen where there are others, shape (chosen,).
        """
        size = max(int(self.groups.max(initial=0)), int(wanted.max(initial=0))) + 1
        cells = self.strata * size + self.groups
        order = np.argsort(cells, kind="stable")
        cells = cells[order]
        low = np.searchsorted(cells, strata * size + wanted)
        high = np.searchsorted(cells, strata * size + wanted, side="right")
        is_empty = (low == high) | (wanted == MISSING)
        low = np.where(is_empty, np.searchsorted(cells, strata * size), low)
        high = np.where(is_empty, np.searchsorted(cells, (strata + 1) * size), high)
        reach = np.concatenate([[0.0], np.cumsum(self.counts[order] + LEAST_WEIGHT)])
        target = reach[low] + _even(low, high, stream) * (reach[high] - reach[low])
        at = np.searchsorted(reach, target, side="right") - 1
        at = np.clip(at, low, np.maximum(high - 1, low))
        order = np.append(order, MISSING)
        if itself is not None:
            again = (order[at] == itself) & (high - low > 1)
            at = np.where(again, low + (at - low + 1) % np.maximum(high - low, 1), at)
        return np.where(high > low, order[at], MISSING)


def _with_roots(levels: Rows, counts: Rows, families: Rows) -> Rows:
    """Levels with a row of level 0 in each family: where there is none, the lowest one that is to
    be referred to most often."""
    order = np.lexsort((-counts, levels, families))
    first = order[np.flatnonzero(np.append(True, np.diff(families[order]) != 0))]
    found = levels.copy()
    found[first] = 0
    return found


def _even(low: Rows, high: Rows, stream: Stream) -> Floats:
    """Uniform numbers, spread evenly over the rows that choose from the same places; (rows,)."""
    rng = stream.generator()
    first, last = (np.unique(each, return_inverse=True)[1] for each in (low, high))
    place = first * (len(last) + 1) + last
    order = rng.permutation(len(place))
    order = order[np.argsort(place[order], kind="stable")]
    starts = np.flatnonzero(np.append(True, np.diff(place[order]) != 0))
    sizes = np.diff(np.append(starts, len(place)))
    found = np.empty(len(place))
    ranks = np.arange(len(place)) - np.repeat(starts, sizes)
    found[order] = (ranks + rng.random(len(place))) / np.repeat(sizes, sizes)
    return np.minimum(found, np.nextafter(1.0, 0.0))
