"""API keys: made, listed, ended. A key's text is shown once."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from app.ui.client import Answer, ApiClient, Problem
from app.ui.model.moments import ago
from app.ui.model.values import read_number
from app.ui.parts.faults import note, problem_notes
from app.ui.parts.field import Field
from app.ui.parts.frame import PATIENCE, frame, with_error_page
from app.ui.parts.listing import Listing, read_list
from app.ui.parts.tags import box, button, card, heading, link, paragraph, pill, tag
from app.ui.request_context import api, root, session

PLACE = "/v1/keys"
OFF = (
    "Keys are off: whoever reaches this service may do everything, with a key or without one. "
    "Started with TABLESMITH_API_KEYS=on it asks for the keys that are made here."
)
SCOPES = {
    "read": "look at tables",
    "write": "make tables, too",
    "source": "see rows of sources, too",
    "admin": "do everything",
}


@ui.page("/keys", title="API keys – Tablesmith", response_timeout=PATIENCE)
@with_error_page
async def keys_page() -> None:
    client = api()
    made = await read_list(client, PLACE)
    with frame("API keys", "/keys", "page--narrow"):
        with box("top"):
            heading(1, "API keys")
            link("Key of this browser", f"{root()}/sign-in", "button button--plain", symbol="key")
        paragraph("Other programs reach the service with them.", "lead")
        if session().key is None:
            note(OFF, "warn")
        listed = Listing("Keys", client, PLACE, made, _key)
        NewKey(client, listed)


def _key(listed: Listing, each: Answer) -> None:
    with box("grow"):
        tag("div", each["name"], "job__name")
        until = f", until {each['expires_at'][:10]}" if each["expires_at"] else ""
        paragraph(f"made {ago(each['created_at'])}{until}", "quiet small")
    pill(each["scope"], "accent")
    if each["revoked_at"]:
        pill("ended", "warn")
    else:
        said = "What uses it is shut out at once."
        listed.remover(each["id"], f"End {each['name']}", f"End {each['name']}?", said, "End it")


class NewKey:
    """A name, what the key may do, and how long."""

    def __init__(self, client: ApiClient, listed: Listing) -> None:
        self._api, self._listed = client, listed
        with card("Make a key"):
            with box("fields"):
                self._name = Field("Name", "", placeholder="nightly job")
                self._scope = Field("It may", "write", kind="choice", options=SCOPES)
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
            made = await self._api.ask("POST", PLACE, json=body)
        except Problem as problem:
            with self._said:
                problem_notes(problem)
            return
        self._name.show("")
        with self._said:
            note("Copy it now, it is shown this once:", "good")
            Field(f"Key of {made['name']}", made["token"])
        await self._listed.reload()
