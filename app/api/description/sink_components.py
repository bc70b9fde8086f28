"""What every kind of sink wants to know, as components of the OpenAPI description."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app.api.description.documentation import COMPONENTS, reference

KIND = "kind"
TARGET = "SinkTarget"
CREDENTIALS = "SinkCredentials"


def sink_components() -> dict[str, Any]:
    """The targets of all kinds, distinguished by `kind`, and their credentials."""
    from app.sinks.registry import KINDS

    targets = {name: kind.sink.target for name, kind in KINDS.items()}
    credentials = {name: kind.sink.credentials for name, kind in KINDS.items()}
    known = [model for model in credentials.values() if model is not None]
    schemas = _schemas([*targets.values(), *known])
    for name, model in targets.items():
        schemas |= _named_words(model.__name__, schemas[model.__name__]["properties"])
        _complete(schemas[model.__name__], name, credentials[name])
    references = {name: reference(model.__name__) for name, model in targets.items()}
    return {
        **schemas,
        TARGET: _told_apart(references),
        CREDENTIALS: {"anyOf": [reference(model.__name__) for model in known]},
    }


def _schemas(models: list[type[BaseModel]]) -> dict[str, Any]:
    asked = [(model, "validation") for model in models]
    _, found = models_json_schema(asked, ref_template=COMPONENTS + "{model}")  # type: ignore[arg-type]
    schemas: dict[str, Any] = found["$defs"]
    return schemas


def _named_words(model: str, properties: dict[str, Any]) -> dict[str, Any]:
    """Components for lists of words that may also be null; the properties refer to them then."""
    named = {}
    for key, schema in properties.items():
        for place, variant in enumerate(schema.get("anyOf", ())):
            if "enum" in variant:
                name = model + key.title().replace("_", "")
                named[name] = variant
                schema["anyOf"][place] = reference(name)
    return named


def _complete(target: dict[str, Any], kind: str, credentials: type[BaseModel] | None) -> None:
    """What a target may hold in a request: credentials beside it, and, since a connection may
    have the rest, nothing but its kind needs to be there.

    Clients send the defaults of a schema. Those of a target are described in words alone: a
    job must not name what its connection has settled.
    """
    for schema in target["properties"].values():
        default = schema.pop("default", None)
        if default not in (None, ""):
            words = f"{schema.get('description', '')} Where left out: `{default}`."
            schema["description"] = words.strip()
    target["properties"][KIND] = {"type": "string", "const": kind}
    target["required"] = [KIND]
    if credentials is not None:
        own = reference(credentials.__name__)
        target["properties"]["credentials"] = {
            "description": "For this job alone; or name a `connection`.",
            "anyOf": [own, {"type": "null"}],
        }


def _told_apart(references: Mapping[str, dict[str, str]]) -> dict[str, Any]:
    mapping = {kind: target["$ref"] for kind, target in references.items()}
    return {
        "description": "Where files go. `GET /v1/sinks` tells which kinds this installation has.",
        "oneOf": list(references.values()),
        "discriminator": {"propertyName": KIND, "mapping": mapping},
    }
