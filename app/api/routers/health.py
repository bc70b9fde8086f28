"""Whether the service is alive and ready, and its numbers."""

from __future__ import annotations

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from starlette.responses import Response

from app.api.dependencies import WholeService, reply
from app.api.description.documentation import plain_text, problems
from app.api.http_errors import NotReady
from app.api.models.response_models import AliveBody, ReadyBody

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Alive", responses={200: {"model": AliveBody}})
async def check_alive() -> Response:
    return reply(AliveBody())


@router.get(
    "/readyz",
    summary="Ready for work: database, pool, disk",
    responses={200: {"model": ReadyBody}, **problems(503)},
)
async def check_ready(service: WholeService) -> Response:
    checks = await service.ready()
    if failed := [name for name, usable in checks.items() if not usable]:
        raise NotReady(failed)
    return reply(ReadyBody(checks=checks))


@router.get(
    "/metrics",
    summary="Numbers for Prometheus",
    response_class=Response,
    responses=plain_text(),
)
async def get_metrics(request: Request, service: WholeService) -> Response:
    own = request.app.state.metrics.render()
    return Response(own + await service.metrics(), media_type=CONTENT_TYPE_PLAIN_0_0_4)
