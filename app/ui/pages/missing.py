"""What a person sees where no page is, or where a page could not be built."""

from __future__ import annotations

from nicegui import Client, ui
from starlette.requests import Request
from starlette.responses import Response

from app.ui.parts.frame import frame
from app.ui.parts.tags import box, heading, link, paragraph
from app.ui.request_context import root


async def answer_missing(request: Request, exception: Exception) -> Response:
    """No page has this address."""
    return _page(request, 404, "No such page", "Nothing is at this address.")


async def answer_broken(request: Request, exception: Exception) -> Response:
    """Building the page failed; why stands in the log of the service, not on the page."""
    return _page(request, 500, "This page is broken", "It could not be built; try it again.")


def _page(request: Request, status: int, title: str, said: str) -> Response:
    with Client(ui.page(""), request=request) as client, frame(title, ""):
        heading(1, title)
        paragraph(said, "lead")
        with box("row"):
            link("To all tables", f"{root()}/jobs", "button button--primary")
            link("Start a new table", f"{root()}/", "button button--plain")
    return client.build_response(request, status)
