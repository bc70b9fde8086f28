"""Lists by pages: `limit`, `cursor`, and a `Link` to the next page (RFC 8288)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request

MAX_LIMIT = 200

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Most items of the page.")]
Cursor = Annotated[
    str | None,
    Query(min_length=1, max_length=500, description="`next_cursor` of the page before."),
]


def next_link(request: Request, cursor: str | None) -> dict[str, str]:
    """The header that names the next page; nothing on the last one."""
    if cursor is None:
        return {}
    url = request.url.include_query_params(cursor=cursor)
    root = request.scope.get("root_path", "")
    path = url.path if url.path.startswith(root) else root + url.path
    return {"Link": f'<{path}?{url.query}>; rel="next"'}
