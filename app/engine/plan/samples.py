"""The rows that a target is solved on: those that are made, or, of few, more that are like them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pyarrow as pa

from app.engine.distributions.binomial import Binomial
from app.engine.distributions.constant import Constant
from app.engine.generators.base import Layout
from app.engine.plan.keys.parents import joined
from app.engine.plan.plan import DeclaredRows
from app.engine.plan.target.request import SAMPLE_ROWS
from app.engine.schema.models import Children, Column, ForeignKey, IdColumn, Table
from app.engine.seeds import Stream

LEAST_ROWS = 100
FEWEST_ROWS = 4096
MOST_BLOCKS = 16
ORDER = Stream(0, ("order of a sample",))


def spread_rows(
    source: DeclaredRows, names: Collection[str], layout: Layout
) -> Mapping[str, pa.Array]:
    """About SAMPLE_ROWS rows from all over a table, in any order: those of one block may be the
    children of a few parents."""
    blocks = np.unique(np.linspace(0, layout.blocks - 1, MOST_BLOCKS).astype(int))
    step = max(1, sum(layout.rows(int(number)) for number in blocks) // SAMPLE_ROWS)
    parts: dict[str, list[pa.Array]] = {name: [] for name in names}
    for number in map(int, blocks):
        drawn = source.some(names, number, layout)
        rows = pa.array(np.arange(0, layout.rows(number), step))
        for name, pieces in parts.items():
            pieces.append(drawn[name].take(rows))
    found = {name: joined(pieces, source.type_of(name)) for name, pieces in parts.items()}
    total = len(next(iter(found.values()), ()))
    order = pa.array(ORDER.generator().permutation(total))
    return {name: values.take(order) for name, values in found.items()}


def sampled(table: Table, *, alone: bool, fixed: Collection[str] = ()) -> Table:
    """The table for a sample: nothing in it is unique, as a range of values may hold no more rows
    than were declared.

    Args:
        alone: whether no other table belongs to the sample; its size then is the same whatever
            was declared. Else children could be too many to be counted.
        fixed: tables that are as small in a sample as they are; how many children their rows have
            does not say how many rows the sample has.
    """
    keys = _keys(table, fixed)
    follows = any(key.children is not None for key in keys.values())
    rows = SAMPLE_ROWS if alone else min(max(table.n_samples or 0, FEWEST_ROWS), SAMPLE_ROWS)
    changed = {
        "features": {name: _repeatable(column) for name, column in table.features.items()},
        "foreign_keys": keys,
        "primary_key": (),
        "n_samples": None if table.rows is not None or follows else rows,
    }
    return table.model_copy(update=changed)


def _repeatable(column: Column) -> Column:
    if isinstance(column, IdColumn):
        numbered = column.format == "sequence" and not (column.prefix or column.width)
        prefix = "" if numbered else "id-"  # of the type that the column has
        return IdColumn(type="id", format="sequence", prefix=prefix, missing=column.missing)
    return column.model_copy(update={"unique": False})


def _keys(table: Table, fixed: Collection[str]) -> dict[str, ForeignKey]:
    """Of several keys that say how many rows there are only the first does: in a sample they
    would not agree. Children that nobody has say nothing of what they would be like."""
    driving = next(
        (
            name
            for name, key in table.foreign_keys.items()
            if key.children and key.table not in fixed and _is_any(key.children)
        ),
        None,
    )
    return {
        name: key.model_copy(
            update={"unique": False, "children": key.children if name == driving else None}
        )
        for name, key in table.foreign_keys.items()
    }


def _is_any(children: Children) -> bool:
    """Whether there can be children at all."""
    law = children.distribution
    none = isinstance(law, Constant) and law.value == 0
    never = isinstance(law, Binomial) and law.n * law.p == 0
    return children.share > 0 and children.max != 0 and not none and not never
