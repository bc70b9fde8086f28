"""Constraints that hold in every row, by exchanging values between rows.

An exchange of two rows' values of one column leaves that column's marginal as it is, so constraints
cost nothing of what was declared for single columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.errors import GenerationError
from app.engine.expressions import Expression
from app.engine.generators.base import BLOCK_ROWS, Block, Layout, Member
from app.engine.seeds import Stream, permutation

PATIENCE = 16
FEWEST = 4096
STRICT_ROUNDS = 8
MOST_OFFERS = 256

Rows = NDArray[np.intp]
Counts = NDArray[np.int8]


@dataclass(frozen=True, eq=False, slots=True)
class Repair:
    """A step that exchanges values of `movable` columns until every constraint holds.

    Args:
        constraints: conditions; null counts as kept, as in an SQL CHECK.
        formulas: computed columns that the constraints read, each after those it reads.
        movable: names of the columns whose values may be exchanged.
        stream: randomness keyed by the table.
    """

    constraints: tuple[Expression, ...]
    formulas: tuple[Member, ...]
    movable: tuple[str, ...]
    stream: Stream

    @property
    def members(self) -> tuple[Member, ...]:
        """No column of its own: the step only rearranges what others drew."""
        return ()

    @property
    def rearranges(self) -> frozenset[str]:
        """What constraints read, through formulas too."""
        needed = [constraint.columns for constraint in self.constraints]
        needed += [formula.generator.reads for formula in self.formulas]
        return frozenset().union(*needed)

    def draw(
        self, number: int, layout: Layout, drawn: Mapping[str, pa.Array]
    ) -> dict[str, pa.Array]:
        """The movable columns, rearranged.

        Raises:
            GenerationError: naming the constraint that some rows cannot keep.
        """
        orders = {name: np.arange(layout.rows(number)) for name in self.movable}
        state = _State(self, drawn, orders, number, layout)
        rng = self.stream.child("repair", number).generator()
        turn = 0
        patience = PATIENCE * max(layout.rows(number), FEWEST) if self.movable else 0
        while state.broken().size and state.idle < patience:
            name = self.movable[turn % len(self.movable)]
            state.exchange(name, permutation(rng, layout.rows(number)), turn >= STRICT_ROUNDS)
            turn += 1
        if state.broken().size:
            raise GenerationError(state.complaint())
        return {name: drawn[name].take(pa.array(orders[name])) for name in self.movable}

    def breaches(self, columns: Mapping[str, pa.Array], block: Block, rows: int) -> Counts:
        """How many constraints each of the columns' rows breaks, shape (rows,).

        Constraints that read no column hold in every row or in none.
        """
        known = dict(columns)
        for formula in self.formulas:
            known[formula.name] = formula.generator.draw(
                Block(block.number, Layout(rows), formula.stream, known)
            )
        broken = [~keeps(constraint, known, rows) for constraint in self.constraints]
        return np.sum(broken, axis=0, dtype=np.int8)


def keeps(constraint: Expression, columns: Mapping[str, pa.Array], rows: int) -> NDArray[np.bool_]:
    """Where a constraint holds or is null, shape (rows,)."""
    verdict = constraint.evaluate(columns, rows).cast(pa.bool_()).fill_null(True)
    return np.asarray(verdict.to_numpy(zero_copy_only=False), dtype=np.bool_)


@dataclass(slots=True)
class _State:
    """A block while it is repaired: row i of a column holds the value drawn for orders[name][i].

    `idle` counts the offers made since fewer rows than ever, `least`, were broken.
    """

    repair: Repair
    drawn: Mapping[str, pa.Array]
    orders: dict[str, Rows]
    number: int
    layout: Layout
    breaches: Counts | None = None
    least: int = BLOCK_ROWS + 1
    idle: int = 0

    def broken(self) -> Rows:
        """Rows that break a constraint."""
        if self.breaches is None:
            rows = np.arange(self.layout.rows(self.number))
            self.breaches = self._breaches(self.orders, rows)
        return np.flatnonzero(self.breaches)

    def exchange(self, name: str, partners: Rows, pass_on: bool) -> None:
        """Offer each broken row the values of some random sound rows; take the first of the offers
        that mend most. With `pass_on`, a breach may also go over to the other row: it wanders
        until it stands where it can be mended.

        No row is offered to two others, so exchanges do not disturb one another.
        """
        assert self.breaches is not None
        broken, partners = self.broken(), partners[self.breaches[partners] == 0]
        self._count_idle(len(broken), len(partners))
        if not partners.size:
            return
        offers = min(MOST_OFFERS, max(1, len(partners) // len(broken)))
        asked = np.tile(broken[: len(partners) // offers], offers)
        partners = partners[: len(asked)]
        pairs = np.concatenate([asked, partners])
        offered = {key: order[pairs] for key, order in self.orders.items()}
        offered[name] = self.orders[name][np.concatenate([partners, asked])]
        after = self._breaches(offered, pairs).reshape(2, -1)
        mended = self.breaches[asked] - after[0]
        gain = mended - after[1]
        value = 2 * np.maximum(gain, 0) + ((gain == 0) & (mended > 0) if pass_on else 0)
        taken = _best_for_each(value.reshape(offers, -1))
        rows = np.concatenate([asked[taken], partners[taken]])
        self.orders[name][rows] = offered[name][np.concatenate([taken, taken])]
        self.breaches[rows] = after[:, taken].ravel()

    def _count_idle(self, broken: int, partners: int) -> None:
        if broken < self.least:
            self.least, self.idle = broken, 0
        self.idle += max(broken, min(partners, MOST_OFFERS * broken))

    def complaint(self) -> str:
        rows = self.layout.rows(self.number)
        left = len(self.broken())
        texts = " and ".join(constraint.text for constraint in self.repair.constraints)
        return (
            f"{texts}: {left} of {rows} rows break it in the best arrangement of the declared "
            f"values that was found"
        )

    def _breaches(self, orders: Mapping[str, Rows], rows: Rows) -> Counts:
        places = pa.array(rows)
        columns = {
            name: column.take(pa.array(orders[name]) if name in orders else places)
            for name, column in self.drawn.items()
            if name in self.repair.rearranges
        }
        block = Block(self.number, self.layout, self.repair.stream)
        return self.repair.breaches(columns, block, len(rows))


def _best_for_each(value: NDArray[np.integer]) -> NDArray[np.bool_]:
    """The first of the best offers of each column, none where all are worth nothing, shape
    (offers · rows,).

    Args:
        value: what each offer is worth, shape (offers, rows).
    """
    chosen = np.zeros(value.shape, dtype=np.bool_)
    chosen[value.argmax(axis=0), np.arange(value.shape[1])] = True
    return (chosen & (value > 0)).ravel()
