"""New synthesis, step by step: from a source to what is learned, from that to new rows."""

from __future__ import annotations

from urllib.parse import quote

from nicegui import ui

from app.ui.client import ApiClient
from app.ui.pages.source.page import follow, synthesis_state
from app.ui.pages.sources import PLACE as SOURCES
from app.ui.pages.synthesis.data import choose_data
from app.ui.pages.synthesis.drawing import DrawingSteps, executions_of
from app.ui.pages.synthesis.learning import LearningSteps
from app.ui.pages.synthesizers import PLACE as SYNTHESIZERS
from app.ui.parts.frame import PATIENCE, frame, with_error_page
from app.ui.parts.paged import first_page
from app.ui.parts.tags import heading, paragraph
from app.ui.parts.trouble import Trouble
from app.ui.request_context import api, root

HERE = "/synthesizers"
TITLE = "New synthesis"


@ui.page("/synthesis", title=f"{TITLE} – Tablesmith", response_timeout=PATIENCE)
@with_error_page
async def synthesis_page(source: str = "", synthesizer: str = "") -> None:
    client = api()
    if source:
        await _learn(client, source)
    elif synthesizer:
        await _draw(client, synthesizer)
    else:
        await _choose(client)


async def _choose(client: ApiClient) -> None:
    sources = (await first_page(client, SOURCES))["items"]
    models = (await first_page(client, SYNTHESIZERS))["items"]
    with frame(TITLE, HERE, "page--narrow"):
        heading(1, TITLE)
        paragraph("What shall the new rows be like?", "lead")
        choose_data(sources, models)


async def _learn(client: ApiClient, source_id: str) -> None:
    source = await client.ask_large("GET", f"{SOURCES}/{quote(source_id, safe='')}")
    if source["status"] != "ready" or source["profile"] is None:
        ui.navigate.to(f"{root()}/sources/{source['id']}")
        return
    state = await synthesis_state(client, source)
    follow(state)
    with frame(TITLE, HERE):
        heading(1, TITLE)
        paragraph(f"Learn {source['name']}.", "lead")
        Trouble(state.controller)
        LearningSteps(state)


async def _draw(client: ApiClient, synthesizer_id: str) -> None:
    place = f"{SYNTHESIZERS}/{quote(synthesizer_id, safe='')}"
    synthesizer = await client.ask_large("GET", place)
    executions = await executions_of(client, synthesizer["id"])
    with frame(TITLE, HERE, "page--narrow"):
        heading(1, TITLE)
        paragraph(f"New rows from {synthesizer['name']}.", "lead")
        await DrawingSteps(client, synthesizer, executions).load()
