"""A form made from a JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.ui.model.forms import FormField, filled, form_fields
from app.ui.parts.field import Field
from app.ui.parts.tags import box, tag


class SchemaForm:
    """What must be given stands open, the rest below a fold."""

    def __init__(self, schema: Mapping[str, Any] | None, skip: tuple[str, ...] = ()) -> None:
        self._fields = form_fields(schema, skip)
        self._shown: dict[str, Field] = {}
        needed = [each for each in self._fields if each.required]
        rest = [each for each in self._fields if not each.required]
        self._draw(needed or rest)
        if needed and rest:
            with tag("details"):
                tag("summary", "More")
                self._draw(rest)

    @property
    def is_empty(self) -> bool:
        return not self._fields

    def value(self) -> dict[str, Any]:
        return filled(self._fields, {name: each.value for name, each in self._shown.items()})

    def _draw(self, fields: list[FormField]) -> None:
        with box("fields fields--half"):
            for each in fields:
                self._shown[each.name] = Field(
                    each.title,
                    each.default,
                    kind=each.kind,
                    options=each.options,
                    hint=each.hint,
                )
