"""Privacy accounts: what may be spent of a source's data, and what was."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from app.api.dependencies import CurrentTenant, Root, reply
from app.api.description.documentation import json_body, problems
from app.api.http.content import JsonObject
from app.api.models.job_requests import read_request
from app.api.models.privacy_models import AccountBody, AccountRequest, account_body
from app.api.routers.sources import PLACE, SourceId

router = APIRouter(prefix=PLACE, tags=["sources"])


@router.get(
    "/{id}/account",
    summary="The privacy account of a source: what may be spent, was spent and is left",
    responses={200: {"model": AccountBody}, **problems(404, 409)},
)
async def get_account(id: SourceId, tenant: CurrentTenant, root: Root) -> Response:
    return reply(account_body(await tenant.sources.account_state(id), id, root))


@router.put(
    "/{id}/account",
    summary="Set what the privacy account of a source allows",
    responses={200: {"model": AccountBody}, **problems(400, 404, 409, 413, 415, 422)},
    openapi_extra=json_body(AccountRequest),
)
async def put_account(
    id: SourceId, body: JsonObject, tenant: CurrentTenant, root: Root
) -> Response:
    settings = read_request(AccountRequest, body).settings()
    return reply(account_body(await tenant.sources.put_account(id, settings), id, root))
