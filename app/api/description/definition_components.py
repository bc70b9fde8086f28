"""The language's JSON Schema as components of the OpenAPI description."""

from __future__ import annotations

from typing import Any

from app.api.description.documentation import COMPONENTS
from app.engine.schema.json_schema.document import definition_json_schema

DEFINITION = "Definition"
DRAFT = {"type": "object", "description": "A definition in the making, which may have faults."}
LOCAL = "#/$defs/"
# What tells columns apart, and targets.
VARIANT = "type"


def definition_components() -> dict[str, Any]:
    """The definition, each of the schema's `$defs` as a component of its own, and drafts."""
    schema = _rewritten(definition_json_schema())
    for key in ("$schema", "$id", "title"):
        schema.pop(key, None)
    parts = {_component(name): part for name, part in schema.pop("$defs").items()}
    for part in parts.values():
        if "oneOf" in part:
            part["discriminator"] = _discriminator(part["oneOf"], parts)
    return {DEFINITION: schema, **parts, "Draft": DRAFT}


def _component(name: str) -> str:
    """The component of a part of the language: ``foreign_key`` is ``DefinitionForeignKey``."""
    return DEFINITION + "".join(word.capitalize() for word in name.split("_"))


def _rewritten(node: Any) -> Any:
    """A copy with references to `$defs` turned into references to components."""
    if isinstance(node, dict):
        return {
            key: _reference(value) if key == "$ref" else _rewritten(value)
            for key, value in node.items()
        }
    return [_rewritten(item) for item in node] if isinstance(node, list) else node


def _reference(target: Any) -> Any:
    if isinstance(target, str) and target.startswith(LOCAL):
        return COMPONENTS + _component(target.removeprefix(LOCAL))
    return _rewritten(target)


def _discriminator(variants: list[dict[str, str]], parts: dict[str, Any]) -> dict[str, Any]:
    """Which variant each spelling of `type` stands for."""
    mapping = {
        spelling: variant["$ref"]
        for variant in variants
        for spelling in parts[variant["$ref"].removeprefix(COMPONENTS)]["properties"][VARIANT][
            "enum"
        ]
    }
    return {"propertyName": VARIANT, "mapping": mapping}
