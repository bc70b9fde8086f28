"""Several tables and the keys between them, for reading."""

from __future__ import annotations

from app.ui.model.keys import column_counts, foreign_keys
from app.ui.parts.drawing import html
from app.ui.parts.family_tree import family_tree
from app.ui.parts.tags import box, card, tag
from app.ui.studio import Studio


class TablesDiagram:
    """Nothing where there is one table. Keys are drawn as the definition says them."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        with card("Tables and keys") as self._card:
            self._box = box("stack stack--tight")
        self._shown: tuple[object, ...] = ()
        self._show()
        studio.on_replaced.append(self._show)
        studio.on_checked.append(self._show)

    def _show(self) -> None:
        tables = self._studio.draft.tables()
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
