"""Pages that explain each kind of problem: where the `type` of a problem document leads."""

from __future__ import annotations

from html import escape

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from app.api.errors import CATALOGUE
from app.api.http_errors import ProblemNotFound
from app.api.pages import page

router = APIRouter(prefix="/problems", include_in_schema=False)


@router.get("")
async def list_problems() -> Response:
    rows = "".join(
        f'<li><a href="problems/{kind.slug}">{kind.status} {escape(kind.title)}</a></li>'
        for kind in sorted(CATALOGUE.values(), key=lambda kind: (kind.status, kind.slug))
    )
    return HTMLResponse(page("Problems", f"<ul>{rows}</ul>"))


@router.get("/{slug}")
async def explain_problem(slug: str) -> Response:
    kind = CATALOGUE.get(slug)
    if kind is None:
        raise ProblemNotFound("there is no such kind of problem; /problems lists all of them")
    text = f"<p>Status {kind.status}</p><p>{escape(kind.meaning)}</p>"
    return HTMLResponse(page(kind.title, text))
