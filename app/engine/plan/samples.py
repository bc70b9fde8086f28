"""Tables of many rows that stand for the declared ones, where a target is solved on a sample."""

from __future__ import annotations

from app.engine.plan.target.request import SAMPLE_ROWS
from app.engine.schema.models import AnyColumn, ForeignKey, IdColumn, Table

FEWEST_ROWS = 4096


def sampled(table: Table, *, alone: bool) -> Table:
    """The table for a sample: nothing in it is unique, as a range of values may hold no more rows
    than were declared.

    Args:
        alone: whether no other table belongs to the sample; its size then is the same whatever
            was declared. Else children could be too many to be counted.
    """
    rows = SAMPLE_ROWS if alone else min(max(table.n_samples or 0, FEWEST_ROWS), SAMPLE_ROWS)
    changed = {
        "features": {name: _repeatable(column) for name, column in table.features.items()},
        "foreign_keys": _keys(table),
        "primary_key": (),
        "n_samples": None if table.rows is not None or _follows(table) else rows,
    }
    return table.model_copy(update=changed)


def _repeatable(column: AnyColumn) -> AnyColumn:
    if isinstance(column, IdColumn):
        return IdColumn(type="id", format="sequence", missing=column.missing)
    return column.model_copy(update={"unique": False})


def _keys(table: Table) -> dict[str, ForeignKey]:
    """Of several keys that say how many rows there are only the first does: in a sample they
    would not agree."""
    driving = next((name for name, key in table.foreign_keys.items() if key.children), None)
    return {
        name: key.model_copy(
            update={"unique": False, "children": key.children if name == driving else None}
        )
        for name, key in table.foreign_keys.items()
    }


def _follows(table: Table) -> bool:
    """Whether the table's rows are those that its parents have."""
    return any(key.children is not None for key in table.foreign_keys.values())
