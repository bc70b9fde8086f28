"""Values exchanged between rows until conditions hold.

An exchange of two rows' values of one column leaves that column's marginal as it is, so conditions
cost nothing of what was declared for single columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.expressions import Expression
from app.engine.generators.base import BLOCK_ROWS, Block, Layout, Member
from app.engine.seeds import Stream, permutation

PATIENCE = 16
FEWEST = 4096
STRICT_ROUNDS = 8
MOST_OFFERS = 256

Rows = NDArray[np.intp]
Counts = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Unit:
    """Columns whose values go to another row together.

    Args:
        names: the columns.
        leads: those of them that constraints read.
        fixed: those whose nulls stay in their rows; of the others nulls go along.
    """

    names: tuple[str, ...]
    leads: tuple[str, ...]
    fixed: tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Conditions:
    """What has to hold in every row.

    Args:
        constraints: conditions; null counts as kept, as in an SQL CHECK.
        formulas: computed columns that the constraints read, each after those it reads.
        stream: randomness keyed by the table.
    """

    constraints: tuple[Expression, ...]
    formulas: tuple[Member, ...]
    stream: Stream

    @property
    def reads(self) -> frozenset[str]:
        """What constraints read, through formulas too."""
        return frozenset().union(*(self.read_by(each) for each in self.constraints))

    def read_by(self, constraint: Expression) -> frozenset[str]:
        """What one constraint reads, through formulas too."""
        found = constraint.columns
        for formula in reversed(self.formulas):
            if formula.name in found:
                found |= formula.generator.reads
        return found

    def breaches(
        self,
        columns: Mapping[str, pa.Array],
        block: Block,
        rows: int,
        constraints: Sequence[Expression] | None = None,
    ) -> Counts:
        """How many constraints each of the columns' rows breaks, shape (rows,).

        Constraints that read no column hold in every row or in none.

        Args:
            constraints: which of them; all when None.
        """
        known = dict(columns)
        for formula in self.formulas:
            known[formula.name] = formula.generator.draw(
                Block(block.number, Layout(rows), formula.stream, known)
            )
        counted = self.constraints if constraints is None else constraints
        broken = [~keeps(constraint, known, rows) for constraint in counted]
        return np.sum(broken, axis=0, dtype=np.int8)


def keeps(constraint: Expression, columns: Mapping[str, pa.Array], rows: int) -> NDArray[np.bool_]:
    """Where a constraint holds or is null, shape (rows,)."""
    verdict = constraint.evaluate(columns, rows).cast(pa.bool_()).fill_null(True)
    return np.asarray(verdict.to_numpy(zero_copy_only=False), dtype=np.bool_)


@dataclass(slots=True)
class Arrangement:
    """A block while it is repaired: row i of a column holds the value drawn for orders[name][i].

    `idle` counts the offers made since fewer rows than ever, `least`, were broken.
    """

    conditions: Conditions
    drawn: Mapping[str, pa.Array]
    orders: dict[str, Rows]
    number: int
    layout: Layout
    breaches: Counts | None = None
    least: int = BLOCK_ROWS + 1
    idle: int = 0
    moved: dict[str, None] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        conditions: Conditions,
        names: Iterable[str],
        drawn: Mapping[str, pa.Array],
        number: int,
        layout: Layout,
    ) -> Arrangement:
        """The block as it was drawn: each column as long as the block, its rows in their order;
        `names` are those of the columns that may be rearranged."""
        orders = {name: np.arange(layout.rows(number)) for name in names}
        return cls(conditions, drawn, orders, number, layout)

    @property
    def rows(self) -> int:
        return self.layout.rows(self.number)

    def search(self, units: Sequence[Unit], rng: np.random.Generator) -> None:
        """Exchange values of the units between random rows until every constraint holds, or until
        that has led nowhere for long."""
        self.least, self.idle = BLOCK_ROWS + 1, 0
        patterns = [self.null_pattern(unit) for unit in units]
        patience = PATIENCE * max(self.rows, FEWEST) if units else 0
        turn = 0
        while (broken := self.broken()).size and self.idle < patience:
            place = turn % len(units)
            partners = permutation(rng, self.rows)
            self._exchange(units[place], patterns[place], broken, partners, turn >= STRICT_ROUNDS)
            turn += 1

    def null_pattern(self, unit: Unit) -> Rows | None:
        """Which of the unit's columns are null in each row, as a number, shape (rows,); None where
        no row has nulls."""
        pattern: Rows | None = None
        for name in unit.fixed:
            if self.drawn[name].null_count:
                null = self.drawn[name].is_null().to_numpy(zero_copy_only=False)
                before = np.zeros(self.rows, dtype=np.intp) if pattern is None else pattern
                pattern = np.unique(2 * before + null, return_inverse=True)[1]
        return pattern

    def broken(self) -> Rows:
        """Numbers of the rows that break a constraint, ascending, shape (broken,)."""
        if self.breaches is None:
            self.breaches = self.breaches_of(self.orders, np.arange(self.rows))
        return np.flatnonzero(self.breaches != 0)

    def _exchange(
        self, unit: Unit, pattern: Rows | None, broken: Rows, partners: Rows, pass_on: bool
    ) -> None:
        """Offer each broken row the values of some random sound rows; take the first of the offers
        that mend most. With `pass_on`, a breach may also go over to the other row: it wanders
        until it stands where it can be mended.

        No row is offered to two others, so exchanges do not disturb one another.
        """
        assert self.breaches is not None
        partners = partners[self.breaches[partners] == 0]
        self._count_idle(len(broken), len(partners))
        if not partners.size:
            return
        offers = min(MOST_OFFERS, max(1, len(partners) // len(broken)))
        asked = np.tile(broken[: len(partners) // offers], offers)
        partners = partners[: len(asked)]
        pairs = np.concatenate([asked, partners])
        crossed, reads = np.concatenate([partners, asked]), self.conditions.reads
        offered = {
            name: order[crossed if name in unit.names else pairs]
            for name, order in self.orders.items()
            if name in unit.names or name in reads
        }
        after = self.breaches_of(offered, pairs).reshape(2, -1)
        mended = self.breaches[asked] - after[0]
        gain = mended - after[1]
        value = 2 * np.maximum(gain, 0) + ((gain == 0) & (mended > 0) if pass_on else 0)
        if pattern is not None:
            value = np.where(pattern[asked] == pattern[partners], value, 0)
        taken = _best_for_each(value.reshape(offers, -1))
        rows = np.concatenate([asked[taken], partners[taken]])
        both = np.concatenate([taken, taken])
        self.put(rows, {name: offered[name][both] for name in unit.names}, after[:, taken].ravel())

    def put(self, rows: Rows, orders: Mapping[str, Rows], breaches: Counts) -> None:
        """Write where the values of some rows come from, and how many constraints these break; all
        of shape (rows,)."""
        assert self.breaches is not None
        for name, order in orders.items():
            self.orders[name][rows] = order
        self.moved.update(dict.fromkeys(orders))
        self.breaches[rows] = breaches

    def _count_idle(self, broken: int, partners: int) -> None:
        if broken < self.least:
            self.least, self.idle = broken, 0
        self.idle += max(broken, min(partners, MOST_OFFERS * broken))

    def complaint(self) -> str:
        rows, left = self.rows, len(self.broken())
        texts = " and ".join(constraint.text for constraint in self.conditions.constraints)
        return (
            f"{texts}: {left} of {rows} rows break it in the best arrangement of the declared "
            f"values that was found"
        )

    def breaches_of(
        self,
        orders: Mapping[str, Rows],
        rows: Rows,
        constraints: Sequence[Expression] | None = None,
    ) -> Counts:
        """How many constraints some rows would break, shape (rows,).

        Args:
            orders: where the values of these rows would come from, by column.
            constraints: which of them; all when None.
        """
        places, reads = pa.array(rows), self.conditions.reads
        columns = {
            name: column.take(pa.array(orders[name]) if name in orders else places)
            for name, column in self.drawn.items()
            if name in reads
        }
        block = Block(self.number, self.layout, self.conditions.stream)
        return self.conditions.breaches(columns, block, len(rows), constraints)


def _best_for_each(value: NDArray[np.integer]) -> NDArray[np.bool_]:
    """The first of the best offers of each column, none where all are worth nothing, shape
    (offers · rows,).

    Args:
        value: what each offer is worth, shape (offers, rows).
    """
    chosen = np.zeros(value.shape, dtype=np.bool_)
    chosen[value.argmax(axis=0), np.arange(value.shape[1])] = True
    return (chosen & (value > 0)).ravel()
