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


def by_name(part: str) -> Json:
    """A mapping from names to what one `$defs` describes."""
    return {"type": "object", "additionalProperties": ref(part)}


def key(description: str, **schema: Any) -> Json:
    """A key that may also be null, which means left out."""
    kind = schema.get("type")
    if isinstance(kind, str):
        schema["type"] = [kind, "null"]
    return {"description": description, **schema}


def part(name: str, description: str, *others: Json) -> Json:
    """A key that one `$defs` describes, or one of `others`; null means left out.

    Mappings and words that stand beside something else have a `$defs` of their own, so that
    generators of code have a name for each.
    """
    return {"description": description, "anyOf": [ref(name), *others, {"type": "null"}]}


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
    amount = {"type": "number", "minimum": 0, "maximum": 1}
    words = "How strongly: a word, or the Pearson correlation as an exact promise."
    return {
        "correlation": part("direction", "How it goes with the target's positive label."),
        "strength": part("strength", words, amount),
    }


def effects_keys() -> Json:
    return effect_keys() | {
        "effects": part("effects", "Targets of several labels: the effect on each.")
    }


def effect_parts() -> Json:
    """The `$defs` of effects."""
    return {
        "effect": mapping(effect_keys()),
        "effects": by_name("effect"),
        "direction": {"enum": ["positive", "negative", "neutral"]},
        "strength": {"enum": ["low", "medium", "high"]},
    }
