"""API keys: made, listed, ended. A key's text is shown once."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from app.ui.api import Answer, Problem
from app.ui.model.values import read_number
from app.ui.pages.history.line import ago
from app.ui.parts.dialogs import confirm
from app.ui.parts.faults import fault_notes, note
from app.ui.parts.field import Field
from app.ui.parts.frame import PATIENCE, complain, frame, telling
from app.ui.parts.tags import box, button, card, heading, link, paragraph, pill, tag
from app.ui.visit import api, root

SCOPES = {
    "read": "read: look at tables",
    "write": "write: make tables, too",
    "admin": "admin: keys and connections, too",
}


@ui.page("/keys", title="API keys – Tablesmith", response_timeout=PATIENCE)
@telling
async def keys_page() -> None:
    found = await api().ask("GET", "/v1/keys", params={"limit": 100})
    with frame("API keys", "/keys", "page--narrow"):
        with box("top"):
            heading(1, "API keys")
            link("Key of this browser", f"{root()}/sign-in", "button button--plain", symbol="key")
        paragraph("Other programs reach the service with them.", "lead")
        listed = KeyList(found["items"])
        NewKey(listed)


class KeyList:
    """Keys that can be used first, ended ones after them."""

    def __init__(self, items: list[Answer]) -> None:
        self._api = api()
        with card("Keys"):
            self._box = box("jobs", role="list", aria_label="Keys")
        self._draw(items)

    async def reload(self) -> None:
        page = await self._api.ask("GET", "/v1/keys", params={"limit": 100})
        self._draw(page["items"])

    def _draw(self, items: list[Answer]) -> None:
        self._box.clear()
        with self._box:
            if not items:
                paragraph("None yet.", "quiet")
            for each in sorted(items, key=lambda key: key["revoked_at"] is not None):
                self._line(each)

    def _line(self, each: Answer) -> None:
        async def end() -> None:
            if await confirm(f"End {each['name']}?", "What uses it is shut out at once.", "End it"):
                try:
                    await self._api.ask("DELETE", f"/v1/keys/{each['id']}")
                except Problem as problem:
                    complain(problem)
                await self.reload()

        with box("entry", role="listitem"):
            with box("grow"):
                tag("div", each["name"], "job__name")
                until = f", until {each['expires_at'][:10]}" if each["expires_at"] else ""
                paragraph(f"made {ago(each['created_at'])}{until}", "quiet small")
            pill(each["scope"], "accent")
            if each["revoked_at"]:
                pill("ended", "warn")
            else:
                button("", end, kind="quiet", symbol="trash", label=f"End {each['name']}")


class NewKey:
    def __init__(self, listed: KeyList) -> None:
        self._api, self._listed = api(), listed
        with card("Make another"):
            with box("fields"):
                self._name = Field("Name", "", placeholder="nightly job")
                self._scope = Field("May", "write", kind="choice", options=SCOPES)
                self._days = Field("Days it lasts", "", kind="number", placeholder="for ever")
            self._said = box("notes", role="status")
            with box("row row--end"):
                button("Make it", self._make, kind="primary", symbol="key")

    async def _make(self) -> None:
        body: dict[str, Any] = {"name": self._name.value.strip(), "scope": self._scope.value}
        if self._days.value:
            body["expires_in_days"] = read_number(self._days.value)
        self._said.clear()
        try:
            made = await self._api.ask("POST", "/v1/keys", json=body)
        except Problem as problem:
            with self._said:
                fault_notes(problem.faults)
                if not problem.faults:
                    note(str(problem), "bad")
            return
        self._name.show("")
        with self._said:
            note("Copy it now, it is shown this once:", "good")
            Field(f"Key of {made['name']}", made["token"])
        await self._listed.reload()
