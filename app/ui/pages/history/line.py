"""One job of the list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from app.engine.conformance import unmet_facts
from app.ui.client import Answer, ApiClient, Problem
from app.ui.model.moments import ago
from app.ui.parts.choices import quiet_tick
from app.ui.parts.dialogs import ask, confirm
from app.ui.parts.frame import notify_error
from app.ui.parts.status import ENDED, StatusPill, unmet
from app.ui.parts.tags import box, button, link, tag
from app.ui.request_context import root

# What jobs make that are not about rows.
MADE = {"train": "a synthesizer", "evaluate": "a report"}


class JobLine:
    """Name, state, rows and age of a job, and what can be done with it."""

    def __init__(
        self,
        job: Answer,
        client: ApiClient,
        on_tick: Callable[[str, bool], None] | None,
        on_gone: Callable[[], Awaitable[None]],
    ) -> None:
        self.id, self.name = str(job["id"]), str(job["name"])
        self._api, self._on_gone = client, on_gone
        with box("job", role="listitem") as self.element:
            with box(), box() as self._ticked:
                if on_tick is not None:
                    self._draw_tick(on_tick)
            with box("job__what"):
                self._link = link(self.name, f"{root()}/jobs/{self.id}", "job__name")
                self._unmet = tag("div", "", "job__unmet small")
            with box():
                self._status = StatusPill(job["status"])
            self._rows = tag("span", "", "number job__rows")
            tag("span", ago(job["created_at"]), "quiet small job__age")
            self._tools()
        self.show(job)

    def _draw_tick(self, on_tick: Callable[[str, bool], None]) -> None:
        quiet_tick(f"Compare {self.name}", lambda on: on_tick(self.id, on))

    def show(self, job: Answer) -> None:
        """The job as it is now."""
        self.is_running = job["status"] not in ENDED
        self._status.show(job["status"], unmet(job))
        self._unmet.set_text(_unmet_text(job))
        self._rows.set_text(_rows(job))
        self.has_figures = job["kind"] in MADE
        can_be_compared = job["result"] and (job["result"]["tables"] or self.has_figures)
        self._ticked.set_visibility(bool(can_be_compared))
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
            notify_error(problem)
            return {}


def _unmet_text(job: Answer) -> str:
    """The first declared fact that the result does not hold, and how many more there are."""
    names = unmet_facts(job["result"]["facts"]) if unmet(job) else []
    if not names:
        return ""
    more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
    return f"Unmet: {names[0]}{more}"


def _rows(job: Answer) -> str:
    """How many rows there are, or that it is a model; while they are made, how far that is."""
    if job["result"] and job["kind"] in MADE:
        return MADE[job["kind"]]
    if job["result"]:
        return f"{sum(table['rows'] for table in job['result']['tables']):,} rows"
    progress = job["progress"]
    if job["status"] != "running" or not progress or not progress["total"]:
        return ""
    return f"{progress['done'] / progress['total']:.0%} made"
