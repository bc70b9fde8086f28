"""The dialog that asks for the files and starts the job."""

from __future__ import annotations

from functools import partial

from nicegui import ui

from app.engine.formats import DEFAULT_FORMAT, FORMATS
from app.ui.client import Problem
from app.ui.pages.design.csv_choices import CsvChoices
from app.ui.pages.design.destination import Destination
from app.ui.pages.design.editor_state import EditorState
from app.ui.parts.choices import tick
from app.ui.parts.faults import problem_notes
from app.ui.parts.tags import box, button, heading, paragraph
from app.ui.request_context import root


class RunDialog:
    """Opened when the definition is whole; the job's page follows."""

    def __init__(self, state: EditorState) -> None:
        self._state = state
        self._controller = state.controller
        self._formats = {DEFAULT_FORMAT}
        self._verify = self._is_sent = False
        with ui.dialog().props('aria-label="Make the table"') as self._dialog:
            self._box = box("sheet-dialog")

    async def open(self) -> None:
        findings = await self._controller.settled()
        number = self._state.faults
        if number or not findings.is_usable:
            said = findings.trouble or f"{number} fault{'s' if number != 1 else ''} to mend first"
            ui.notify(said, type="negative")
            return
        await self._draw()
        self._dialog.open()

    async def _draw(self) -> None:
        draft = self._controller.draft
        rows = draft.get("n_samples") or "1000"
        has_target = draft.purpose.aim != "nothing"
        self._verify, self._is_sent = has_target, False
        self._box.clear()
        with self._box:
            heading(2, "Make the table")
            paragraph(
                f"{draft.get('name') or 'The table'}, {int(float(rows)):,} rows. Files:", "quiet"
            )
            with box("row row--wide"):
                for name, form in FORMATS.items():
                    tick(form.label, partial(self._pick, name), checked=name in self._formats)
            if has_target:
                tick("Train a model on it, to see what can be predicted", self._judge, checked=True)
            self._csv = CsvChoices()
            self._destination = Destination()
            self._said = box("notes", role="status")
            with box("row row--end"):
                button("Not yet", self._dialog.close, kind="quiet")
                button("Make it", self._submit, kind="primary", symbol="play")

        await self._destination.load()

    def _pick(self, name: str, on: bool) -> None:
        self._formats = self._formats | {name} if on else self._formats - {name}

    def _judge(self, on: bool) -> None:
        self._verify = on

    async def _submit(self) -> None:
        if self._is_sent:
            return
        request = {
            "schema": self._controller.draft.document,
            "formats": [name for name in FORMATS if name in self._formats] or [DEFAULT_FORMAT],
            "verify": self._verify,
            "sinks": self._destination.value(),
        }
        if csv := self._csv.value():
            request["options"] = {"csv": csv}
        try:
            job = await self._controller.api.submit(request)  # type: ignore[attr-defined]
        except Problem as problem:
            self._said.clear()
            with self._said:
                problem_notes(problem)
            return
        self._is_sent = True
        self._dialog.close()
        ui.navigate.to(f"{root()}/jobs/{job['id']}")
