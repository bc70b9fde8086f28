"""Blocks of rows in groups that fulfil conditions, each group with its exact count."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from app.engine.generators.apportionment import ExactApportionment
from app.engine.generators.base import Block, Layout
from app.engine.plan.asked.splits import Split
from app.engine.seeds import Stream, permutation
from app.engine.synthesizers.base import Model
from app.engine.synthesizers.rejection import Group, accepted, joined


@dataclass(frozen=True, slots=True)
class ConditionedRows:
    """Rows of a model of which so many fulfil so much; in random order.

    Every block has its part of each group, as evenly as whole numbers allow, and draws it by
    itself: no block has to know what another one drew.

    Args:
        promised: what was asked, with its counts, for measuring the rows.
    """

    groups: tuple[Group, ...]
    promised: tuple[Split, ...] = ()

    def block(self, model: Model, seed: int, number: int, layout: Layout) -> pa.RecordBatch:
        """Rows of one block; a pure function of these, the model, the seed and the number."""
        stream = Stream(seed).child("synthesize", "block", number)
        shared = ExactApportionment(tuple(group.rows for group in self.groups))
        block = Block(number, layout, Stream(seed).child("synthesize", "groups"))
        counts = shared.block_counts(block).tolist() if self.groups else list[int]()
        parts = [
            accepted(model, group, count, stream.child("group", place))
            for place, (group, count) in enumerate(zip(self.groups, counts, strict=True))
            if count
        ]
        if not parts:
            return model.block(0, stream)
        drawn = joined(parts)
        order = permutation(stream.child("order").generator(), layout.rows(number))
        columns = {each.name: each for each in model.drawing(0).columns}
        cells = [columns[name].decode(drawn[name].take(order)) for name in model.schema.names]
        return pa.record_batch(cells, schema=model.schema)
