"""Pieces that the JSON Schema of definitions is put together from."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def ref(name: str) -> Json:
    return {"$ref": f"#/$defs/{name}"}


def mapping(keys: Json, *required: str) -> Json:
    """A mapping of these keys; null stands for a key left out."""
    found: Json = {"type": "object", "properties": keys, "additionalProperties": False}
    return found | ({"required": list(required)} if required else {})


def key(description: str, **schema: Any) -> Json:
    """A key that may also be null, which means left out."""
    kind = schema.get("type")
    if isinstance(kind, str):
        schema["type"] = [kind, "null"]
    if "enum" in schema:
        schema["enum"] = [*schema["enum"], None]
    if "$ref" in schema:
        schema = {"anyOf": [{"$ref": schema["$ref"]}, {"type": "null"}]}
    return {"description": description, **schema}


def text(description: str, **schema: Any) -> Json:
    """A text; scalars that YAML reads as something else are taken as written."""
    return {
        "description": description,
        "type": ["string", "number", "boolean", "null"],
        **schema,
    }


def share(description: str) -> Json:
    return key(description, type="number", minimum=0, maximum=1)


def effect_keys() -> Json:
    return {
        "correlation": key(
            "How it goes with the target's positive label.",
            enum=["positive", "negative", "neutral"],
        ),
        "strength": {
            "description": "How strongly: a word, or the Pearson correlation as an exact promise.",
            "anyOf": [
                {"enum": ["low", "medium", "high", None]},
                {"type": "number", "minimum": 0, "maximum": 1},
            ],
        },
    }


def effects_keys() -> Json:
    return effect_keys() | {
        "effects": key(
            "Targets of several labels: the effect on each.",
            type="object",
            additionalProperties=ref("effect"),
        )
    }
