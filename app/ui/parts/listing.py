"""A short list of what the API has in one place: drawn, read again, and shortened."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.ui.client import Answer, ApiClient, Problem
from app.ui.parts.dialogs import confirm
from app.ui.parts.frame import notify_error
from app.ui.parts.tags import box, button, card, paragraph

MOST = {"limit": 100}


async def read_list(client: ApiClient, place: str) -> list[Answer]:
    """The first entries at an address of the API."""
    page = await client.ask("GET", place, params=MOST)
    return list(page["items"])


class Listing:
    """The entries at an address, one line each; `draw` puts one into its line."""

    def __init__(
        self,
        title: str,
        client: ApiClient,
        place: str,
        items: Sequence[Answer],
        draw: Callable[[Listing, Answer], None],
    ) -> None:
        self._api, self._place, self._draw_entry = client, place, draw
        with card(title):
            self._none = paragraph("None yet.", "quiet")
            self._box = box("jobs", role="list", aria_label=title)
        self._draw(items)

    async def reload(self) -> None:
        self._draw(await read_list(self._api, self._place))

    def remover(self, entry: str, label: str, question: str, said: str, yes: str) -> None:
        """A button that deletes an entry once the person agrees."""

        async def remove() -> None:
            if await confirm(question, said, yes):
                try:
                    await self._api.ask("DELETE", f"{self._place}/{entry}")
                except Problem as problem:
                    notify_error(problem)
                await self.reload()

        button("", remove, kind="quiet", symbol="trash", label=label)

    def _draw(self, items: Sequence[Answer]) -> None:
        self._box.clear()
        self._none.set_visibility(not items)
        self._box.set_visibility(bool(items))
        with self._box:
            for each in items:
                with box("entry", role="listitem"):
                    self._draw_entry(self, each)
