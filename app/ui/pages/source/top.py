"""The head of a source's page: its figures, the state of its definition, what can be done."""

from __future__ import annotations

from nicegui import ui

from app.ui.client import Problem
from app.ui.pages.source.state import SynthesisState
from app.ui.pages.source.storing import Storing
from app.ui.pages.sources import PLACE, delete_source
from app.ui.parts.frame import notify_error
from app.ui.parts.status import ChangingPill
from app.ui.parts.tags import box, button, heading, paragraph
from app.ui.request_context import api, root


class Top:
    """Name and figures; the definition is saved here, and learning begins here."""

    def __init__(self, state: SynthesisState, said: str, *, is_read_again: bool) -> None:
        self._state, self._api = state, api()
        storing = Storing(state)
        with box("top"):
            with box("top__words"):
                heading(1, state.name)
                paragraph(f"{said}: {_figures(state)}.", "quiet")
            with box("row"):
                with box(role="status"):
                    self._pill = ChangingPill()
                self._discard = button("Discard changes", storing.undo, kind="quiet")
                self._save = button("Save", storing.store, symbol="check")
                button("Train", storing.train, kind="primary", symbol="play")
                if is_read_again:
                    button("Read again", self._refresh, kind="quiet", symbol="again")
                button("Delete", self._remove, kind="quiet", symbol="trash")
        controller = state.controller
        for listeners in (controller.on_checked, controller.on_text, controller.on_replaced):
            listeners.append(self._show)
        self._show()

    def _show(self) -> None:
        changed, faults = self._state.draft.is_changed, self._state.faults
        self._save.set_visibility(changed)
        self._discard.set_visibility(changed)
        if self._state.controller.findings.trouble:
            self._pill.say("Not checked", "pill--bad")
        else:
            said = f"{faults or 'No'} fault{'s' if faults != 1 else ''}"
            self._pill.say(said, "pill--bad" if faults else "pill--good")

    async def _refresh(self) -> None:
        """Read the source again from its connection; this page comes back when that is done."""
        try:
            await self._api.ask("POST", f"{PLACE}/{self._state.source}/refresh")
        except Problem as problem:
            notify_error(problem)
            return
        ui.navigate.to(f"{root()}/sources/{self._state.source}")

    async def _remove(self) -> None:
        if await delete_source(self._api, self._state.source, self._state.name):
            ui.navigate.to(f"{root()}/sources")


def _figures(state: SynthesisState) -> str:
    """`800 rows, 21 columns, 1 sensitive`; of several tables all of them together."""
    tables = state.look.tables
    rows, columns = sum(each.rows for each in tables), sum(len(each.columns) for each in tables)
    found = [f"{rows:,} rows", f"{columns:,} columns"]
    if len(tables) > 1:
        found.insert(0, f"{len(tables)} tables")
    if state.look.sensitive:
        found.append(f"{state.look.sensitive} sensitive")
    return ", ".join(found)
