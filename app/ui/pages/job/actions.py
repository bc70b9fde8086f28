"""What can be done with a job: cancel, run again, change, rename, delete."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import ui

from app.ui.client import Answer, Problem
from app.ui.pages.job.origin import place_to_change
from app.ui.parts.dialogs import ask, confirm
from app.ui.parts.frame import notify_error
from app.ui.parts.status import ENDED
from app.ui.parts.tags import box, button
from app.ui.request_context import api, root, session


class Actions:
    """The buttons of a job's page."""

    def __init__(self, job: Answer, taken: Callable[[Answer], None]) -> None:
        self._job, self._taken, self._api = job, taken, api()
        with box("row"):
            self._cancel = button("Cancel", self._stop, kind="danger", symbol="stop")
            self._again = button("Run again", self._rerun, symbol="again")
            button("Change it", self._change, symbol="table")
            button("Rename", self._rename, kind="quiet")
            self._delete = button("Delete", self._remove, kind="quiet", symbol="trash")

    def show(self, job: Answer) -> None:
        self._job = job
        ended = job["status"] in ENDED
        self._cancel.set_visibility(not ended)
        self._again.set_visibility(ended)
        self._delete.set_visibility(ended)

    async def _stop(self) -> None:
        await self._do("POST", "/cancel")

    async def _rerun(self) -> None:
        if job := await self._do("POST", "/rerun"):
            ui.navigate.to(f"{root()}/jobs/{job['id']}")

    def _change(self) -> None:
        """The definition becomes the draft of this browser; what learns or draws is asked for on
        the page that it came from."""
        if place := place_to_change(self._job):
            ui.navigate.to(f"{root()}{place}")
            return
        session().draft.put_aside(self._job["schema"])
        session().draft.touched()
        ui.navigate.to(f"{root()}/design")

    async def _rename(self) -> None:
        name = await ask("Rename", "Name", self._job["name"])
        if name and (job := await self._do("PATCH", "", json={"name": name})):
            self._taken({**self._job, "name": job["name"]})

    async def _remove(self) -> None:
        agreed = await confirm(f"Delete {self._job['name']}?", "Its files go, too.", "Delete")
        if agreed and await self._do("DELETE", "") is not None:
            ui.navigate.to(f"{root()}/jobs")

    async def _do(self, method: str, place: str, **options: object) -> Answer | None:
        """What the API answers; None where it refused, which is then said over the page."""
        try:
            return await self._api.ask(method, f"/v1/jobs/{self._job['id']}{place}", **options)
        except Problem as problem:
            notify_error(problem)
            return None
