"""A table whose rows a model draws: which one, and a way to say something of its columns."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from app.ui.pages.design.editor_state import EditorState
from app.ui.parts.field import Field
from app.ui.parts.tags import box, link, paragraph
from app.ui.request_context import root

NONE = {"": "choose…"}


class LearnedColumns:
    """Learned columns of which nothing is said yet; hidden where the table has no model. They are
    known from the preview.

    Args:
        add: gives a learned column a line in the grid.
    """

    def __init__(self, state: EditorState, add: Callable[[str], None]) -> None:
        self._state, self._add, self._root = state, add, root()
        self._box = box("stack stack--tight")
        self._model = ""
        state.controller.on_checked.append(self.show)

    def show(self) -> None:
        """Follow the table at hand and what its preview has."""
        model = self._state.table.model
        self._box.set_visibility(bool(model))
        if model != self._model:
            self._model = model
            self._draw()
        if model:
            self._choice.show("", options={**NONE, **{each: each for each in self._unsaid()}})

    def _draw(self) -> None:
        self._box.clear()
        if not self._model:
            return
        with self._box:
            with box("row"):
                paragraph("Rows are drawn by a model; what is said here holds in them.", "quiet")
                link("The synthesizer", f"{self._root}/synthesizers/{quote(self._model, safe='')}")
            with box("fields"):
                self._choice = Field(
                    "Say something of a learned column", "", self._take, kind="choice", options=NONE
                )

    def _take(self, name: str) -> None:
        if name in self._unsaid():
            self._add(name)
            self._draw()
            self.show()

    def _unsaid(self) -> list[str]:
        said = {each.name for each in self._state.table.columns()}
        return [name for name in self._state.looks if name not in said]
