"""From a body posted to `/v1/jobs` to a job."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from app.api.content import Body
from app.api.refusals import InvalidRequest
from app.api.submissions import JobSubmission, is_job_request, read_submission
from app.engine.errors import Fault
from app.jobs.errors import SchemaNotFound
from app.jobs.models import JobRequest, Submission
from app.jobs.tenants import Tenant


async def submit(service: Tenant, body: Body, idempotency_key: str | None) -> Submission:
    """Queue the job that a body asks for. Two bodies are the same where their bytes are.

    Raises:
        DefinitionError: the definition is at fault; with lines where it came as YAML.
        InvalidRequest: the job request around it is at fault.
    """
    request = await _request(service, body)
    digest = hashlib.sha256(body.media_type.encode() + b"\n" + body.content).hexdigest()
    return await service.jobs.submit(
        request, idempotency_key=idempotency_key, request_digest=digest
    )


async def _request(service: Tenant, body: Body) -> JobRequest:
    if body.is_yaml:
        return JobRequest(document=await service.interactive.read(body.content))
    value = await body.json_object()
    if not is_job_request(value):
        return JobRequest(document=value)
    submission = read_submission(value)
    return submission.request(await _document(service, submission))


async def _document(service: Tenant, submission: JobSubmission) -> Mapping[str, Any]:
    """The definition that a job request holds or names."""
    if submission.definition is not None:
        return submission.definition
    if submission.schema_yaml is not None:
        return await service.interactive.read(submission.schema_yaml.encode())
    name = submission.schema_name or ""
    try:
        stored = await service.schemas.get(name)
    except SchemaNotFound as error:
        raise InvalidRequest(Fault("schema_name", str(error))) from None
    return {"name": name, **stored.document}
