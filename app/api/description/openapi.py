"""The OpenAPI 3.1 description, with the language's own JSON Schema among its components."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app.api.description.definition_components import DEFINITION, definition_components
from app.api.description.documentation import COMPONENTS, problems, reference
from app.api.description.sink_components import sink_components
from app.api.description.source_components import SYNTHESIS, synthesis_components
from app.api.http.content import JSON
from app.api.models.account_models import ConnectionRequest, KeyRequest, NewConnection
from app.api.models.estimate_models import EstimateRequest
from app.api.models.job_requests import Rename, Rerun
from app.api.models.privacy_models import AccountRequest
from app.api.models.report_models import REPORTS
from app.api.models.response_models import EventBody, ProblemBody
from app.api.models.schema_requests import ImportText
from app.api.models.source_models import SourceFromConnection
from app.api.models.synthesizer_models import SynthesizerRename
from app.api.models.webhook_models import EndpointChange, EndpointRequest, Rotation
from app.api.security import is_guarded, required_scope
from app.kinds.registry import KINDS

REQUESTS = (
    *(each.request for each in KINDS.values()),
    *(ImportText, Rename, Rerun, SynthesizerRename, SourceFromConnection, EstimateRequest),
    AccountRequest,
    *(KeyRequest, NewConnection, ConnectionRequest),
    *(EndpointRequest, EndpointChange, Rotation),
)
FRAMEWORK_ERRORS = ("HTTPValidationError", "ValidationError")
TEMPLATE = COMPONENTS + "{model}"
KEY = "ApiKey"
SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "ts_<id>_<secret>",
    "description": "A key of this service, with the scope read, write, source or admin; wanted "
    "where the service has keys on, which is where calls name it under `security`.",
}
TAGS = [
    {"name": "schemas", "description": "Definitions: checked, compiled, tried out, stored."},
    {"name": "jobs", "description": "Definitions carried out."},
    {"name": "results", "description": "What jobs make, and how far they are."},
    {"name": "synthesizers", "description": "What was learned from real tables."},
    {"name": "sources", "description": "Real tables: uploaded, read, and what to learn of them."},
    {"name": "connections", "description": "Credentials of sinks, stored and never shown."},
    {"name": "webhooks", "description": "Who is notified of what jobs do."},
    {"name": "keys", "description": "Who may come in."},
    {"name": "audit", "description": "Who changed what."},
    {"name": "health", "description": "The service itself."},
]
DESCRIPTION = (
    "Synthetic tables whose declared facts hold. Every error is a problem document (RFC 9457); "
    "its `type` leads to a page that explains it."
)


def install_openapi(app: FastAPI, *, keys: bool) -> None:
    """Describe the application's routes at `/openapi.json`; made once, when first asked for.

    Args:
        keys: whether calls want an API key.
    """

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _describe(app)
            if keys:
                _guard(app.openapi_schema)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _describe(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=DESCRIPTION,
        routes=app.routes,
        tags=TAGS,
    )
    components: dict[str, Any] = document.setdefault("components", {})
    schemas: dict[str, Any] = components.setdefault("schemas", {})
    schemas.update(_models())
    schemas.update(definition_components())
    schemas.update(sink_components())
    schemas.update(synthesis_components())
    _describe_details(schemas)
    components["securitySchemes"] = {KEY: SCHEME}
    _complete(document)
    return document


def _models() -> dict[str, Any]:
    """The models of bodies that are read by hand, and of problems."""
    read = [(model, "validation") for model in REQUESTS]
    written = [
        (model, "serialization") for model in (ProblemBody, EventBody, *REPORTS, *_details())
    ]
    _, schemas = models_json_schema(
        [*read, *written],  # type: ignore[list-item]
        ref_template=TEMPLATE,
    )
    models: dict[str, Any] = schemas["$defs"]
    for kind in KINDS.values():
        properties = models[kind.request.__name__]["properties"]
        if "schema" in properties:
            properties["schema"] = {"$ref": COMPONENTS + DEFINITION}
        if "definition" in properties:
            learned = [reference(SYNTHESIS), {"type": "null"}]
            properties["definition"] = {**properties["definition"], "anyOf": learned}
    return models


def _details() -> list[type[BaseModel]]:
    """What the kinds of jobs have to say in their results besides tables and facts."""
    return [kind.details for kind in KINDS.values() if kind.details is not None]


def _describe_details(schemas: dict[str, Any]) -> None:
    """A result says what its kind of job does; the others have no details."""
    if references := [reference(model.__name__) for model in _details()]:
        details = {"anyOf": references, "description": "What only jobs of this kind have to say."}
        schemas["ResultBody"]["properties"]["details"] = details


def _complete(document: dict[str, Any]) -> None:
    """What holds for every route: the id of the request, and the problem of a bug. The framework's
    own validation error is taken out: no route answers with it."""
    for name in FRAMEWORK_ERRORS:
        document["components"]["schemas"].pop(name, None)
    for path in document["paths"].values():
        for operation in path.values():
            responses = operation["responses"]
            if JSON in responses.get("422", {}).get("content", {}):
                del responses["422"]
            responses.setdefault("500", problems(500)[500])
            for response in responses.values():
                response.setdefault("headers", {})["X-Request-Id"] = {
                    "description": "Id of the request, as given in the request or a new one.",
                    "schema": {"type": "string"},
                }


def _guard(document: dict[str, Any]) -> None:
    """Which calls want a key, of which scope, and how they are refused without."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if is_guarded(path):
                operation["security"] = [{KEY: []}]
                scope = required_scope(method.upper(), path)
                operation["description"] = f"Wants a key of scope `{scope}`."
                for status, answer in problems(401, 403, 429).items():
                    operation["responses"].setdefault(str(status), answer)
