"""Two columns of labels that are drawn together, so that their labels go together as declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.generators.apportionment import Apportionment
from app.engine.generators.base import Block, Layout, Member
from app.engine.generators.categories import BoolGenerator, CategoryGenerator
from app.engine.generators.segmented import arrangement
from app.engine.seeds import Stream


@dataclass(frozen=True, eq=False, slots=True)
class AssociatedColumns:
    """Columns of labels drawn in one step.

    Args:
        cells: rows of each pair of labels, nulls counted as the last label of either: those of the
            first column's first label first.
        width: labels of the second column, null among them.
        stream: randomness keyed by the names of the two.
    """

    members: tuple[Member, Member]
    cells: Apportionment
    width: int
    stream: Stream

    @property
    def rearranges(self) -> frozenset[str]:
        return frozenset()

    def draw(
        self, number: int, layout: Layout, drawn: Mapping[str, pa.Array]
    ) -> dict[str, pa.Array]:
        """Both columns of one block by name."""
        block = Block(number, layout, self.stream)
        counts = self.cells.block_counts(block)
        cells = np.repeat(np.arange(len(counts)), counts)[arrangement(block)]
        codes = np.divmod(cells, self.width)
        return {
            member.name: _labels(member, each)
            for member, each in zip(self.members, codes, strict=True)
        }


def _labels(member: Member, codes: NDArray[np.intp]) -> pa.Array:
    """The labels of a member by their numbers; the number after the last is null."""
    generator = member.generator
    if isinstance(generator, BoolGenerator):
        return generator.finished(pa.array(codes == 0, mask=codes == 2))
    assert isinstance(generator, CategoryGenerator)
    kind = generator.index_type
    nulls = codes == len(generator.labels)
    known = np.where(nulls, 0, codes).astype(kind.to_pandas_dtype())
    return generator.finished(pa.array(known, mask=nulls))
