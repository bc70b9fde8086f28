"""What the API has in one place, newest first: so many entries, and more at a click."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.ui.client import Answer, ApiClient, Problem
from app.ui.parts.frame import notify_error
from app.ui.parts.tags import box, button

PAGE = 50


async def first_page(client: ApiClient, place: str, **asked: Any) -> Answer:
    """The newest entries at an address of the API."""
    return await client.ask("GET", place, params={"limit": PAGE, **asked})


class PagedList:
    """One line each, drawn by `draw`; `empty` says what stands here where there is nothing."""

    def __init__(
        self,
        title: str,
        client: ApiClient,
        place: str,
        draw: Callable[[Answer], None],
        empty: Callable[[], None],
        **asked: Any,
    ) -> None:
        self._api, self._place, self._asked = client, place, asked
        self._draw_entry, self._draw_empty = draw, empty
        self._cursor: str | None = None
        self._box = box("jobs", role="list", aria_label=title)
        self._none = box("stack")
        self._more = button("Show more", self._show_more, kind="quiet")

    def show(self, page: Answer, *, more: bool = False) -> None:
        """The entries of a page, in the place of those before or behind them."""
        if not more:
            self._box.clear()
            self._none.clear()
            self._box.set_visibility(bool(page["items"]))
            if not page["items"]:
                with self._none:
                    self._draw_empty()
        with self._box:
            for each in page["items"]:
                self._draw_entry(each)
        self._cursor = page["next_cursor"]
        self._more.set_visibility(bool(self._cursor))

    async def reload(self) -> None:
        await self._load()

    async def _show_more(self) -> None:
        await self._load(cursor=self._cursor or "")

    async def _load(self, **cursor: str) -> None:
        try:
            page = await first_page(self._api, self._place, **self._asked, **cursor)
        except Problem as problem:
            notify_error(problem)
            return
        self.show(page, more=bool(cursor))
