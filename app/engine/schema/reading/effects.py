"""`correlation`, `strength` and `effects`, wherever they may stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.engine.schema.models import Effect
from app.engine.schema.problems import shown
from app.engine.schema.reading.section import Section

_KEYS = ("correlation", "strength")


def read_effect(section: Section) -> dict[str, Any]:
    """The fields of an `Effect`; that there is one is noted for the checks of the table."""
    fields = section.take_all(*_KEYS)
    _check_direction(section, fields)
    if fields:
        section.problems.note_effect(section.path, ())
    return fields


def read_effects(section: Section) -> dict[str, Effect]:
    """`effects: {label: {correlation, strength}}`, for targets of several classes."""
    value = section.take("effects")
    if value is None:
        return {}
    place = section.place("effects")
    if not isinstance(value, Mapping):
        section.problems.fault(place, f"a mapping of labels is wanted, not {shown(value)}")
        return {}
    section.problems.note_effect(place, tuple(value))
    effects: dict[str, Effect] = {}
    for label, body in value.items():
        inner = Section.of(section.problems, (*place, label), body, "a mapping")
        fields = inner.take_all(*_KEYS)
        _check_direction(inner, fields)
        inner.close()
        effect = inner.build(Effect, fields)
        if effect:
            effects[label] = effect
    return effects


def _check_direction(section: Section, fields: dict[str, Any]) -> None:
    """A number belongs in `strength`, its sign in `correlation`."""
    correlation, strength = fields.get("correlation"), fields.get("strength")
    if isinstance(correlation, int | float) and not isinstance(correlation, bool):
        direction = "negative" if correlation < 0 else "positive"
        section.problems.fault(
            section.place("correlation"),
            f"must be positive, negative or neutral, not {shown(correlation)}",
            f"write `correlation: {direction}, strength: {abs(correlation):g}`",
        )
    if strength is not None and correlation in (None, "neutral"):
        section.problems.warn(
            section.place("strength"),
            "a strength without a direction has no effect",
            "add `correlation: positive` or `negative`",
        )
