"""From a body posted to `/v1/jobs` to a job."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import anyio.to_thread

from app.api.http.content import Body
from app.api.http.strict_json import decode_text
from app.api.http_errors import InvalidRequest
from app.api.models.job_requests import (
    is_job_request,
    point_at_request_keys,
    read_envelope,
    read_submission,
)
from app.definitions.errors import DefinitionNotFound
from app.engine.errors import DefinitionError, Fault
from app.jobs.models import JobRequest, Submission
from app.models.errors import SynthesizerNotFound
from app.service.tenants import Tenant
from app.sources.errors import SourceNotFound

# What a request may name that is not there, by the key that names it.
_NOT_FOUND: Mapping[type[Exception], str] = {
    DefinitionNotFound: "schema_name",
    SynthesizerNotFound: "synthesizer",
    SourceNotFound: "source",
}


async def submit(tenant: Tenant, body: Body, idempotency_key: str | None) -> Submission:
    """Queue the job that a body asks for. Two bodies are the same where their JSON is, whatever the
    order of its keys; of YAML where their bytes are.

    Raises:
        DefinitionError: the definition is at fault; with lines where it came as YAML.
        InvalidRequest: the job request around it is at fault.
    """
    request, text = await _request(tenant, body)
    digest = await anyio.to_thread.run_sync(_digest, body) if idempotency_key else None
    try:
        return await tenant.jobs.submit(
            request, idempotency_key=idempotency_key, request_digest=digest
        )
    except DefinitionError as error:
        if text is None:
            raise type(error)(point_at_request_keys(error.faults)) from None
        raise type(error)(await tenant.request_workers.placed(text, error.faults)) from None


def _digest(body: Body) -> str:
    content = body.content
    if not body.is_yaml:
        plain = json.dumps(json.loads(decode_text(content)), sort_keys=True)
        content = plain.encode()
    return hashlib.sha256(body.media_type.encode() + b"\n" + content).hexdigest()


async def _request(tenant: Tenant, body: Body) -> tuple[JobRequest, bytes | None]:
    """The job that is asked for, and its definition's text where it came as YAML."""
    if body.is_yaml:
        document = await tenant.request_workers.read(body.content)
        return JobRequest(document=document), body.content
    value = await body.json_object()
    if not is_job_request(value):
        return JobRequest(document=value), None
    try:
        submission = read_submission(value, tenant.jobs.request_models)
    except InvalidRequest as error:
        raise InvalidRequest(*error.faults, *await _others(tenant, value, error.faults)) from None
    try:
        return await tenant.jobs.read(submission)
    except DefinitionError as error:
        others = await tenant.jobs.faults_beside_document(submission)
        raise type(error)([*error.faults, *others]) from None
    except tuple(_NOT_FOUND) as error:
        fault = Fault(_NOT_FOUND[type(error)], str(error))
        others = await tenant.jobs.faults_beside_document(submission)
        raise InvalidRequest(fault, *others) from None


async def _others(
    tenant: Tenant, value: Mapping[str, Any], faults: Sequence[Fault]
) -> Sequence[Fault]:
    """What is wrong with a job request besides its keys that cannot be read."""
    wrong = {re.split(r"[.\[]", fault.path, maxsplit=1)[0].strip("`") for fault in faults}
    rest = {key: part for key, part in value.items() if key not in wrong}
    try:
        asked = read_envelope(rest, tenant.jobs.request_models)
        # What is left says too little to be looked at as a whole, or asks for more than was asked:
        # without `privacy` a training reads rows that no budget bounds.
        if asked.faults() or "privacy" in wrong:
            return await tenant.jobs.faults_beside_document(asked)
        found, text = await tenant.jobs.faults(asked)
    except InvalidRequest:
        return []
    except tuple(_NOT_FOUND):
        found, text = await tenant.jobs.faults_beside_document(asked), None
    return found if text is None else await tenant.request_workers.placed(text, tuple(found))
