"""What learning a source would take, before it is asked for."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from app.api.dependencies import CurrentTenant, reply
from app.api.description.documentation import json_body, problems
from app.api.http.content import OptionalJsonObject
from app.api.models.estimate_models import EstimateBody, EstimateRequest
from app.api.models.job_requests import read_request
from app.api.routers.sources import PLACE, SourceId

router = APIRouter(prefix=PLACE, tags=["sources"])


@router.post(
    "/{id}/estimate",
    summary="What learning a source would take, and what would be weak",
    responses={200: {"model": EstimateBody}, **problems(400, 404, 409, 413, 415, 422, 503)},
    openapi_extra=json_body(EstimateRequest, required=False),
)
async def estimate_source(
    id: SourceId, body: OptionalJsonObject, tenant: CurrentTenant
) -> Response:
    asked = read_request(EstimateRequest, body)
    found = await tenant.sources.estimate(id, asked.definition, asked.settings)
    return reply(EstimateBody.model_validate(found))
