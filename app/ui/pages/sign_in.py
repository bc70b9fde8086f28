"""Signing in: an API key for this browser, where the service wants one."""

from __future__ import annotations

from nicegui import ui

from app.ui.client import Problem
from app.ui.parts.faults import problem_notes
from app.ui.parts.field import Field
from app.ui.parts.frame import frame
from app.ui.parts.tags import box, button, card, heading, paragraph
from app.ui.request_context import api, root, session


@ui.page("/sign-in", title="API key – Tablesmith")
def sign_in_page() -> None:
    with frame("API key", "", "page--narrow"):
        heading(1, "Your API key")
        paragraph(
            "This service wants a key. It stays in the service's memory, for this browser.", "lead"
        )
        with card():
            KeyForm()


class KeyForm:
    def __init__(self) -> None:
        self._key = Field("API key", "", kind="secret")
        self._key.on("enter", self._try, [])
        self._said = box("notes", role="status")
        with box("row row--end"):
            if session().key:
                button("Forget it", self._forget, kind="quiet")
            button("Use it", self._try, kind="primary", symbol="key")

    async def _try(self) -> None:
        """Keep the key if the API takes it."""
        key = self._key.value.strip()
        self._said.clear()
        try:
            await api(key).jobs(limit=1)
        except Problem as problem:
            with self._said:
                problem_notes(problem)
            return
        self._change_over(key or None)

    def _forget(self) -> None:
        self._change_over(None)

    def _change_over(self, key: str | None) -> None:
        """Another session, whose id nobody can know from before, takes the place of this one."""
        ui.navigate.to(f"{root()}/sign-in/{session().admit(key)}")
