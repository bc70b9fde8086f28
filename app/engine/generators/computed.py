"""What columns have in common that are computed from other columns of the same row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from app.engine.errors import ComputationError, DefinitionError
from app.engine.generators.apportionment import Apportionment, make_apportionment
from app.engine.generators.base import Block, Scope
from app.engine.generators.lengths import require_short, require_texts
from app.engine.generators.segmented import arrangement
from app.engine.schema.models import ComputedColumn


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """Values of `type`, rounded to `decimals` where given; none is a text of more than `longest`
    characters. `apportionment` has the segments values, nulls. `path` is the column's place in
    the definition."""

    type: pa.DataType
    apportionment: Apportionment
    decimals: int | None = None
    path: str = ""
    longest: int | None = None

    def finished(self, values: pa.Array, block: Block) -> pa.Array:
        """The values as the column has them.

        Raises:
            ComputationError: where a text is too long.
        """
        self._require_short(values)
        if self.decimals is not None and pa.types.is_floating(values.type):
            values = pc.round(values, self.decimals)
        return self._with_nulls(values.cast(self.type), block)

    def _require_short(self, values: pa.Array) -> None:
        if self.longest is None:
            return
        try:
            require_short(values, self.longest)
        except ComputationError as error:
            raise error.at(f"{self.path}.max_length") from None

    def _with_nulls(self, values: pa.Array, block: Block) -> pa.Array:
        """The declared share of nulls; those that come about by themselves count among them."""
        more = int(self.apportionment.block_counts(block)[-1]) - values.null_count
        if more <= 0:
            return values
        order = arrangement(block)
        order = order[values.is_valid().to_numpy(zero_copy_only=False)[order]]
        mask = np.zeros(block.rows, dtype=np.bool_)
        mask[order[:more]] = True
        return pc.if_else(pa.array(mask), pa.scalar(None, self.type), values)


def computed_apportionment(
    column: ComputedColumn, kind: pa.DataType, scope: Scope
) -> Apportionment:
    """Values and nulls of a computed column of this type.

    Raises:
        DefinitionError: where `max_length` is said of what is no text.
    """
    if column.max_length is not None:
        require_texts(kind, scope)
    return make_apportionment(scope.sampling, scope.rows, [1.0], column.missing)


def planned_types(reads: frozenset[str], scope: Scope) -> dict[str, pa.DataType]:
    """Types of the columns read; they are planned before what is computed of them.

    Raises:
        DefinitionError: without a fault, where one of them could not be planned: that is the fault.
    """
    if not reads <= scope.types.keys():
        raise DefinitionError([])
    return {name: scope.types[name] for name in reads}
