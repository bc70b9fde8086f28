"""From a body posted to `/v1/jobs` to a job."""

from __future__ import annotations

import hashlib

from app.api.http.content import Body
from app.api.models.submissions import is_job_request, read_submission
from app.api.refusals import InvalidRequest
from app.engine.errors import DefinitionError, Fault
from app.jobs.errors import SchemaNotFound
from app.jobs.models import JobRequest, Submission
from app.service.tenants import Tenant


async def submit(service: Tenant, body: Body, idempotency_key: str | None) -> Submission:
    """Queue the job that a body asks for. Two bodies are the same where their bytes are.

    Raises:
        DefinitionError: the definition is at fault; with lines where it came as YAML.
        InvalidRequest: the job request around it is at fault.
    """
    request, text = await _request(service, body)
    digest = hashlib.sha256(body.media_type.encode() + b"\n" + body.content).hexdigest()
    try:
        return await service.jobs.submit(
            request, idempotency_key=idempotency_key, request_digest=digest
        )
    except DefinitionError as error:
        if text is None:
            raise
        raise type(error)(await service.interactive.placed(text, error.faults)) from None


async def _request(service: Tenant, body: Body) -> tuple[JobRequest, bytes | None]:
    """The job that is asked for, and its definition's text where it came as YAML."""
    if body.is_yaml:
        document = await service.interactive.read(body.content)
        return JobRequest(document=document), body.content
    value = await body.json_object()
    if not is_job_request(value):
        return JobRequest(document=value), None
    submission = read_submission(value, service.jobs.request_models)
    try:
        return await service.jobs.read(submission)
    except SchemaNotFound as error:
        raise InvalidRequest(Fault("schema_name", str(error))) from None
