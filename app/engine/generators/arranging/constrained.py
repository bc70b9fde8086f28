"""Constraints that hold in every row, by exchanging values between rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from app.engine.errors import GenerationError
from app.engine.generators.arranging.exchanging import Arrangement, Conditions, Unit
from app.engine.generators.arranging.ranked import pair_by_rank
from app.engine.generators.base import Layout, Member
from app.engine.seeds import Stream


@dataclass(frozen=True, eq=False, slots=True)
class Repair:
    """A step that exchanges values of columns until every constraint holds.

    Nulls stay where they were drawn: which rows have a value of one column says nothing of which
    rows have one of another.

    Args:
        conditions: what has to hold.
        tiers: what may be exchanged; what is in a later tier only where the earlier ones do not
            do.
        stream: randomness keyed by the table.
    """

    conditions: Conditions
    tiers: tuple[tuple[Unit, ...], ...]
    stream: Stream

    @property
    def members(self) -> tuple[Member, ...]:
        """No column of its own: the step only rearranges what others drew."""
        return ()

    @property
    def rearranges(self) -> frozenset[str]:
        """What constraints read and what goes to other rows with it."""
        return self.conditions.reads.union(self._names())

    def draw(
        self, number: int, layout: Layout, drawn: Mapping[str, pa.Array]
    ) -> dict[str, pa.Array]:
        """The columns that were rearranged.

        Raises:
            GenerationError: naming the constraint that some rows cannot keep.
        """
        state = Arrangement.of(self.conditions, self._names(), drawn, number, layout)
        rng = self.stream.child("repair", number).generator()
        for units in self.tiers:
            state.search(units, rng)
            if state.broken().size:
                pair_by_rank(state, units, rng)
        if state.broken().size:
            raise GenerationError(state.complaint())
        return {name: drawn[name].take(pa.array(state.orders[name])) for name in state.moved}

    def _names(self) -> list[str]:
        names = (name for units in self.tiers for unit in units for name in unit.names)
        return list(dict.fromkeys(names))
