"""The OpenAPI description says what the service does, and the service does what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import jsonschema
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from app.api.problem_documents import MEDIA_TYPE
from app.engine.schema.json_schema.document import definition_json_schema
from app.engine.schema.load import load_definition
from app.engine.synthesis.reading import load_synthesis
from app.main import create_app
from app.service.service import Service
from app.settings import Settings
from tests.acceptance.http.server import running_server
from tests.api.fakes import FakeService
from tests.contracts.fuzzing import fuzz

CASES = 5
METHODS = {"get", "head", "post", "put", "patch", "delete"}
# Pages for people, and what describes the rest.
UNDESCRIBED = {
    "/",
    "/docs",
    "/redoc",
    "/docs-assets/{path}",
    "/openapi.json",
    "/problems",
    "/problems/{slug}",
}
CALLS = """
POST /v1/schemas/read
POST /v1/schemas/import
POST /v1/schemas/ddl
POST /v1/schemas/validate
POST /v1/schemas/compile
POST /v1/schemas/preview
POST /v1/schemas
GET /v1/schemas
GET /v1/schemas/{name}
PUT /v1/schemas/{name}
DELETE /v1/schemas/{name}
POST /v1/jobs
GET /v1/jobs
GET /v1/jobs/{id}
PATCH /v1/jobs/{id}
DELETE /v1/jobs/{id}
GET /v1/jobs/{id}/events
GET /v1/jobs/{id}/result
HEAD /v1/jobs/{id}/result
GET /v1/jobs/{id}/manifest
GET /v1/jobs/{id}/artifacts/{name}
GET /v1/jobs/{id}/report
GET /v1/jobs/{id}/rules
POST /v1/jobs/{id}/cancel
POST /v1/jobs/{id}/rerun
POST /v1/jobs/{id}/deliveries/{number}/retry
POST /v1/synthesizers
GET /v1/synthesizers
GET /v1/synthesizers/{id}
PATCH /v1/synthesizers/{id}
DELETE /v1/synthesizers/{id}
GET /v1/synthesizers/{id}/file
POST /v1/sources
GET /v1/sources
GET /v1/sources/{id}
DELETE /v1/sources/{id}
GET /v1/sources/{id}/rows
POST /v1/sources/{id}/refresh
POST /v1/sources/{id}/estimate
GET /v1/sources/{id}/account
PUT /v1/sources/{id}/account
GET /v1/sources/{id}/definition
PUT /v1/sources/{id}/definition
POST /v1/connections
GET /v1/connections
GET /v1/connections/{name}
PUT /v1/connections/{name}
DELETE /v1/connections/{name}
GET /v1/sinks
POST /v1/keys
GET /v1/keys
GET /v1/keys/{id}
DELETE /v1/keys/{id}
GET /v1/audit
POST /v1/webhooks
GET /v1/webhooks
GET /v1/webhooks/{id}
PATCH /v1/webhooks/{id}
DELETE /v1/webhooks/{id}
POST /v1/webhooks/{id}/rotate
GET /v1/webhooks/{job}/deliveries
POST /v1/webhooks/{job}/deliveries/{message}/replay
GET /healthz
GET /readyz
GET /metrics
"""


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    settings = Settings(data_dir=tmp_path, log_level="error", pages=False)
    return create_app(settings, service=cast(Service, FakeService(tmp_path)))


@pytest.fixture
def document(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS & set(item):
            yield f"{method.upper()} {path}", item[method]


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for item in node:
            yield from references(item)


def test_every_call_is_described_and_no_other(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert {name for name, _ in operations(document)} == set(CALLS.strip().splitlines())


def test_every_route_is_described_or_a_page(app: FastAPI, document: dict[str, Any]) -> None:
    routes = {
        getattr(route, "path_format", None) or str(route.path)
        for route in iter_route_contexts(app.router.routes)
    }
    assert routes - UNDESCRIBED == set(document["paths"])


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(references(document)) <= known


def test_every_component_is_a_json_schema(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_every_operation_has_a_name_a_summary_and_its_errors(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(set(names)) == len(names)
    for name, operation in operations(document):
        assert operation["summary"], name
        assert "500" in operation["responses"], name
        for status, answer in operation["responses"].items():
            assert answer["description"], (name, status)
            if status[0] in "45":
                schema = answer["content"][MEDIA_TYPE]["schema"]
                assert schema == {"$ref": "#/components/schemas/ProblemBody"}, (name, status)


def test_definitions_are_taken_as_json_and_as_yaml(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        body = operation.get("requestBody")
        takes_definitions = {"schemas", "jobs"} & set(operation["tags"])
        if body and takes_definitions and not re.search(r"PATCH|rerun|import", name):
            assert set(body["content"]) == {"application/json", "application/yaml"}, name
            assert "#/components/schemas/Definition" in set(references(body)), name


def test_the_language_is_part_of_the_description(document: dict[str, Any]) -> None:
    language = definition_json_schema()
    schemas = document["components"]["schemas"]
    assert schemas["Definition"]["properties"].keys() == language["properties"].keys()
    parts = [name for name in schemas if name.startswith("Definition") and name != "Definition"]
    assert len(parts) == len(language["$defs"])


def test_every_example_has_the_form_it_stands_for(document: dict[str, Any]) -> None:
    seen = 0
    for _, operation in operations(document):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            for example in content.get("examples", {}).values():
                schema = {**content["schema"], "components": document["components"]}
                jsonschema.Draft202012Validator(schema).validate(example["value"])
                value = example["value"]
                if content["schema"] == {"$ref": "#/components/schemas/SynthesisDefinition"}:
                    load_synthesis(value)
                else:
                    load_definition(value.get("schema", value) if "kind" in value else value)
                seen += 1
    assert seen >= 10


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_running_service_keeps_to_its_description(tmp_path: Path) -> None:
    """Examples, every parameter in every wrong form, random requests, and calls one after the
    other along their links; all checks of schemathesis."""
    with running_server(tmp_path) as server:
        run = fuzz(server, CASES)
    assert run.status == 0, run.report
    assert run.cases > 300
