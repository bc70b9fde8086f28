"""Fields of a form from a JSON Schema, and what was filled in as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app.ui.model.values import read_number

FormKind = Literal["text", "secret", "number", "choice"]
SHORT = {each.lower(): each for each in ("API", "ID", "SAS", "TLS", "URL")}
SWITCH = {"": "as usual", "true": "yes", "false": "no"}


@dataclass(frozen=True)
class FormField:
    """One property of an object; `options` where one of a few is to be chosen."""

    name: str
    title: str
    hint: str
    kind: FormKind
    required: bool
    default: str
    options: Mapping[str, str] | None = None

    def read(self, text: str) -> Any:
        """What was filled in as JSON; None where nothing was."""
        if not text:
            return None
        if self.options is SWITCH:
            return text == "true"
        return read_number(text) if self.kind == "number" else text


def form_fields(schema: Mapping[str, Any] | None, skip: tuple[str, ...] = ()) -> list[FormField]:
    """The fields of a schema's properties, the required ones first."""
    if not schema:
        return []
    required = set(schema.get("required", ()))
    found = [
        _field(name, each, name in required)
        for name, each in schema.get("properties", {}).items()
        if name not in skip
    ]
    return sorted(found, key=lambda each: not each.required)


def _field(name: str, schema: Mapping[str, Any], required: bool) -> FormField:
    shape = next((each for each in schema.get("anyOf", ()) if each.get("type") != "null"), schema)
    kind, options = _kind(shape)
    default = schema.get("default")
    hint = str(schema.get("description", "")).replace("`", "")
    return FormField(
        name,
        _title(name),
        hint,
        kind,
        required,
        "" if default is None or isinstance(default, bool | dict | list) else str(default),
        options,
    )


def _title(name: str) -> str:
    """`access_key_id` as `Access key ID`."""
    words = [SHORT.get(word, word) for word in name.split("_")]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])


def _kind(shape: Mapping[str, Any]) -> tuple[FormKind, Mapping[str, str] | None]:
    if "enum" in shape:
        return "choice", {str(each): str(each) for each in shape["enum"]}
    if shape.get("type") == "boolean":
        return "choice", SWITCH
    if shape.get("type") in {"integer", "number"}:
        return "number", None
    return ("secret" if shape.get("writeOnly") else "text"), None


def filled(fields: list[FormField], texts: Mapping[str, str]) -> dict[str, Any]:
    """What is said; what is left at its default is left out."""
    return {
        each.name: each.read(texts[each.name])
        for each in fields
        if texts.get(each.name) and texts[each.name] != each.default
    }
