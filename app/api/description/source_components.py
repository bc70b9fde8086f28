"""Parts of the OpenAPI description that are about sources: uploads, synthesis definitions."""

from __future__ import annotations

from typing import Any

from app.api.description.definition_components import LOCAL
from app.api.description.documentation import (
    COMPONENTS,
    CONTENT,
    Responses,
    json_body,
    reference,
)
from app.api.http.content import JSON, YAML
from app.api.http.multipart import MEDIA_TYPE as MULTIPART
from app.api.http.source_uploads import ACCEPTED
from app.api.models.source_models import SourceFromConnection
from app.engine.synthesis.json_schema import synthesis_json_schema

SYNTHESIS = "SynthesisDefinition"
# Parts of the language of declared tables, which are components already.
EXAMPLE = {
    "tables": {"customers": {"primary_key": "id", "columns": {"id": {"treatment": "new"}}}},
    "privacy": {"value_protection": True, "k": 5},
}


def upload_body() -> dict[str, Any]:
    """Tables in any format that is read, several of them, or a connection."""
    content: dict[str, Any] = {name: {"schema": CONTENT} for name in ACCEPTED}
    text = {"type": "string", "maxLength": 200, "description": "What the source is called."}
    files = {"type": "array", "items": CONTENT, "description": "Each becomes a table."}
    form = {"type": "object", "properties": {"name": text, "files": files}, "required": ["files"]}
    content[MULTIPART] = {"schema": form}
    content |= json_body(SourceFromConnection)["requestBody"]["content"]
    return {"requestBody": {"required": True, "content": content}}


def synthesis_body_in() -> dict[str, Any]:
    """A synthesis definition as the body, JSON or YAML."""
    return {"requestBody": {"required": True, "content": _contents()}}


def synthesis_out() -> Responses:
    """A synthesis definition as the answer, JSON or YAML."""
    etag = {"ETag": {"description": "Of this version.", "schema": {"type": "string"}}}
    return {
        200: {"description": "The definition", "content": _contents(), "headers": etag},
        304: {"description": "The caller has this version already"},
    }


def source_links() -> dict[str, Any]:
    """What can be done next with the source in an answer."""
    operations = (
        *("get_source", "get_source_rows", "get_source_definition", "put_source_definition"),
        *("delete_source", "refresh_source", "estimate_source", "get_account"),
    )
    parameters = {"id": "$response.body#/id"}
    return {"links": {name: {"operationId": name, "parameters": parameters} for name in operations}}


def synthesis_components() -> dict[str, Any]:
    """The JSON Schema of synthesis definitions, its own `$defs` as components; the others are
    those of the language of declared tables."""
    schema = synthesis_json_schema()
    parts = schema.pop("$defs")
    for key in ("$schema", "title"):
        schema.pop(key, None)
    own = {name: part for name, part in parts.items() if name in OWN}
    found = {SYNTHESIS: schema} | {_component(name): part for name, part in own.items()}
    return {name: _rewritten(part) for name, part in found.items()}


OWN = (
    *("synthesis_table", "synthesis_table_keys", "synthesis_key", "reference"),
    *("treatment_name", "plain_treatment", "treatment_keys", "fake_treatment", "treatment"),
    *("treatments", "detected_kind", "model_size"),
    *("synthesizer_name", "synthesizer", "privacy", "fairness", "rules"),
)


def _component(name: str) -> str:
    words = name.removeprefix("synthesis_").split("_")
    return "Synthesis" + "".join(word.capitalize() for word in words)


def _rewritten(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            key: COMPONENTS + _component(value.removeprefix(LOCAL))
            if key == "$ref"
            else _rewritten(value)
            for key, value in node.items()
        }
    return [_rewritten(item) for item in node] if isinstance(node, list) else node


def _contents() -> dict[str, Any]:
    examples = {"customers": {"summary": "A table of customers", "value": EXAMPLE}}
    content = {"schema": reference(SYNTHESIS), "examples": examples}
    return {JSON: content, YAML: content}
