"""Provider values made unique by construction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from app.engine.generators.base import Block

Place = Literal["@", ".", "end"]


class _Draws(Protocol):
    def draw(self, block: Block) -> pa.Array: ...


@dataclass(frozen=True, slots=True, eq=False)
class UniqueTable:
    """Values of a table without replacement, for tables of values with at least as many as rows.

    The order is that of successive weighted draws (Efraimidis and Spirakis 2006: sort by
    log(u) / weight); it is the same for every block, which takes its own rows of it.
    """

    values: pa.Array
    weights: Any

    def draw(self, block: Block) -> pa.Array:
        rng = block.column_stream.child("order").generator()
        keys = rng.standard_exponential(len(self.values)) / self.weights
        order = np.argsort(keys, kind="stable")
        return self.values.take(pa.array(order[block.first_row : block.first_row + block.rows]))


@dataclass(frozen=True, slots=True)
class Numbered:
    """Texts with the row's number, counted from 1, set into them.

    Before the @ of an e-mail address (`ann.17@…`), before the first dot of a domain
    (`firm-17.com`), else at the end (`Ann Lee-17`). The number can always be read back, as it
    stands between a sign that is no digit and the @, the first dot or the end; so no two rows
    agree.
    """

    values: _Draws
    place: Place

    def draw(self, block: Block) -> pa.Array:
        texts = self.values.draw(block)
        first = block.first_row + 1
        numbers = pc.cast(pa.array(np.arange(first, first + block.rows)), pa.string())
        if self.place == "end":
            return pc.binary_join_element_wise(texts, numbers, "-")
        pattern = rf"(?s)^(?P<head>[^{self.place}]*)(?P<tail>.*)$"
        head, tail = pc.extract_regex(texts, pattern).flatten()
        sign = "." if self.place == "@" else "-"
        return pc.binary_join_element_wise(head, sign, numbers, tail, "")


def place_of_number(method: str) -> Place:
    """Where the values of this provider method take their number."""
    if method.endswith("email"):
        return "@"
    return "." if method in {"domain_name", "hostname", "safe_domain_name"} else "end"
