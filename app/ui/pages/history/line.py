"""One job of the list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from nicegui import ui

from app.ui.api import Answer, Problem
from app.ui.parts.choices import tick
from app.ui.parts.dialogs import ask, confirm
from app.ui.parts.frame import complain
from app.ui.parts.status import ENDED, status_pill
from app.ui.parts.tags import box, button, link, tag
from app.ui.visit import api, root


class JobLine:
    """Name, state, rows and age of a job, and what can be done with it."""

    def __init__(
        self,
        job: Answer,
        on_tick: Callable[[str, bool], None],
        on_gone: Callable[[], Awaitable[None]],
    ) -> None:
        self._job, self._api, self._on_gone = job, api(), on_gone
        self.name = str(job["name"])
        address = f"{root()}/jobs/{job['id']}"
        with box("job", role="listitem") as self.element:
            made = tick(f"Compare {self.name}", lambda on: on_tick(job["id"], on))
            made.default_slot.children[1].classes("reader")
            made.set_visibility(job["status"] == "succeeded")
            if job["status"] != "succeeded":
                tag("span")
            self._link = link(self.name, address, "job__name")
            with box():
                status_pill(job["status"])
            tag("span", _rows(job), "number job__less")
            tag("span", ago(job["created_at"]), "quiet small job__less")
            self._tools(job)

    def _tools(self, job: Answer) -> None:
        with box("job__tools"):
            button("", self._rerun, kind="quiet", symbol="again", label=f"Run {self.name} again")
            button("Rename", self._rename, kind="quiet").classes("button--small")
            if job["status"] in ENDED:
                button("", self._remove, kind="quiet", symbol="trash", label=f"Delete {self.name}")

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
            return await self._api.ask(method, f"/v1/jobs/{self._job['id']}{place}", **options)
        except Problem as problem:
            complain(problem)
            return {}


def _rows(job: Answer) -> str:
    result = job["result"]
    return f"{sum(table['rows'] for table in result['tables']):,} rows" if result else ""


def ago(moment: str) -> str:
    """`just now`, `5 minutes ago`, `3 hours ago`, else the day."""
    then = datetime.fromisoformat(moment)
    seconds = (datetime.now(UTC) - then).total_seconds()
    if seconds < 60:
        return "just now"
    for unit, length, most in (("minute", 60, 60), ("hour", 3600, 24)):
        number = int(seconds // length)
        if number < most:
            return f"{number} {unit}{'s' if number != 1 else ''} ago"
    return f"{then:%Y-%m-%d %H:%M}"
