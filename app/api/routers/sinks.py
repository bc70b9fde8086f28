"""Which sinks this installation has, and what each of them wants to know."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from app.api.dependencies import CurrentTenant, reply
from app.api.models.account_models import SinkBody, SinksBody

router = APIRouter(prefix="/v1/sinks", tags=["connections"])


@router.get("", summary="Kinds of sinks", responses={200: {"model": SinksBody}})
async def list_sinks(tenant: CurrentTenant) -> Response:
    items = [
        SinkBody(
            kind=kind,
            target=sink.target.model_json_schema(),
            credentials=sink.credentials.model_json_schema() if sink.credentials else None,
            formats=None if sink.formats is None else list(sink.formats),
        )
        for kind, sink in sorted(tenant.connections.sinks.items())
    ]
    return reply(SinksBody(items=items))
