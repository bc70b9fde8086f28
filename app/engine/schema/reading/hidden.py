"""Columns that are drawn to be read by others and are not written: what cannot be said of them."""

from __future__ import annotations

from app.engine.schema.models import CategoryColumn, Column, Effect, NumberColumn
from app.engine.schema.problems import quoted
from app.engine.schema.reading.drafts import TableDraft

_SEEN = "leave `hidden` out"


def check_hidden(draft: TableDraft) -> None:
    """A table has something to be written; a target, what has an effect on it and a primary key are
    seen."""
    hidden = set(draft.hidden())
    if not hidden:
        return
    problems = draft.section.problems
    if hidden >= set(draft.column_names()):
        problems.fault(draft.section.place("features"), "every column is hidden", _SEEN)
    if draft.target_name in hidden:
        place = (*draft.section.place("target"), str(draft.target_name), "hidden")
        problems.fault(place, "a target is there to be seen", _SEEN)
    for name in draft.primary_key:
        if name in hidden:
            message = f"{quoted(name)} is hidden, and a key is there to be referred to"
            problems.fault(draft.section.place("primary_key"), message, _SEEN)
    for name, column in draft.features.items():
        if column is not None and column.hidden and has_effect(column):
            message = "a hidden column has an effect on the target, which no model could learn"
            problems.fault((*draft.places[name], "hidden"), message, _SEEN)


def has_effect(column: Column) -> bool:
    """Whether anything of a column has an effect on a target."""
    holders: list[Effect] = [column]
    if isinstance(column, NumberColumn):
        holders += column.buckets
    if isinstance(column, CategoryColumn):
        holders += column.cats
    return any(
        effect.correlation != "neutral"
        for holder in holders
        for effect in (holder, *getattr(holder, "effects", {}).values())
    )
