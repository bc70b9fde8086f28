"""Columns that number the rows of each parent."""

from __future__ import annotations

from typing import Any

from app.engine.schema.models import LineNumberColumn
from app.engine.schema.problems import did_you_mean, listed, quoted
from app.engine.schema.reading.drafts import TableDraft
from app.engine.schema.reading.section import Section

_EXAMPLE = "for instance `per: order`, where `order` is one of the `foreign_keys`"


def read_line_number(
    section: Section, common: dict[str, Any], kind: str
) -> LineNumberColumn | None:
    """`per` names a foreign key, `start` the first number."""
    fields = {**common, "type": kind, **section.take_all("per", "start")}
    section.close()
    if fields.get("missing"):
        message = "is missing where the key refers to nothing, and nowhere else"
        section.fault(message, "say `missing` of the foreign key", "missing")
    if fields.get("unique"):
        message = "the rows of every parent have the same numbers"
        section.fault(message, "`primary_key: [order, line]` names key and line", "unique")
    return section.build(LineNumberColumn, fields)


def check_line_numbers(draft: TableDraft) -> None:
    """`per` is a foreign key to another table; left out where there is only one."""
    for name, column in list(draft.features.items()):
        if isinstance(column, LineNumberColumn):
            key = _key(draft, name, column.per)
            if key is not None:
                draft.features[name] = column.model_copy(update={"per": key})


def _key(draft: TableDraft, name: str, written: str) -> str | None:
    place, problems = draft.places[name], draft.section.problems
    keys = [key for key, each in draft.foreign_keys.items() if not each or each.table != draft.name]
    if written:
        if written not in draft.foreign_keys:
            message = f"the table has no foreign key {quoted(written)}"
            problems.fault((*place, "per"), message, did_you_mean(written, keys) or _EXAMPLE)
        elif written not in keys:
            message = f"{quoted(written)} refers to rows of the same table"
            problems.fault((*place, "per"), message, "name a key to another table")
        else:
            return written
    elif len(keys) == 1:
        return keys[0]
    elif keys:
        message = "does not say by which key rows are numbered"
        problems.fault((*place, "per"), message, f"`per` is one of {listed(keys)}")
    else:
        message = "numbers rows of a parent, and the table has no foreign key to another table"
        problems.fault(place, message, "write `type: id, format: sequence`")
    return None
