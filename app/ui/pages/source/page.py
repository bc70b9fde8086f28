"""A source: what was found in it, and what is to be learned from it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from nicegui import context, ui

from app.ui.client import Answer, ApiClient, Document, Fault, Problem
from app.ui.editor_controller import EditorController, Findings
from app.ui.model.assessments import refused_definition, within_definition
from app.ui.model.progress import size
from app.ui.model.source_looks import source_look
from app.ui.model.synthesis import drafts_with
from app.ui.pages.source.account import PrivacyAccount
from app.ui.pages.source.assessment import Assessment
from app.ui.pages.source.definition import Definition
from app.ui.pages.source.evaluated import Evaluated
from app.ui.pages.source.found import FoundBetween
from app.ui.pages.source.keys import KeySettings
from app.ui.pages.source.learned import LearnedFrom
from app.ui.pages.source.rows import FirstRows
from app.ui.pages.source.settings import LearningSettings
from app.ui.pages.source.state import SynthesisState
from app.ui.pages.source.top import Top
from app.ui.pages.sources import PLACE, delete_source
from app.ui.parts.faults import note
from app.ui.parts.frame import PATIENCE, frame, with_error_page
from app.ui.parts.paged import first_page
from app.ui.parts.status import SourcePill
from app.ui.parts.tags import box, button, heading, link, paragraph
from app.ui.parts.trouble import Trouble
from app.ui.request_context import api, root, session

LOOK_AGAIN = 1.0  # seconds


@ui.page("/sources/{source_id}", title="Source – Tablesmith", response_timeout=PATIENCE)
@with_error_page
async def source_page(source_id: str) -> None:
    client = api()
    place = f"{PLACE}/{quote(source_id, safe='')}"
    source = await client.ask_large("GET", place)
    if source["status"] != "ready":
        with frame(source["name"], "/sources", "page--narrow"):
            Waiting(client, source)
        return
    account = await client.ask("GET", f"{place}/account")
    if source["profile"] is None:
        with frame(source["name"], "/sources", "page--narrow"):
            heading(1, source["name"])
            PrivacyAccount(account)
        return
    state = await synthesis_state(client, source)
    models = await first_page(client, "/v1/synthesizers")
    follow(state)
    with frame(source["name"], "/sources"):
        own = [each for each in models["items"] if each["source"] == source["id"]]
        draw(state, source, own, account)


async def synthesis_state(client: ApiClient, source: Answer) -> SynthesisState:
    """A source that was read with its definition, as this browser has it under work."""
    look = await asyncio.to_thread(source_look, source)
    stored = await client.send("GET", f"{PLACE}/{source['id']}/definition")
    document = await asyncio.to_thread(stored.json)
    draft = drafts_with(session().syntheses, source["id"], document, stored.headers["etag"])
    controller = EditorController(client, draft, look=looking(client, source["id"]))
    state = SynthesisState(source["id"], source["name"], look, controller)
    state.table_name = look.tables[0].name
    return state


def looking(client: ApiClient, source: str) -> Callable[[Document], Awaitable[Findings]]:
    """What the API says of a definition: its faults, or what learning with it takes."""

    async def look(document: Document) -> Findings:
        body = {"definition": document}
        try:
            answer = await client.ask("POST", f"{PLACE}/{source}/estimate", json=body)
        except Problem as problem:
            raise refused_definition(problem) from None
        warnings = within_definition(Fault(**each) for each in answer["warnings"])
        return Findings((), warnings, assessment=answer)

    return look


def follow(state: SynthesisState) -> None:
    """Check the definition for as long as somebody looks at it."""
    context.client.on_connect(state.controller.watch)
    context.client.on_disconnect(state.controller.close)
    context.client.on_delete(state.controller.end)


def draw(state: SynthesisState, source: Answer, models: list[Answer], account: Answer) -> None:
    origin = source["origin"]
    place = f"from {origin['connection']}" if origin else source["file"]
    Top(state, f"{place}, {size(source['bytes'])}", is_read_again=origin is not None)
    Trouble(state.controller)

    def choose_table(name: str) -> None:
        state.table_name = name
        for redraw in redrawn:
            redraw()

    with box("learn"):
        with box("stack"):
            definition = Definition(state, choose_table)
            found = FoundBetween(state)
            rows = FirstRows(state)
        with box("stack"):
            keys = KeySettings(state)
            settings = LearningSettings(state)
            Assessment(state)
            PrivacyAccount(account)
            LearnedFrom(models)
            Evaluated(source)
    redrawn = (definition.draw, keys.draw, settings.draw, found.draw, rows.again)


class Waiting:
    """A source that is still read, or could not be."""

    def __init__(self, client: ApiClient, source: Answer) -> None:
        self._api, self._source = client, source
        with box("top"):
            heading(1, source["name"])
            SourcePill(source["status"])
        with box("notes", role="status"):
            if source["status"] == "failed":
                note(f"{source['error']}.", "bad")
            else:
                note("It is being read: encoding, kinds, keys, what is sensitive.")
        with box("row"):
            link("All sources", f"{root()}/sources", "button button--plain")
            button("Delete", self._remove, kind="quiet", symbol="trash")
        if source["status"] == "reading":
            paragraph("This page goes on by itself.", "quiet small")
            ui.timer(LOOK_AGAIN, self._look)

    async def _look(self) -> None:
        """Come back to this address once there is something else to be seen."""
        try:
            source = await self._api.ask_large("GET", f"{PLACE}/{self._source['id']}")
        except Problem:
            return
        if source["status"] != "reading":
            ui.navigate.to(f"{root()}/sources/{self._source['id']}")

    async def _remove(self) -> None:
        if await delete_source(self._api, self._source["id"], self._source["name"]):
            ui.navigate.to(f"{root()}/sources")
