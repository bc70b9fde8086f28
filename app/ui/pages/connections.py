"""Connections: credentials of the places that tables are delivered to. Secrets are never shown."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from app.ui.api import Answer, Problem
from app.ui.pages.history.line import ago
from app.ui.parts.dialogs import confirm
from app.ui.parts.faults import fault_notes, note
from app.ui.parts.field import Field
from app.ui.parts.forms import SchemaForm
from app.ui.parts.frame import PATIENCE, complain, frame, telling
from app.ui.parts.tags import box, button, card, heading, paragraph, tag
from app.ui.visit import api


@ui.page("/connections", title="Connections – Tablesmith", response_timeout=PATIENCE)
@telling
async def connections_page() -> None:
    door = api()
    sinks = (await door.ask("GET", "/v1/sinks"))["items"]
    found = await door.ask("GET", "/v1/connections", params={"limit": 100})
    with frame("Connections", "/connections", "page--narrow"):
        heading(1, "Connections")
        paragraph(
            "Credentials of places that tables are delivered to. They are stored sealed and "
            "shown to nobody.",
            "lead",
        )
        listed = ConnectionList(found["items"])
        NewConnection([each for each in sinks if each["credentials"]], listed)


class ConnectionList:
    """What is there, by name."""

    def __init__(self, items: list[Answer]) -> None:
        self._api = api()
        with card("Stored"):
            self._box = box("jobs", role="list", aria_label="Connections")
        self._draw(items)

    async def reload(self) -> None:
        page = await self._api.ask("GET", "/v1/connections", params={"limit": 100})
        self._draw(page["items"])

    def _draw(self, items: list[Answer]) -> None:
        self._box.clear()
        with self._box:
            if not items:
                paragraph("None yet.", "quiet")
            for each in items:
                self._line(each)

    def _line(self, each: Answer) -> None:
        async def remove() -> None:
            said = "Jobs that name it will not be delivered."
            if await confirm(f"Delete {each['name']}?", said, "Delete"):
                try:
                    await self._api.ask("DELETE", f"/v1/connections/{each['name']}")
                except Problem as problem:
                    complain(problem)
                await self.reload()

        with box("entry", role="listitem"):
            with box("grow"):
                tag("div", each["name"], "job__name")
                fixed = ", ".join(f"{key} {value}" for key, value in each["target"].items())
                paragraph(f"{each['kind']}{', ' if fixed else ''}{fixed}", "quiet small")
            tag("span", ago(each["updated_at"]), "quiet small")
            button("", remove, kind="quiet", symbol="trash", label=f"Delete {each['name']}")


class NewConnection:
    """A name, a kind, and the fields that this kind has."""

    def __init__(self, sinks: list[Answer], listed: ConnectionList) -> None:
        self._api, self._listed = api(), listed
        self._sinks = {each["kind"]: each for each in sinks}
        with card("Store another"):
            with box("fields fields--half"):
                self._name = Field("Name", "", placeholder="lake")
                kinds = {kind: kind.replace("_", " ") for kind in self._sinks}
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
            with tag("details"):
                tag("summary", "Places that jobs cannot change")
                self._target = SchemaForm(
                    {**sink["target"], "required": []}, ("kind", "connection")
                )

    async def _store(self) -> None:
        body: dict[str, Any] = {
            "name": self._name.value.strip(),
            "kind": self._kind.value,
            "credentials": self._credentials.value(),
            "target": self._target.value(),
        }
        self._said.clear()
        try:
            await self._api.ask("POST", "/v1/connections", json=body)
        except Problem as problem:
            with self._said:
                fault_notes(problem.faults)
                if not problem.faults:
                    note(str(problem), "bad")
            return
        self._name.show("")
        self._draw(self._kind.value)
        with self._said:
            note(f"{body['name']} is stored.", "good")
        await self._listed.reload()
