"""The definition by click and as text, one click from each other."""

from __future__ import annotations

from collections.abc import Callable

from app.ui.pages.design.text import TextPanel
from app.ui.pages.source.columns import ColumnLines
from app.ui.pages.source.state import SynthesisState
from app.ui.parts.choices import Segments
from app.ui.parts.faults import FaultNotes
from app.ui.parts.tags import box, card, heading


class Definition:
    """Columns and YAML; a switch between tables where there are several."""

    def __init__(self, state: SynthesisState, choose_table: Callable[[str], None]) -> None:
        self._state = state
        view = "yaml" if state.draft.unread else "columns"
        with card(), box("stack stack--tight"):
            with box("row row--apart"):
                heading(2, "Columns")
                with box("row"):
                    names = {each.name: each.name for each in state.look.tables}
                    if len(names) > 1:
                        Segments("Table", names, state.table.name, choose_table)
                    views = {"columns": "Columns", "yaml": "YAML"}
                    Segments("View", views, view, self._switch)
            self._notes = FaultNotes(role="status")
            with box("stack stack--tight") as self._columns:
                self._lines = ColumnLines(state)
            with box("stack stack--tight") as self._text:
                TextPanel(state.controller)
        self._show_view(view)
        state.controller.on_checked.append(self._show)

    def draw(self) -> None:
        """The columns of another table."""
        self._lines.draw()

    def _switch(self, view: str) -> None:
        self._state.controller.watch_text(on=view == "yaml")
        self._show_view(view)

    def _show_view(self, view: str) -> None:
        self._columns.set_visibility(view == "columns")
        self._text.set_visibility(view == "yaml")

    def _show(self) -> None:
        """Faults at their fields; those that no field takes stand above the columns."""
        self._notes.show(self._state.board.show(self._state.controller.findings.faults))
