"""The schema page: grid or YAML, the chosen column, and what the definition makes."""

from __future__ import annotations

from nicegui import context, ui

from app.ui.editor_controller import EditorController
from app.ui.pages.design.column_grid import ColumnGrid
from app.ui.pages.design.diagram import TablesDiagram
from app.ui.pages.design.editor_state import EditorState
from app.ui.pages.design.live import Live
from app.ui.pages.design.panel import Panel
from app.ui.pages.design.run import RunDialog
from app.ui.pages.design.tables_bar import TableFields, TablesBar, keep_table
from app.ui.pages.design.text import TextPanel
from app.ui.pages.design.together import Together
from app.ui.parts.choices import Segments
from app.ui.parts.draft_persistence import DraftPersistence
from app.ui.parts.faults import FaultNotes
from app.ui.parts.frame import frame, steps
from app.ui.parts.tags import box, button, card, heading, pill
from app.ui.parts.trouble import Trouble
from app.ui.request_context import api, session


@ui.page("/design", title="Columns – Tablesmith")
def design_page() -> None:
    controller = EditorController(api(), session().draft)
    state = EditorState(controller)
    wanted = state.begin()
    context.client.on_connect(controller.watch)
    context.client.on_disconnect(controller.close)
    context.client.on_delete(controller.end)
    DraftPersistence(controller)
    with frame("Columns", "/"):
        Top(state)
        Trouble(controller)
        with box("studio"):
            with box("studio__main"):
                Definition(state, wanted)
                TablesDiagram(state)
                Together(state)
                with box("studio__live stack"):
                    Live(state)
            with box("studio__side", "aside", aria_label="Chosen column"):
                Panel(state)


class Top:
    """Name, state of the definition, and the button that makes the table."""

    def __init__(self, state: EditorState) -> None:
        self._state = state
        self._controller = controller = state.controller
        run = RunDialog(state)
        with box("top"):
            with box("top__words"):
                self._name = heading(1, controller.draft.get("name") or "Columns")
                with box("row"):
                    steps(1)
            with box("row"):
                with box(role="status"):
                    self._pill = pill("")
                button("Make the table", run.open, kind="primary", symbol="play")
        controller.on_checked.append(self._show)
        controller.on_text.append(self._show)

    def _show(self) -> None:
        self._name.set_text(self._controller.draft.get("name") or "Columns")
        trouble, faults = self._controller.findings.trouble, self._state.faults
        self._pill.set_text("Not checked" if trouble else _counted(faults))
        if not (trouble or faults):
            self._pill.classes(add="pill--good", remove="pill--bad")
        else:
            self._pill.classes(add="pill--bad", remove="pill--good")


def _counted(faults: int) -> str:
    return f"{faults or 'No'} fault{'s' if faults != 1 else ''}"


class Definition:
    """Grid and YAML, one click from each other; a switch between tables where there are several."""

    def __init__(self, state: EditorState, wanted: str) -> None:
        self._state = state
        view = "yaml" if state.controller.draft.unread else "grid"
        keep_table(state)
        state.controller.on_replaced.append(lambda: keep_table(state))
        with card(classes="definition"), box("stack stack--tight"):
            with box("row row--apart"):
                heading(2, "Columns")
                with box("row"):
                    TablesBar(state, self._show_table)
                    Segments("View", {"grid": "Grid", "yaml": "YAML"}, view, self._switch)
            self._notes = FaultNotes(role="status")
            with box("stack stack--tight") as self._grid:
                self._fields = TableFields(state)
                self._column_grid = ColumnGrid(state, wanted)
            with box("stack stack--tight") as self._text:
                TextPanel(state.controller)
        self._show_view(view)
        state.controller.on_checked.append(self._show)

    def _switch(self, view: str) -> None:
        self._state.controller.watch_text(on=view == "yaml")
        self._show_view(view)

    def _show_view(self, view: str) -> None:
        self._grid.set_visibility(view == "grid")
        self._text.set_visibility(view == "yaml")

    def _show_table(self) -> None:
        """Another table is at hand."""
        self._fields.draw()
        self._column_grid.draw()
        self._state.show_again()
        self._state.controller.tell_again()

    def _show(self) -> None:
        """Faults at their fields; those that no field takes stand above the grid."""
        self._notes.show(self._state.board.show(self._state.controller.findings.faults))
