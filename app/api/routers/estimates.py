"""What learning a source would take, before it is asked for."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from app.api.dependencies import CurrentTenant, reply
from app.api.description.documentation import json_body, problems
from app.api.http.content import OptionalJsonObject
from app.api.http_errors import InvalidRequest
from app.api.models.estimate_models import EstimateBody, EstimateRequest, PrivacyEstimateBody
from app.api.models.job_requests import read_request
from app.api.routers.sources import PLACE, SourceId
from app.engine.errors import Fault
from app.engine.privacy.statement import band_of
from app.kinds.train.privacy import AccountFigures, PrivacyOrder
from app.kinds.train.private_admission import asked_privacy
from app.service.tenants import Tenant

router = APIRouter(prefix=PLACE, tags=["sources"])


@router.post(
    "/{id}/estimate",
    summary="What learning a source would take, and what would be weak",
    responses={
        200: {"model": EstimateBody | PrivacyEstimateBody},
        **problems(400, 404, 409, 413, 415, 422, 503),
    },
    openapi_extra=json_body(EstimateRequest, required=False),
)
async def estimate_source(
    id: SourceId, body: OptionalJsonObject, tenant: CurrentTenant
) -> Response:
    asked = read_request(EstimateRequest, body)
    if asked.privacy is not None:
        return reply(await _private(id, asked, asked.privacy, tenant))
    found = await tenant.sources.estimate(id, asked.definition, asked.settings)
    return reply(EstimateBody.model_validate(found))


async def _private(
    id: str, asked: EstimateRequest, order: PrivacyOrder, tenant: Tenant
) -> PrivacyEstimateBody:
    """What differential privacy would cost. Raises InvalidRequest, DefinitionError."""
    if asked.definition is not None:
        raise InvalidRequest(Fault("definition", "cannot be given beside `privacy`"))
    found = await asked_privacy(id, order, asked.settings, tenant.sources, tenant.request_workers)
    return PrivacyEstimateBody(
        epsilon=order.epsilon,
        delta=found.ledger.settings.delta,
        rho=found.rho,
        band=band_of(order.epsilon),
        affordable=found.rho <= found.ledger.left,
        columns=dict(found.assessed.columns),
        account=AccountFigures.of(found.ledger),
    )
