"""Values paired by their ranks: the smallest with the smallest, or with the largest.

Where two columns can be arranged at all so that `a <= b` holds in every row, or `b - a` stays
within a bound, pairing them by rank does it; for `a + b`, pairing them in opposite orders. So what
a search has left broken is decided here. As few rows as do are paired, since what is paired by
rank goes together more than chance would have it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.expressions import Expression
from app.engine.generators.arranging.exchanging import Arrangement, Rows, Unit
from app.engine.seeds import permutation

GROWTH = 4
# Columns of which every direction and every end is tried.
MOST_DIRECTIONS, MOST_ENDS = 3, 2


class Choice(NamedTuple):
    """For each unit whether its values rise with the rows' order, and whether rows in which a
    condition counts get its lowest values (of those that stand in other rows, too)."""

    rises: tuple[bool, ...]
    lowest: tuple[bool, ...]


def pair_by_rank(state: Arrangement, units: Sequence[Unit], rng: np.random.Generator) -> None:
    """Mend what is broken by pairing values of the units by rank, one set of constraints that
    belong together after the other."""
    for constraints, columns in _components(state):
        single = [unit for unit in units if len(unit.leads) == 1 and set(unit.leads) <= columns]
        moved = {name for unit in single for name in unit.names}
        fixed = sorted(columns - moved - _computed(state))
        if single and len(single) + len(fixed) > 1:
            _Pairing.of(state, single, constraints, fixed).mend(rng)


def _computed(state: Arrangement) -> set[str]:
    return {formula.name for formula in state.conditions.formulas}


def _components(state: Arrangement) -> list[tuple[list[Expression], set[str]]]:
    """Sets of constraints that share columns, with the columns that they read."""
    found: list[tuple[list[Expression], set[str]]] = []
    for constraint in state.conditions.constraints:
        columns = set(state.conditions.read_by(constraint))
        touched = [each for each in found if each[1] & columns]
        found = [each for each in found if each not in touched]
        constraints = [known for each in touched for known in each[0]] + [constraint]
        found.append((constraints, columns.union(*(each[1] for each in touched))))
    return found


@dataclass(frozen=True, slots=True)
class _Pairing:
    """Units and rows in whose order they are paired.

    Args:
        ranks: of each unit the rank of every drawn value of its lead, shape (rows,).
        holds: of each unit the rows whose values may be exchanged, shape (rows,).
        counts: rows in which all units have values, shape (rows,).
        pivot: what rows are put in order by, shape (rows,).
    """

    state: Arrangement
    units: tuple[Unit, ...]
    constraints: list[Expression]
    ranks: list[Rows]
    holds: list[NDArray[np.bool_]]
    counts: NDArray[np.bool_]
    pivot: Rows
    is_free: bool

    @classmethod
    def of(
        cls,
        state: Arrangement,
        units: Sequence[Unit],
        constraints: list[Expression],
        fixed: Sequence[str],
    ) -> _Pairing:
        ranks = [_ranks(state.drawn[unit.leads[0]]) for unit in units]
        holds = [_valid(state, unit.fixed) for unit in units]
        counts = np.logical_and.reduce([*holds, _valid(state, fixed)])
        pivot = _ranks(state.drawn[fixed[0]]) if fixed else ranks[0][state.orders[_lead(units[0])]]
        return cls(state, tuple(units), constraints, ranks, holds, counts, pivot, not fixed)

    def mend(self, rng: np.random.Generator) -> None:
        """Pair the broken rows, with ever more of the others until all hold."""
        every = np.arange(self.state.rows)
        broken = np.flatnonzero(self._breaches(self.state.orders, every))
        others = permutation(rng, self.state.rows)
        others = others[~np.isin(others, broken)]
        size = len(broken)
        while size and not self._paired(np.sort(np.concatenate([broken, others[:size]]))):
            size = 0 if size >= len(others) else size * GROWTH

    def _paired(self, rows: Rows) -> bool:
        """Whether the constraints hold in these rows once they are paired; then they are."""
        has_others = bool(np.any(np.logical_or.reduce(self.holds)[rows] & ~self.counts[rows]))
        for choice in self._choices(has_others):
            orders = self._arranged(rows, choice)
            if not self._breaches(orders, rows).any():
                moved = {name: orders[name] for unit in self.units for name in unit.names}
                self.state.put(rows, moved, self.state.breaches_of(orders, rows))
                return True
        return False

    def _choices(self, has_others: bool) -> Iterator[Choice]:
        size = len(self.units)
        rises = list(product((True, False), repeat=size)) if size <= MOST_DIRECTIONS else []
        ends = has_others and size <= MOST_ENDS
        lowest = list(product((True, False), repeat=size)) if ends else [(True,) * size]
        for rising in rises or [(True,) * size]:
            if rising[0] or not self.is_free:
                yield from (Choice(rising, each) for each in lowest)

    def _arranged(self, rows: Rows, choice: Choice) -> dict[str, Rows]:
        orders = {name: order[rows] for name, order in self.state.orders.items()}
        counting = self.counts[rows]
        by_pivot = np.flatnonzero(counting)
        by_pivot = by_pivot[np.argsort(self.pivot[rows[by_pivot]], kind="stable")]
        for unit, ranks, holds, rises, lowest in zip(
            self.units, self.ranks, self.holds, *choice, strict=True
        ):
            held = np.flatnonzero(holds[rows])
            sources = orders[_lead(unit)][held]
            sorted_ = np.argsort(ranks[sources], kind="stable")
            taken = sorted_[: len(by_pivot)] if lowest else sorted_[len(held) - len(by_pivot) :]
            rest = np.ones(len(held), dtype=np.bool_)
            rest[taken] = False
            new = orders[_lead(unit)].copy()
            new[by_pivot] = sources[taken if rises else taken[::-1]]
            new[held[~counting[held]]] = sources[rest]
            orders |= dict.fromkeys(unit.names, new)
        return orders

    def _breaches(self, orders: dict[str, Rows], rows: Rows) -> NDArray[np.int8]:
        return self.state.breaches_of(orders, rows, self.constraints)


def _lead(unit: Unit) -> str:
    return unit.leads[0]


def _valid(state: Arrangement, names: Sequence[str]) -> NDArray[np.bool_]:
    """Where none of the columns is null, shape (rows,)."""
    valid = np.ones(state.rows, dtype=np.bool_)
    for name in names:
        valid &= state.drawn[name].is_valid().to_numpy(zero_copy_only=False)
    return valid


def _ranks(values: pa.Array) -> Rows:
    """The place of each value in their order, nulls last, shape (rows,)."""
    plain = values.dictionary_decode() if pa.types.is_dictionary(values.type) else values
    order = pc.array_sort_indices(plain).to_numpy()
    ranks = np.empty(len(order), dtype=np.intp)
    ranks[order] = np.arange(len(order))
    return ranks
