"""What was done by whom, for administrators of a tenant."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.api.dependencies import CurrentTenant, reply_page
from app.api.description.documentation import problems
from app.api.http.paging import Cursor, Limit
from app.api.models.account_models import EntryPageBody, entry_body

router = APIRouter(prefix="/v1/audit", tags=["audit"])


@router.get(
    "",
    summary="Calls that changed something, newest first",
    responses={200: {"model": EntryPageBody}, **problems(422)},
)
async def list_audit(
    request: Request, tenant: CurrentTenant, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    page = await tenant.audit.list(limit=limit, cursor=cursor)
    return await reply_page(request, map(entry_body, page.items), page.next_cursor)
