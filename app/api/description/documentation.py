"""Parts of the OpenAPI description that routes name: bodies they read, answers they give."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from app.api.description.examples import CHURN, JOB_REQUEST, PROBLEM
from app.api.errors import CATALOGUE
from app.api.formats import MEDIA_TYPES, ZIP
from app.api.http.content import JSON, YAML
from app.api.models.report_models import REPORTS
from app.api.models.schema_requests import FILES
from app.api.problem_documents import MEDIA_TYPE
from app.engine.reports.writing import MEDIA_TYPES as REPORT_TYPES
from app.jobs.artifacts.manifests import PARTS
from app.kinds.registry import KINDS
from app.models.model_files import MEDIA_TYPE as MODEL_TYPE

COMPONENTS = "#/components/schemas/"
BYTES = "application/octet-stream"
BINARY = {"type": "string", "format": "binary"}
CONTENT = {**BINARY, "minLength": 1}  # of a request: an empty body is none
Responses = dict[int | str, dict[str, Any]]


def reference(name: str) -> dict[str, str]:
    return {"$ref": COMPONENTS + name}


def problems(*statuses: int) -> Responses:
    """Answers that are problem documents, described by the kinds that have the status."""
    return {status: _problem(status) for status in statuses}


def _problem(status: int) -> dict[str, Any]:
    titles = [kind.title for kind in CATALOGUE.values() if kind.status == status]
    content: dict[str, Any] = {"schema": reference("ProblemBody")}
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        content["example"] = PROBLEM
    return {"description": "; ".join(titles), "content": {MEDIA_TYPE: content}}


def document_body() -> dict[str, Any]:
    """A definition as the body, JSON or YAML."""
    return _body({JSON: _definition(), YAML: _definition()})


def draft_body() -> dict[str, Any]:
    """A definition as the body, JSON or YAML, that may have faults."""
    drafts = [reference("Definition"), reference("Draft")]
    draft = {**_definition(), "schema": {"anyOf": drafts}}
    return _body({JSON: draft, YAML: draft})


def import_body() -> dict[str, Any]:
    """An SQL script or a file of rows as the body; or JSON around a text."""
    files = {media_type: {"schema": CONTENT} for media_type in FILES}
    return _body({JSON: {"schema": reference("ImportText")}, **files})


def job_request_body() -> dict[str, Any]:
    """A definition, or (JSON only) a job request that holds or names one."""
    requests = [reference(kind.request.__name__) for kind in KINDS.values()]
    either = {"anyOf": [reference("Definition"), *requests]}
    request = {"summary": "A job request around it", "value": JOB_REQUEST}
    examples = {**_definition()["examples"], "request": request}
    return _body({JSON: {"schema": either, "examples": examples}, YAML: _definition()})


def _definition() -> dict[str, Any]:
    churn = {"summary": "Customers that leave", "value": CHURN}
    return {"schema": reference("Definition"), "examples": {"churn": churn}}


def json_body(model: type[BaseModel], *, required: bool = True) -> dict[str, Any]:
    """A JSON object as the body; `openapi` puts the model among the components."""
    return _body({JSON: {"schema": reference(model.__name__)}}, required)


def _body(content: dict[str, Any], required: bool = True) -> dict[str, Any]:
    return {"requestBody": {"required": required, "content": content}}


def file_body() -> Responses:
    """A file in any of the formats, whole or in part."""
    return _file_in([*MEDIA_TYPES, ZIP])


def manifest_body() -> Responses:
    """A part of a signed manifest."""
    return _file_in([media_type for _, media_type in PARTS.values()])


def artifact_body() -> Responses:
    """Any file that a kind of job makes besides tables."""
    declared = (made.formats.values() for kind in KINDS.values() for made in kind.artifacts)
    return _file_in(sorted({media_type for types in declared for media_type in types}))


def report_body() -> Responses:
    """A report in any of its formats."""
    answers = _file_in([each.partition(";")[0] for each in REPORT_TYPES.values()])
    shapes = {"anyOf": [reference(each.__name__) for each in REPORTS]}
    answers[200]["content"][JSON] = {"schema": shapes}
    return answers


def model_body() -> dict[str, Any]:
    """A model file as the body; its own media type, which is taken too, is one that generators of
    clients do not know."""
    return _body({BYTES: {"schema": CONTENT}})


def model_file() -> Responses:
    """A model file, whole or in part."""
    return _file_in([MODEL_TYPE])


def _file_in(media_types: Sequence[str]) -> Responses:
    """Bytes, whatever they are of. Generators that know few media types go by `BYTES`, which
    therefore stands first."""
    content = {name: {"schema": BINARY} for name in (BYTES, *media_types)}
    part = {**FILE_HEADERS, "Content-Range": _header("Which bytes these are.")}
    return {
        200: {"description": "The whole file", "content": content, "headers": FILE_HEADERS},
        206: {"description": "One range of the file", "content": content, "headers": part},
        304: {"description": "The caller has this file already"},
    }


def file_headers(*statuses: int) -> Responses:
    """What HEAD says of a file, or of the problem that GET would answer with."""
    answers = {**file_body(), **problems(*statuses)}
    del answers[206]
    return answers


def conditions(*, ranges: bool = False, accept: bool = True) -> dict[str, Any]:
    """The headers of a request that choose among formats, versions and parts of a file."""
    described = {
        "Accept": "A format's media type, where `format` is left out.",
        "If-None-Match": "ETags of files that the caller has: 304 where one is the present file.",
        "If-Match": "ETags of files that are wanted: 412 where none is the present file.",
    }
    if not accept:
        del described["Accept"]
    if ranges:
        described["Range"] = "One range: `bytes=0-99`, `bytes=100-`, `bytes=-100`."
        described["If-Range"] = "ETag of the file that the range belongs to; else the whole file."
    parameters = [
        {"name": name, "in": "header", "description": text, "schema": {"type": "string"}}
        for name, text in described.items()
    ]
    return {"parameters": parameters}


def _header(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}}


FILE_HEADERS = {
    "ETag": _header("Strong validator: the file's SHA-256 in quotes."),
    "Repr-Digest": _header("The file's SHA-256 (RFC 9530)."),
    "Content-Disposition": _header("The file's name."),
    "Accept-Ranges": _header("`bytes`"),
}


def event_stream() -> Responses:
    """Server-Sent Events, and the answer that tells a browser to stop asking."""
    data = {"type": "string", "contentMediaType": JSON, "contentSchema": reference("EventBody")}
    event = {
        "type": "object",
        "required": ["id", "event", "data"],
        "properties": {
            "id": {"type": "string", "description": "Number of the event in its job, from 1."},
            "event": {"type": "string", "enum": ["status", "progress"]},
            "data": data,
            "retry": {"type": "integer"},
        },
    }
    # OpenAPI has `itemSchema` from 3.2 on, which is more than most generators read.
    stream = {"text/event-stream": {"schema": {"type": "string"}, "x-itemSchema": event}}
    return {
        200: {"description": "Events until the job has ended", "content": stream},
        204: {"description": "The job has ended and everything was sent"},
    }


def job_links() -> dict[str, Any]:
    """What can be done next with the job in an answer."""
    made = (
        "get_job_events",
        "get_job_result",
        "get_job_artifact",
        "get_job_manifest",
        "get_job_rules",
    )
    operations = ("get_job", *made, "cancel_job", "rerun_job")
    parameters = {"id": "$response.body#/id"}
    links = {name: {"operationId": name, "parameters": parameters} for name in operations}
    message_list = {"operationId": "list_messages", "parameters": {"job": "$response.body#/id"}}
    return {"links": {**links, "list_messages": message_list}}


def endpoint_links() -> dict[str, Any]:
    """What can be done next with the endpoint of webhooks in an answer."""
    operations = ("get_endpoint", "change_endpoint", "rotate_secret", "delete_endpoint")
    parameters = {"id": "$response.body#/id"}
    return {"links": {name: {"operationId": name, "parameters": parameters} for name in operations}}


def schema_links() -> dict[str, Any]:
    """What can be done next with the stored definition in an answer."""
    operations = ("get_schema", "put_schema", "delete_schema")
    parameters = {"name": "$response.body#/name"}
    return {"links": {name: {"operationId": name, "parameters": parameters} for name in operations}}


def plain_text() -> Responses:
    return {200: {"description": "Text", "content": {"text/plain": {"schema": {"type": "string"}}}}}
