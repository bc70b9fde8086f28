"""One job of the list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from app.ui.api import Answer, Api, Problem
from app.ui.model.moments import ago
from app.ui.parts.choices import tick
from app.ui.parts.dialogs import ask, confirm
from app.ui.parts.frame import complain
from app.ui.parts.status import ENDED, StatusPill
from app.ui.parts.tags import box, button, link, tag
from app.ui.toolkit.elements import children
from app.ui.visit import root


class JobLine:
    """Name, state, rows and age of a job, and what can be done with it."""

    def __init__(
        self,
        job: Answer,
        door: Api,
        on_tick: Callable[[str, bool], None],
        on_gone: Callable[[], Awaitable[None]],
    ) -> None:
        self.id, self.name = str(job["id"]), str(job["name"])
        self._api, self._on_gone = door, on_gone
        with box("job", role="listitem") as self.element:
            with box():
                self._tick = tick(f"Compare {self.name}", lambda on: on_tick(self.id, on))
                children(self._tick)[1].classes("reader")
            self._link = link(self.name, f"{root()}/jobs/{self.id}", "job__name")
            with box():
                self._status = StatusPill(job["status"])
            self._rows = tag("span", "", "number job__rows")
            tag("span", ago(job["created_at"]), "quiet small job__age")
            self._tools()
        self.show(job)

    def show(self, job: Answer) -> None:
        """The job as it is now."""
        self.is_running = job["status"] not in ENDED
        self._status.show(job["status"])
        self._rows.set_text(_rows(job))
        self._tick.set_visibility(job["status"] == "succeeded")
        self._delete.set_visibility(not self.is_running)

    def _tools(self) -> None:
        with box("job__tools"):
            button("", self._rerun, kind="quiet", symbol="again", label=f"Run {self.name} again")
            button("Rename", self._rename, kind="quiet").classes("button--small")
            label = f"Delete {self.name}"
            self._delete = button("", self._remove, kind="quiet", symbol="trash", label=label)

    async def _rerun(self) -> None:
        if job := await self._do("POST", "/rerun"):
            ui.navigate.to(f"{root()}/jobs/{job['id']}")

    async def _rename(self) -> None:
        name = await ask("Rename", "Name", self.name)
        if name and await self._do("PATCH", "", json={"name": name}):
            self.name = name
            self._link.set_text(name)

    async def _remove(self) -> None:
        if await confirm(f"Delete {self.name}?", "Its files go, too.", "Delete"):
            await self._do("DELETE", "")
            await self._on_gone()

    async def _do(self, method: str, place: str, **options: object) -> Answer:
        try:
            return await self._api.ask(method, f"/v1/jobs/{self.id}{place}", **options)
        except Problem as problem:
            complain(problem)
            return {}


def _rows(job: Answer) -> str:
    """How many rows there are; while they are made, how far that is."""
    if job["result"]:
        return f"{sum(table['rows'] for table in job['result']['tables']):,} rows"
    progress = job["progress"]
    if job["status"] != "running" or not progress or not progress["total"]:
        return ""
    return f"{progress['done'] / progress['total']:.0%} made"
