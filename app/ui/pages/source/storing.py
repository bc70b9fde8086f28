"""A definition on its way to the API: stored, taken back, and learned with."""

from __future__ import annotations

import asyncio

from nicegui import ui

from app.ui.client import Problem
from app.ui.pages.source.state import SynthesisState
from app.ui.pages.sources import PLACE
from app.ui.parts.frame import notify_error
from app.ui.request_context import api, root

CHANGED_ELSEWHERE = 412


class Storing:
    """What the buttons of a source's pages do."""

    def __init__(self, state: SynthesisState) -> None:
        self._state, self._api, self._root = state, api(), root()
        self._place = f"{PLACE}/{state.source}/definition"

    async def store(self) -> bool:
        """Store the definition as it is, where it has no faults; whether it is stored."""
        draft = self._state.draft
        if not draft.is_changed:
            return True
        findings = await self._state.controller.settled()
        if self._state.faults or not findings.is_usable:
            faults = self._state.faults
            said = findings.trouble or f"{faults} fault{'s' if faults != 1 else ''} to mend first"
            ui.notify(said, type="negative")
            return False
        headers = {"If-Match": draft.tag}
        try:
            answer = await self._api.send("PUT", self._place, json=draft.document, headers=headers)
        except Problem as problem:
            self._refused(problem)
            return False
        draft.keep_as_stored(answer.headers["etag"])
        self._state.controller.tell_again()
        return True

    async def undo(self) -> None:
        """What is stored takes the place of what stands here."""
        try:
            stored = await self._api.send("GET", self._place)
        except Problem as problem:
            notify_error(problem)
            return
        document = await asyncio.to_thread(stored.json)
        self._state.draft.renew(document, stored.headers["etag"])

    async def train(self) -> None:
        """Learn the source with what is stored; the job's page follows."""
        if not await self.store():
            return
        try:
            job = await self._api.submit({"kind": "train", "source": self._state.source})
        except Problem as problem:
            notify_error(problem)
            return
        ui.navigate.to(f"{self._root}/jobs/{job['id']}")

    def _refused(self, problem: Problem) -> None:
        if problem.status == CHANGED_ELSEWHERE:
            said = "It was changed elsewhere. Discard your changes to see what is stored."
            ui.notify(said, type="negative")
        else:
            notify_error(problem)
