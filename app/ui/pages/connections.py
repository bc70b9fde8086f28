"""Connections: credentials of the places that tables are delivered to. Secrets are never shown."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from app.sinks.registry import kind_label
from app.ui.client import Answer, ApiClient, Problem
from app.ui.model.moments import ago
from app.ui.parts.faults import note, problem_notes
from app.ui.parts.field import Field
from app.ui.parts.forms import SchemaForm
from app.ui.parts.frame import PATIENCE, frame, with_error_page
from app.ui.parts.listing import Listing, read_list
from app.ui.parts.tags import box, button, card, heading, paragraph, tag
from app.ui.request_context import api

PLACE = "/v1/connections"


@ui.page("/connections", title="Connections – Tablesmith", response_timeout=PATIENCE)
@with_error_page
async def connections_page() -> None:
    client = api()
    sinks = (await client.ask("GET", "/v1/sinks"))["items"]
    stored = await read_list(client, PLACE)
    with frame("Connections", "/connections", "page--narrow"):
        heading(1, "Connections")
        paragraph(
            "Credentials of places that tables are delivered to. They are stored sealed and "
            "shown to nobody.",
            "lead",
        )
        listed = Listing("Stored connections", client, PLACE, stored, _connection)
        NewConnection([each for each in sinks if each["credentials"]], client, listed)


def _connection(listed: Listing, each: Answer) -> None:
    with box("grow"):
        tag("div", each["name"], "job__name")
        fixed = "".join(f", {key} {value}" for key, value in each["target"].items())
        paragraph(f"{kind_label(each['kind'])}{fixed}", "quiet small")
    tag("span", ago(each["updated_at"]), "quiet small")
    said = "Jobs that name it will not be delivered."
    question = f"Delete {each['name']}?"
    listed.remover(each["name"], f"Delete {each['name']}", question, said, "Delete")


class NewConnection:
    """A name, a kind, and the fields that this kind has."""

    def __init__(self, sinks: list[Answer], client: ApiClient, listed: Listing) -> None:
        self._api, self._listed = client, listed
        self._sinks = {each["kind"]: each for each in sinks}
        with card("Store a connection"):
            with box("fields fields--half"):
                hint = "Letters, digits and . _ - without blanks"
                self._name = Field("Name", "", placeholder="lake", hint=hint)
                kinds = {kind: kind_label(kind) for kind in self._sinks}
                first = next(iter(kinds), "")
                self._kind = Field("Kind", first, self._draw, kind="choice", options=kinds)
            self._forms = box("stack")
            self._said = box("notes", role="status")
            with box("row row--end"):
                button("Store it", self._store, kind="primary", symbol="key")
        self._draw(first)

    def _draw(self, kind: str) -> None:
        self._forms.clear()
        sink = self._sinks.get(kind)
        if sink is None:
            return
        with self._forms:
            heading(3, "Credentials")
            self._credentials = SchemaForm(sink["credentials"])
            heading(3, "Place")
            paragraph(
                "What stands here is fixed: no job can send these credentials elsewhere. "
                "What is left empty is for each job to say.",
                "quiet small",
            )
            self._target = SchemaForm(sink["target"], ("kind", "connection"))

    async def _store(self) -> None:
        body: dict[str, Any] = {
            "name": self._name.value.strip(),
            "kind": self._kind.value,
            "credentials": self._credentials.value(),
            "target": self._target.value(),
        }
        self._said.clear()
        try:
            await self._api.ask("POST", PLACE, json=body)
        except Problem as problem:
            with self._said:
                problem_notes(problem)
            return
        self._name.show("")
        self._draw(self._kind.value)
        with self._said:
            note(f"{body['name']} is stored.", "good")
        await self._listed.reload()
