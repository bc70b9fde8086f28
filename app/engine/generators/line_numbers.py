"""Numbers of the rows of each parent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, cast

import pyarrow as pa
import pyarrow.compute as pc

from app.engine.generators.base import Block, Generator, Scope
from app.engine.schema.models import LineNumberColumn

NUMBER = pa.int64()


class CountedRows(Protocol):
    """Rows of a key that know which of their parent's they are."""

    def places(self, block: Block) -> pa.Array:
        """The how manieth of its parent's rows each row is, from 0, shape (rows,), null where it
        refers to nothing."""
        ...


@dataclass(frozen=True, eq=False, slots=True)
class LineNumberGenerator:
    """Numbers from `start` on; `key` is the key's name, whose rows carry their numbers along
    wherever they go."""

    key: str
    rows: CountedRows
    start: int
    type: pa.DataType = NUMBER
    reads: frozenset[str] = frozenset()

    def draw(self, block: Block) -> pa.Array:
        return pc.add(self.rows.places(block), self.start)


def plan_line_number(column: LineNumberColumn, scope: Scope) -> Generator:
    """Raises:
    DefinitionError: where the key does not know how many rows each parent has.
    """
    rows = scope.keys.get(column.per)
    if not hasattr(rows, "places"):
        message = f"nobody counts the rows of each parent by {column.per}"
        hint = "leave `unique` out; of the keys of a link table say `children` of this one"
        raise scope.fail(message, hint, "per")
    return LineNumberGenerator(column.per, cast(CountedRows, rows), column.start)
