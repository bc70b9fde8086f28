"""Sources: real tables that were uploaded, and where more of them are dropped."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from app.engine.sources.opening import TABLE_SUFFIXES
from app.ui.client import Answer, ApiClient, Problem
from app.ui.model.moments import ago
from app.ui.model.progress import size
from app.ui.model.source_looks import derived_text
from app.ui.pages.from_connection import FromConnection, readable_connections
from app.ui.parts.dialogs import confirm
from app.ui.parts.frame import PATIENCE, frame, notify_error, with_error_page
from app.ui.parts.paged import PagedList, first_page
from app.ui.parts.status import SourcePill
from app.ui.parts.tags import box, button, card, heading, link, paragraph
from app.ui.parts.upload import Upload
from app.ui.request_context import api, root
from app.ui.uploads import SOURCES

PLACE = "/v1/sources"
LOOK_AGAIN = 1.0  # seconds
GONE = "Its file, its profile and its definitions go at once. What was learned from it stays."
ENDINGS = (*sorted(TABLE_SUFFIXES), ".gz", ".zip")


@ui.page("/sources", title="Sources – Tablesmith", response_timeout=PATIENCE)
@with_error_page
async def sources_page() -> None:
    client = api()
    first = await first_page(client, PLACE)
    connections = await readable_connections(client)
    with frame("Sources", "/sources", "page--narrow"):
        heading(1, "Sources")
        paragraph(
            "Real tables, from which new rows can be learned. They are personal data: kept for you "
            "alone, and gone at once when you delete them.",
            "lead",
        )
        Sources(client, first, connections)


class Sources:
    """The list; while something is read it is looked at again."""

    def __init__(self, client: ApiClient, first: Answer, connections: list[str]) -> None:
        self._api = client
        self._lines: dict[str, SourceLine] = {}
        with card("Upload"):
            Upload(
                "Drop tables here",
                "Choose files",
                "CSV, TSV, JSON Lines, Parquet, Arrow, XLSX, ODS, packed or not; several tables "
                "that belong together as a ZIP.",
                ",".join(ENDINGS),
                SOURCES,
                self._stored,
            )
        FromConnection(client, connections, self._stored)
        with card("Stored"):
            self._list = PagedList("Sources", client, PLACE, self._draw, self._empty)
        self._list.show(first)
        ui.timer(LOOK_AGAIN, self._look)

    def _draw(self, source: Answer) -> None:
        self._lines[source["id"]] = SourceLine(source, self._api, self._list.reload)

    def _empty(self) -> None:
        paragraph("None yet.", "quiet")

    async def _stored(self, _: str) -> None:
        await self._list.reload()

    async def _look(self) -> None:
        if not any(line.is_reading for line in self._lines.values()):
            return
        try:
            page = await first_page(self._api, PLACE)
        except Problem:
            return
        for source in page["items"]:
            if line := self._lines.get(source["id"]):
                line.show(source)


class SourceLine:
    """Name, state, size and age of a source."""

    def __init__(
        self, source: Answer, client: ApiClient, on_gone: Callable[[], Awaitable[None]]
    ) -> None:
        self._id, self._name = str(source["id"]), str(source["name"])
        self._api, self._on_gone = client, on_gone
        with box("entry", role="listitem"):
            with box("grow"):
                link(self._name, f"{root()}/sources/{self._id}", "job__name")
                paragraph(f"{size(source['bytes'])}, {ago(source['created_at'])}", "quiet small")
            self._status = SourcePill(source["status"])
            label = f"Delete {self._name}"
            button("", self._remove, kind="quiet", symbol="trash", label=label)
        self.show(source)

    def show(self, source: Answer) -> None:
        """The source as it is now."""
        self.is_reading = source["status"] == "reading"
        self._status.show(source["status"])

    async def _remove(self) -> None:
        if await delete_source(self._api, self._id, self._name):
            await self._on_gone()


async def delete_source(client: ApiClient, source_id: str, name: str) -> bool:
    """Delete a source once the person agrees; whether it is gone."""
    if not await confirm(f"Delete {name}?", GONE, "Delete"):
        return False
    try:
        answer = await client.ask("DELETE", f"{PLACE}/{source_id}")
    except Problem as problem:
        notify_error(problem)
        return False
    if said := derived_text(answer["derived"]):
        ui.notify(said)
    return True
