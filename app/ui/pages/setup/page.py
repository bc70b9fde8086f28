"""Setup: what to start from, name, rows and seed, and what is to be predicted."""

from __future__ import annotations

from nicegui import context, ui
from starlette.responses import RedirectResponse, Response

from app.ui.editor_controller import EditorController
from app.ui.model.draft import BLANK
from app.ui.pages.setup.purpose import PurposePanel
from app.ui.pages.setup.start import StartPanel
from app.ui.parts.draft_persistence import DraftPersistence
from app.ui.parts.faults import FaultBoard
from app.ui.parts.field import Field
from app.ui.parts.frame import NEW, frame, steps
from app.ui.parts.tags import box, button, card, heading, paragraph, pill
from app.ui.parts.trouble import Trouble
from app.ui.request_context import api, root, session


@ui.page("/", title="New table – Tablesmith")
def setup_page() -> None:
    controller = EditorController(api(), session().draft, makes=False)
    context.client.on_connect(controller.watch)
    context.client.on_disconnect(controller.close)
    context.client.on_delete(controller.end)
    DraftPersistence(controller)
    with frame("New table", "/", "page--narrow"):
        with box("top"):
            with box("top__words"):
                heading(1, "Make a table")
                paragraph(
                    "Say what it looks like and what can be predicted from it. "
                    "What you declare holds in the rows.",
                    "lead",
                )
            steps(0)
        Trouble(controller)
        StartPanel(controller)
        Basics(controller)
        with box("row row--end"):
            button(
                "Define the columns",
                lambda: ui.navigate.to(f"{root()}/design"),
                kind="primary",
                symbol="more",
            ).classes("button--onward")


@ui.page(NEW, title="New table – Tablesmith")
def new_page() -> Response:
    """Begin with nothing; what was there before is put aside, one click away."""
    draft = session().draft
    draft.put_aside(BLANK)
    draft.touched()
    return RedirectResponse(f"{root()}/", 303, {"Cache-Control": "no-store"})


class Basics:
    """Name, rows, seed and purpose, redrawn where another definition takes the place."""

    def __init__(self, controller: EditorController) -> None:
        self._controller = controller
        self._board = FaultBoard()
        self._box = box("stack")
        with box(role="status"):
            self._rest = pill("", "bad")
        self._rest.set_visibility(False)
        self._draw()
        controller.on_replaced.append(self._draw)
        controller.on_checked.append(self._show_faults)

    def _draw(self) -> None:
        self._box.clear()
        with self._box:
            with card("The table"), box("fields fields--wide"):
                self._field("Name", "name", placeholder="my_table")
                self._field("Rows", "n_samples", kind="number", placeholder="1000")
                self._field("Seed", "seed", kind="number", placeholder="drawn")
                self._field("Today", "today", placeholder="the day it is made")
            PurposePanel(self._controller, self._board)

    def _show_faults(self) -> None:
        """Faults at their fields; of those that the next page has fields for, only the number."""
        number = len(self._board.show(self._controller.findings.faults))
        has_columns = any(table.columns() for table in self._controller.draft.tables())
        self._rest.set_text(f"{number} fault{'s' if number > 1 else ''} to mend among the columns.")
        self._rest.set_visibility(bool(number) and has_columns)

    def _field(self, label: str, key: str, **more: str) -> None:
        draft = self._controller.draft

        def change(text: str) -> None:
            draft.set(key, text)
            self._controller.changed()

        made = Field(label, draft.get(key), change, **more)  # type: ignore[arg-type]
        self._board.register(made, lambda: draft.place(key))
