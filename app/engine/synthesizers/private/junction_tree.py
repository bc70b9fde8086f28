"""Junction trees: cliques of columns in which every measured marginal has a place.

The graph that joins columns measured together is made chordal by eliminating, one after the other,
the column whose clique has the fewest cells; its maximal cliques, joined by as large separators as
can be, form the tree (Koller & Friedman 2009, chapters 9 and 10). Parts that have no column in
common are joined by empty separators, so that there is always one tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import prod

Columns = tuple[int, ...]
"""Numbers of columns, ascending."""


@dataclass(frozen=True, slots=True)
class JunctionTree:
    """Cliques, each after its parent.

    Args:
        sizes: places of each column of the domain.
        parents: number of each clique's parent, −1 for the first.
    """

    sizes: tuple[int, ...]
    cliques: tuple[Columns, ...]
    parents: tuple[int, ...]
    _homes: dict[Columns, int | None] = field(default_factory=dict, compare=False, repr=False)

    @property
    def cells(self) -> int:
        """Of all cliques."""
        return sum(prod(self.sizes[each] for each in clique) for clique in self.cliques)

    def separator(self, clique: int) -> Columns:
        """Columns that a clique shares with its parent; none for the first."""
        if self.parents[clique] < 0:
            return ()
        return shared(self.cliques[clique], self.cliques[self.parents[clique]])

    def shape(self, columns: Columns) -> tuple[int, ...]:
        """Of an array over some columns."""
        return tuple(self.sizes[each] for each in columns)

    def home(self, columns: Columns) -> int | None:
        """The clique with the fewest cells that has all of some columns; None where none has."""
        if columns not in self._homes:
            wanted = set(columns)
            homes = [place for place, each in enumerate(self.cliques) if wanted <= set(each)]
            self._homes[columns] = min(
                homes, key=lambda place: prod(self.shape(self.cliques[place])), default=None
            )
        return self._homes[columns]

    def between(self, columns: Columns) -> set[int]:
        """Cliques that join those which have the columns: leaves without one of their own are cut,
        from below, and then from above."""
        needed = set(range(len(self.cliques)))
        below = [0] * len(self.cliques)
        for clique in range(len(self.cliques) - 1, 0, -1):
            own = {each for each in self.cliques[clique] if each in columns}
            if not below[clique] and own <= set(self.separator(clique)):
                needed.discard(clique)
            else:
                below[self.parents[clique]] += 1
        while len(needed) > 1:
            root = min(needed)
            next_ones = [each for each in needed if self.parents[each] == root]
            own = {each for each in self.cliques[root] if each in columns}
            if len(next_ones) > 1 or not own <= set(self.separator(next_ones[0])):
                break
            needed.discard(root)
        return needed


def shared(one: Columns, other: Columns) -> Columns:
    """Columns that both have."""
    return tuple(each for each in one if each in other)


def junction_tree(sizes: Sequence[int], together: Iterable[Columns]) -> JunctionTree:
    """A junction tree that has a clique for each set of columns.

    Args:
        sizes: places of each column.
        together: sets of columns that need one; columns that are in none have cliques of theirs.
    """
    cliques = _maximal(_eliminated(sizes, together))
    order, parents = [0], [-1]
    waiting = list(range(1, len(cliques)))
    while waiting:
        _, at, place = max(
            (len(shared(cliques[each], cliques[other])), -place, -each)
            for each in waiting
            for place, other in enumerate(order)
        )
        order.append(-place)
        parents.append(-at)
        waiting.remove(-place)
    return JunctionTree(tuple(sizes), tuple(cliques[each] for each in order), tuple(parents))


def cells_of(sizes: Sequence[int], together: Iterable[Columns]) -> int:
    """Cells of the cliques that sets of columns need, without their tree."""
    return sum(
        prod(sizes[each] for each in clique) for clique in _maximal(_eliminated(sizes, together))
    )


def _eliminated(sizes: Sequence[int], together: Iterable[Columns]) -> list[Columns]:
    """Cliques in the order of elimination."""
    near = [1 << each for each in range(len(sizes))]
    for columns in together:
        mask = sum(1 << each for each in columns)
        for each in columns:
            near[each] |= mask
    left = set(range(len(sizes)))
    found = []
    weights = {each: _cells(near[each], sizes) for each in left}
    while left:
        column = min(left, key=lambda each: (weights[each], each))
        clique = near[column]
        found.append(_members(clique))
        left.discard(column)
        for other in found[-1]:
            if other in left:
                near[other] = (near[other] | clique) & ~(1 << column)
                weights[other] = _cells(near[other], sizes)
    return found


def _maximal(cliques: Iterable[Columns]) -> list[Columns]:
    found: list[Columns] = []
    for clique in sorted(set(cliques), key=lambda each: (-len(each), each)):
        if not any(set(clique) <= set(other) for other in found):
            found.append(clique)
    return found


def _members(mask: int) -> Columns:
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lowest.bit_length() - 1)
        mask ^= lowest
    return tuple(found)


def _cells(mask: int, sizes: Sequence[int]) -> int:
    return prod(sizes[each] for each in _members(mask))
