"""Which row of a second parent each row refers to: in its group, by how often it is referred to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.seeds import Stream
from app.engine.synthesizers.table import MISSING

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]

MOST_TURNS = 32
LEAST_WEIGHT = 1e-3  # of rows that nothing was drawn to refer to, where no others are there


@dataclass(frozen=True, eq=False, slots=True)
class Referred:
    """The rows of a second parent, group after group.

    Args:
        groups: codes of the groups that have rows, ascending, shape (groups,).
        starts: first place of each group, and the number of rows, shape (groups + 1,).
        rows: numbers of the rows, shape (rows,).
        reach: weights of the rows before each place, shape (rows + 1,).
    """

    groups: Rows
    starts: Rows
    rows: Rows
    reach: Floats

    @staticmethod
    def of(codes: Rows, counts: Rows) -> Referred:
        """From the group of each row and how often it is referred to, shape (rows,) each."""
        order = np.argsort(codes, kind="stable")
        groups, starts = np.unique(codes[order], return_index=True)
        weights = counts[order] + LEAST_WEIGHT
        reach = np.concatenate([[0.0], np.cumsum(weights)])
        return Referred(groups, np.append(starts, len(codes)), order.astype(np.int64), reach)

    def drawn(self, codes: Rows, uniforms: Floats) -> Rows:
        """A row of each group, any row where a group has none; shape (codes,)."""
        place = np.minimum(np.searchsorted(self.groups, codes), len(self.groups) - 1)
        has_rows = self.groups[place] == codes
        low = np.where(has_rows, self.starts[place], 0)
        high = np.where(has_rows, self.starts[place + 1], len(self.rows))
        target = self.reach[low] + uniforms * (self.reach[high] - self.reach[low])
        at = np.searchsorted(self.reach, target, side="right") - 1
        return self.rows[np.clip(at, low, high - 1)]


def referred_rows(referred: Referred, codes: Rows, stream: Stream) -> Rows:
    """The row that each row refers to, MISSING where its group is; shape (rows,).

    The rows of a block that ask for one group lie in it at equal distances, so that each of its
    rows is taken as often as its weight says, but for rounding (systematic sampling, Madow 1949).
    """
    found = np.full(len(codes), MISSING, dtype=np.int64)
    if not len(referred.rows):
        return found
    for group in np.unique(codes[codes != MISSING]):
        places = np.flatnonzero(codes == group)
        rng = stream.child("group", int(group)).generator()
        uniforms = (rng.permutation(len(places)) + rng.random()) / len(places)
        found[places] = referred.drawn(codes[places], uniforms)
    return found


def distinct_rows(referred: Referred, parents: Rows, rows: Rows, stream: Stream) -> Rows:
    """Rows such that those of one parent differ, as few as possible of them changed; shape (rows,).

    Args:
        parents: of each row; none has more rows than there are to refer to.
        rows: that they refer to, MISSING for none.
    """
    found = rows.copy()
    codes = np.zeros(len(referred.rows), dtype=np.int64)
    codes[referred.rows] = np.repeat(referred.groups, np.diff(referred.starts))
    for turn in range(MOST_TURNS):
        twice = _repeated(parents, found)
        if not len(twice):
            return found
        rng = stream.child("turn", turn).generator()
        wanted = codes[rows[twice]]
        if turn >= MOST_TURNS // 2:  # the group alone has not enough rows
            wanted = np.full(len(twice), MISSING)
        found[twice] = referred.drawn(wanted, rng.random(len(twice)))
    for row in _repeated(parents, found):
        taken = set(found[parents == parents[row]].tolist())
        found[row] = next(each for each in referred.rows.tolist() if each not in taken)
    return found


def _repeated(parents: Rows, rows: Rows) -> NDArray[np.intp]:
    """Places of rows that refer to what one before them of the same parent refers to."""
    known = np.flatnonzero((rows != MISSING) & (parents >= 0))
    pairs = parents[known] * (int(rows.max(initial=0)) + 1) + rows[known]
    order = np.argsort(pairs, kind="stable")
    is_again = pairs[order][1:] == pairs[order][:-1]
    return np.sort(known[order[1:][is_again]])
