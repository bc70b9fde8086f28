"""The schema page: grid or YAML, the chosen column, and what the definition makes."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import context, ui

from app.ui.model.tables import Table
from app.ui.pages.design.desk import Desk
from app.ui.pages.design.diagram import TablesDiagram
from app.ui.pages.design.live import Live
from app.ui.pages.design.panel import Panel
from app.ui.pages.design.run import RunDialog
from app.ui.pages.design.sheet import Sheet
from app.ui.pages.design.text import TextPanel
from app.ui.parts.choices import Segments
from app.ui.parts.faults import FaultNotes
from app.ui.parts.frame import frame, steps
from app.ui.parts.keeping import Keeper
from app.ui.parts.tags import box, button, card, heading, pill
from app.ui.parts.trouble import Trouble
from app.ui.studio import Studio
from app.ui.visit import api, session


@ui.page("/design", title="Columns – Tablesmith")
def design_page() -> None:
    studio = Studio(api(), session().draft)
    desk = Desk(studio)
    context.client.on_connect(studio.watch)
    context.client.on_disconnect(studio.close)
    Keeper(studio)
    with frame("Columns", "/"):
        Top(desk)
        Trouble(studio)
        with box("studio"):
            with box("studio__main"):
                Definition(desk)
                TablesDiagram(studio)
                with box("studio__live stack"):
                    Live(desk)
            with box("studio__side", "aside", aria_label="Chosen column"):
                Panel(desk)
    studio.begin()


class Top:
    """Name, state of the definition, and the button that makes the table."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._studio = studio = desk.studio
        run = RunDialog(desk)
        with box("top"):
            with box("top__words"):
                self._name = heading(1, studio.draft.get("name") or "Columns")
                with box("row"):
                    steps(1)
            with box("row"):
                with box(role="status"):
                    self._state = pill("")
                button("Make the table", run.open, kind="primary", symbol="play")
        studio.on_checked.append(self._show)
        studio.on_text.append(self._show)

    def _show(self) -> None:
        self._name.set_text(self._studio.draft.get("name") or "Columns")
        trouble, faults = self._studio.findings.trouble, self._desk.faults
        self._state.set_text("Not checked" if trouble else _counted(faults))
        if not (trouble or faults):
            self._state.classes(add="pill--good", remove="pill--bad")
        else:
            self._state.classes(add="pill--bad", remove="pill--good")


def _counted(faults: int) -> str:
    return f"{faults or 'No'} fault{'s' if faults != 1 else ''}"


def _first(tables: Sequence[Table]) -> Table:
    """The table to begin with: the one with the target, else one with columns of its own."""
    targeted = [table for table in tables if table.target]
    return next(iter([*targeted, *(table for table in tables if not table.is_literal), *tables]))


class Definition:
    """Grid and YAML, one click from each other; a switch between tables where there are several."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        view = "yaml" if desk.studio.draft.unread else "grid"
        with card(classes="definition"), box("stack stack--tight"):
            with box("row row--apart"):
                heading(2, "Columns")
                with box("row"):
                    self._tables = box("row")
                    Segments("View", {"grid": "Grid", "yaml": "YAML"}, view, self._switch)
            self._notes = FaultNotes(role="status")
            with box("stack stack--tight") as self._grid:
                self._sheet = Sheet(desk)
            with box("stack stack--tight") as self._text:
                TextPanel(desk.studio)
        self._show_view(view)
        self._draw_tables()
        desk.studio.on_replaced.append(self._draw_tables)
        desk.studio.on_checked.append(self._show)

    def _switch(self, view: str) -> None:
        self._desk.studio.watch_text(on=view == "yaml")
        self._show_view(view)

    def _show_view(self, view: str) -> None:
        self._grid.set_visibility(view == "grid")
        self._text.set_visibility(view == "yaml")

    def _draw_tables(self) -> None:
        tables = self._desk.studio.draft.tables()
        names = [table.name for table in tables]
        self._tables.clear()
        if self._desk.table_name not in names:
            self._desk.table_name = _first(tables).name
        with self._tables:
            if names != [""]:
                options = {name: name for name in names}
                Segments("Table", options, self._desk.table_name, self._choose_table)

    def _choose_table(self, name: str) -> None:
        self._desk.table_name = name
        self._desk.chosen = ""
        self._sheet.draw()
        self._desk.show_again()
        self._desk.studio.tell_again()

    def _show(self) -> None:
        """Faults at their fields; those that no field takes stand above the grid."""
        self._notes.show(self._desk.board.show(self._desk.studio.findings.faults))
