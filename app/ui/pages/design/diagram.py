"""Several tables and the keys between them: drawn, and changed where they are drawn."""

from __future__ import annotations

from app.ui.model.keys import column_counts, foreign_keys
from app.ui.pages.design.editor_state import EditorState
from app.ui.pages.design.key_lines import KeyLines
from app.ui.pages.design.tables_bar import redraw_tables
from app.ui.parts.drawing import html
from app.ui.parts.family_tree import family_tree
from app.ui.parts.tags import box, card, tag

MANY = 12
"""Tables whose keys are changed below the diagram; those of more are changed in their grids."""


class TablesDiagram:
    """Nothing where there is one table. Keys are drawn as the definition says them."""

    def __init__(self, state: EditorState) -> None:
        self._state = state
        with card("Tables and keys") as self._card:
            self._box = box("stack stack--tight")
            self._lines = KeyLines(state, self._names, lambda: redraw_tables(state))
        self._shown: tuple[object, ...] = ()
        self._show()
        state.controller.on_replaced.append(self._redraw)
        state.controller.on_checked.append(self._show)

    def _names(self) -> list[str]:
        names = [table.name for table in self._state.controller.draft.tables()]
        return names if 1 < len(names) <= MANY else []

    def _redraw(self) -> None:
        self._show()
        self._lines.draw()

    def _show(self) -> None:
        tables = self._state.controller.draft.tables()
        self._card.set_visibility(len(tables) > 1)
        keys, counts = foreign_keys(tables), column_counts(tables)
        if len(tables) < 2 or self._shown == (*counts.items(), *keys):
            return
        self._shown = (*counts.items(), *keys)
        self._box.clear()
        with self._box:
            with box("scroll", tabindex=0, role="region", aria_label="Diagram of the tables"):
                html(family_tree(counts, keys))
            with box("stack stack--tight", "ul"):
                for key in keys:
                    tag("li", f"{key.table}.{key.column} → {key.references}", "mono")
