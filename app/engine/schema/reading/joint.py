"""Columns that are parts of a person or of a place."""

from __future__ import annotations

from typing import Any

from app.engine.schema.models import JointColumn
from app.engine.schema.problems import did_you_mean, listed, quoted
from app.engine.schema.providers import JOINT_PARTS, NUMBERED_PARTS, place_parts
from app.engine.schema.reading.drafts import TableDraft
from app.engine.schema.reading.providers import locale_field, read_locale
from app.engine.schema.reading.section import Section


def read_joint(section: Section, common: dict[str, Any], kind: str) -> JointColumn | None:
    """`part` says which part, `of` whose."""
    locale = read_locale(section)
    part = section.text("part")
    fields = {**common, **locale_field(section, locale), "type": kind, **section.take_all("of")}
    section.close()
    known = JOINT_PARTS[kind]
    if part is None:
        section.fault(f"does not say which part of a {kind}", f"`part` is one of {listed(known)}")
        return None
    if part not in known:
        message = f"a {kind} has no part {quoted(part)}"
        hint = did_you_mean(part, known) or f"one of {listed(known)}"
        section.problems.fault(section.place("part"), message, hint)
        return None
    if fields.get("unique") and part not in NUMBERED_PARTS:
        hint = f"{listed(NUMBERED_PARTS)} can be, by a number in them"
        section.fault(f"the {part} of a {kind} is not unique", hint, "unique")
    return section.build(JointColumn, {**fields, "part": part})


def check_joint(draft: TableDraft) -> None:
    """The parts of one person or place are of one locale, whose tables have all of them."""
    groups: dict[tuple[str, str], dict[str, JointColumn]] = {}
    for name, column in draft.features.items():
        if isinstance(column, JointColumn):
            groups.setdefault((column.type, column.of), {})[name] = column
    for (kind, _), columns in groups.items():
        first = next(iter(columns.values())).locale
        for name, column in columns.items():
            if column.locale != first:
                message = f"the other parts of this {kind} have the locale {first or 'en_US'}"
                hint = "write the same `locale` at all of them, or another `of` for another one"
                draft.section.problems.fault((*draft.places[name], "locale"), message, hint)
        if kind == "place":
            _check_place(draft, columns, first)


def _check_place(draft: TableDraft, columns: dict[str, JointColumn], locale: str | None) -> None:
    wanted = {column.part for column in columns.values()}
    tables = place_parts(locale)
    if any(wanted <= set(parts) for parts in tables):
        return
    name = next(iter(columns))
    message = f"no table of {locale or 'en_US'} has {listed(sorted(wanted))} that fit each other"
    there = "; or ".join(listed(parts) for parts in tables) or "none for this locale"
    draft.section.problems.fault(draft.places[name], message, f"there are {there}")
