"""The first rows of a table of a source, for who may read them, and only when asked for."""

from __future__ import annotations

from app.ui.client import Problem
from app.ui.pages.source.state import SynthesisState
from app.ui.parts.drawing import html, records
from app.ui.parts.faults import note, problem_notes
from app.ui.parts.tags import box, button, card, paragraph
from app.ui.request_context import api

SHOWN = 20


class FirstRows:
    """Every look at rows is written into the audit log: nothing is read before a click."""

    def __init__(self, state: SynthesisState) -> None:
        self._state, self._api = state, api()
        with card("First rows"):
            self._box = box("stack stack--tight")
        self._offer()

    def _offer(self) -> None:
        with self._box:
            if self._state.look.values:
                paragraph("Each look at them is written into the audit log.", "quiet small")
                with box("row"):
                    button("Show them", self._show, symbol="table")
            else:
                note("Rows and values of sources are for keys with the scope source.")

    async def _show(self) -> None:
        table = self._state.table.name
        asked = {"table": table, "limit": SHOWN}
        place = f"/v1/sources/{self._state.source}/rows"
        try:
            answer = await self._api.ask_large("GET", place, params=asked)
        except Problem as problem:
            self._box.clear()
            with self._box:
                problem_notes(problem)
            return
        title = f"First rows of {table}"
        self._box.clear()
        with self._box:
            html(
                records(answer["rows"], title), "scroll", tabindex=0, role="region",
                aria_label=title,
            )  # fmt: skip

    def again(self) -> None:
        """Of another table nothing is shown before it is asked for."""
        self._box.clear()
        self._offer()
