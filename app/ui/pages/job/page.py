"""A job: what it does now, what it made, whether what was declared holds."""

from __future__ import annotations

import time

from nicegui import ui

from app.ui.client import Answer, Problem
from app.ui.model.progress import Pace
from app.ui.pages.job.actions import Actions
from app.ui.pages.job.messages import Messages
from app.ui.pages.job.origin import draw_origin
from app.ui.pages.job.progress import ProgressCard
from app.ui.pages.job.results import Results
from app.ui.parts.faults import note
from app.ui.parts.frame import PATIENCE, frame, notify_error, steps, with_error_page
from app.ui.parts.status import ENDED, StatusPill, unmet
from app.ui.parts.tags import box, heading
from app.ui.request_context import api

LOOK_AGAIN = 1.0  # seconds


@ui.page("/jobs/{job_id}", title="Table – Tablesmith", response_timeout=PATIENCE)
@with_error_page
async def job_page(job_id: str) -> None:
    client = api()
    job = await client.job(job_id)
    with frame(job["name"], "/jobs"):
        view = JobView(job)
        ui.timer(0, view.show_results, once=True)
    if job["status"] not in ENDED:
        view.follow()


class JobView:
    """Looks again while the job runs; results come once it has succeeded."""

    def __init__(self, job: Answer) -> None:
        self._api = api()
        self._job = job
        self._pace = Pace()
        self._timer: ui.timer | None = None
        with box("top"):
            with box("top__words"):
                self._name = heading(1, job["name"])
                if job["kind"] == "generate":
                    steps(2)
                draw_origin(job)
            with box("row"):
                with box(role="status"):
                    self._status = StatusPill(job["status"])
                self._actions = Actions(job, self._take)
        self._home = box("hidden")
        self._trouble = box("notes")
        self._progress = ProgressCard(job["kind"])
        self._messages = Messages(self._retry)
        self._results = Results(job)
        self._show()

    def follow(self) -> None:
        """Look again from now on; a look that is on its way already is the only one."""
        if self._timer is not None:
            self._timer.cancel()
        with self._home:
            self._timer = ui.timer(LOOK_AGAIN, self._look)

    async def show_results(self) -> None:
        if self._job["status"] == "succeeded":
            await self._results.show(self._job)

    async def _look(self) -> None:
        self._trouble.clear()
        try:
            self._take(await self._api.job(self._job["id"]))
        except Problem as problem:
            with self._trouble:
                note(f"{problem.title}; looking again.", "warn")
            return
        if self._job["status"] in ENDED and self._timer is not None:
            self._timer.cancel()
            await self.show_results()

    async def _retry(self, number: int) -> None:
        """Try a failed delivery again, and watch it."""
        try:
            place = f"/v1/jobs/{self._job['id']}/deliveries/{number}/retry"
            self._take(await self._api.ask("POST", place))
        except Problem as problem:
            notify_error(problem)
            return
        if self._job["status"] not in ENDED:
            self.follow()

    def _take(self, job: Answer) -> None:
        if job["name"] != self._job["name"]:
            ui.page_title(f"{job['name']} – Tablesmith")
        self._job = job
        self._show()

    def _show(self) -> None:
        job = self._job
        self._pace.note(job["progress"], time.monotonic())
        self._name.set_text(job["name"])
        self._status.show(job["status"], unmet(job))
        self._actions.show(job)
        self._progress.show(job, self._pace)
        self._messages.show(job)
