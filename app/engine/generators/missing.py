"""Nulls in columns whose generator knows nothing of them."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from app.engine.generators.apportionment import Apportionment
from app.engine.generators.base import Block, Generator
from app.engine.generators.segmented import arrangement, split_nulls


@dataclass(frozen=True, slots=True)
class WithMissing:
    """The values of `inner` with the declared share of nulls laid over them.

    `apportionment` has one segment for values, then nulls.
    """

    inner: Generator
    apportionment: Apportionment

    @property
    def type(self) -> pa.DataType:
        return self.inner.type

    @property
    def reads(self) -> frozenset[str]:
        return self.inner.reads

    def draw(self, block: Block) -> pa.Array:
        counts, _ = split_nulls(self.apportionment, block)
        absent = pa.array(arrangement(block) >= int(counts[0]))
        return pc.if_else(absent, pa.scalar(None, self.type), self.inner.draw(block))
