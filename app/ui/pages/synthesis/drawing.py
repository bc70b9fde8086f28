"""The steps from what was learned to new rows, and the executions so far."""

from __future__ import annotations

from functools import partial
from typing import Any

from nicegui import ui

from app.engine.formats import DEFAULT_FORMAT, FORMATS
from app.ui.client import Answer, ApiClient, Problem
from app.ui.model.values import read_number
from app.ui.pages.design.destination import Destination
from app.ui.pages.history.line import JobLine
from app.ui.pages.synthesis.asking import AskedFields
from app.ui.pages.synthesizers import said_of
from app.ui.parts.choices import tick
from app.ui.parts.faults import FaultBoard, fault_notes, problem_notes
from app.ui.parts.field import Field
from app.ui.parts.frame import notify_error
from app.ui.parts.stepper import Stepper
from app.ui.parts.tags import box, button, card, link, paragraph
from app.ui.request_context import root

LOOK_AGAIN = 2.0  # seconds
MOST = 20
ROWS = 1  # the place of the step whose fields have faults


class DrawingSteps:
    """Data, rows, destination, run."""

    def __init__(self, client: ApiClient, synthesizer: Answer, executions: Answer) -> None:
        self._api, self._synthesizer, self._root = client, synthesizer, root()
        self._formats = {DEFAULT_FORMAT}
        self._is_sent = False
        self._board = FaultBoard()
        self._steps = Stepper(
            (
                ("Data", self._data),
                ("Rows", self._rows),
                ("Destination", self._where),
                ("Run", self._run),
            )
        )
        Executions(client, synthesizer["id"], executions)

    async def load(self) -> None:
        """What the service can deliver to, and tables that may give cells."""
        await self._destination.load()
        await self._asked.load()

    def _data(self) -> None:
        with card(self._synthesizer["name"]):
            paragraph(said_of(self._synthesizer))
            with box("row"):
                link("Other data", f"{self._root}/synthesis", "button button--plain")
                place = f"{self._root}/synthesizers/{self._synthesizer['id']}"
                link("What was learned", place, "button button--quiet")

    def _rows(self) -> None:
        with card("How many rows"), box("fields fields--half"):
            rows = f"{self._synthesizer['description']['rows']}"
            hint = "As many as the source has, or as is asked below, where nothing stands here."
            self._number = Field("Rows", rows, kind="number", hint=hint)
            self._board.register(self._number, lambda: ("n_samples",))
            hint = "The same seed gives the same rows."
            self._seed = Field("Seed", "", kind="number", placeholder="drawn", hint=hint)
            self._board.register(self._seed, lambda: ("seed",))
        self._asked = AskedFields(self._api, learned_columns(self._synthesizer), self._board)

    def _where(self) -> None:
        with card("Files"), box("row row--wide"):
            for name, form in FORMATS.items():
                tick(form.label, partial(self._pick, name), checked=name in self._formats)
        with card("Delivery"):
            self._destination = Destination()

    def _run(self) -> None:
        with card("Name and run"):
            self._name = Field("Name", self._synthesizer["name"])
            self._said = box("notes", role="status")
            with box("row row--end"):
                button("Draw the rows", self._submit, kind="primary", symbol="play")

    def _pick(self, name: str, on: bool) -> None:
        self._formats = self._formats | {name} if on else self._formats - {name}

    def _request(self) -> dict[str, Any]:
        asked = self._asked.asked
        own = {
            "name": self._name.value.strip() or None,
            "n_samples": None if asked.has_table else read_number(self._number.value),
            "seed": read_number(self._seed.value),
        }
        return {
            "kind": "synthesize",
            "synthesizer": self._synthesizer["id"],
            "formats": [name for name in FORMATS if name in self._formats] or [DEFAULT_FORMAT],
            "sinks": self._destination.value(),
            **asked.request(),
            **{key: value for key, value in own.items() if value is not None},
        }

    async def _submit(self) -> None:
        if self._is_sent:
            return
        self._said.clear()
        self._board.show(())
        try:
            job = await self._api.submit(self._request())
        except Problem as problem:
            self._say(problem)
            return
        self._is_sent = True
        ui.navigate.to(f"{self._root}/jobs/{job['id']}")

    def _say(self, problem: Problem) -> None:
        """Faults at the fields that they belong to, all others below."""
        rest = self._board.show(problem.faults)
        with self._said:
            if problem.faults:
                fault_notes(rest)
            else:
                problem_notes(problem)
        if len(rest) < len(problem.faults):
            self._steps.go(ROWS)


def learned_columns(synthesizer: Answer) -> list[str]:
    """The columns that conditions and shares may speak of: those that are not made."""
    said = synthesizer["description"]
    return [name for name in said["columns"] if name not in said["made"]]


async def executions_of(client: ApiClient, synthesizer: str) -> Answer:
    """The latest jobs that draw from a synthesizer."""
    return await client.jobs(kind="synthesize", origin=synthesizer, limit=MOST)


class Executions:
    """Rows that were drawn: followed while they are made, renamed, run again, deleted."""

    def __init__(self, client: ApiClient, synthesizer: str, first: Answer) -> None:
        self._api, self._synthesizer = client, synthesizer
        with card("Executions"):
            self._box = box("jobs", role="list", aria_label="Executions")
            self._none = paragraph("None yet.", "quiet")
        self._lines: list[JobLine] = []
        self._take(first)
        ui.timer(LOOK_AGAIN, self._look)

    def _take(self, page: Answer) -> None:
        self._box.clear()
        self._lines = []
        with self._box:
            for job in page["items"]:
                self._lines.append(JobLine(job, self._api, None, self._reload))
        self._box.set_visibility(bool(self._lines))
        self._none.set_visibility(not self._lines)

    async def _reload(self) -> None:
        try:
            self._take(await executions_of(self._api, self._synthesizer))
        except Problem as problem:
            notify_error(problem)

    async def _look(self) -> None:
        for line in [each for each in self._lines if each.is_running]:
            try:
                line.show(await self._api.job(line.id))
            except Problem:
                line.is_running = False
