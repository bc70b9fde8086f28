"""The tables of a definition: which one is at hand, its name, rows and keys, and new ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.ui.model.relations.several_tables import (
    add_table,
    key_columns,
    primary_key,
    remove_table,
    rename_table,
    set_primary_key,
)
from app.ui.model.tables import NameTaken, Table
from app.ui.model.values import put, read_number, show
from app.ui.pages.design.editor_state import EditorState
from app.ui.pages.design.key_lines import KeyLines
from app.ui.parts.choices import Segments
from app.ui.parts.faults import sentence
from app.ui.parts.field import Field
from app.ui.parts.tags import box, button


def first_table(tables: Sequence[Table]) -> Table:
    """The table to begin with: the one with the target, else one with columns of its own."""
    targeted = [table for table in tables if table.target]
    return next(iter([*targeted, *(table for table in tables if not table.is_literal), *tables]))


def keep_table(state: EditorState) -> None:
    """Let the table at hand be one that is there."""
    tables = state.controller.draft.tables()
    if state.table_name not in [table.name for table in tables]:
        state.table_name = first_table(tables).name
        state.chosen = ""


def redraw_tables(state: EditorState) -> None:
    """Draw everything once more, after tables or keys came or went."""
    keep_table(state)
    for listener in list(state.controller.on_replaced):
        listener()
    state.changed()


class TablesBar:
    """A switch between tables, and a button for another one."""

    def __init__(self, state: EditorState, on_choice: Callable[[], None]) -> None:
        self._state, self._on_choice = state, on_choice
        self._box = box("row")
        self.draw()
        state.controller.on_replaced.append(self.draw)

    def draw(self) -> None:
        names = [table.name for table in self._state.controller.draft.tables()]
        self._box.clear()
        with self._box:
            if names != [""]:
                options = {name: name for name in names}
                Segments("Table", options, self._state.table_name, self._choose)
            button("Add a table", self._add, kind="quiet", symbol="plus").classes("button--small")

    def _choose(self, name: str) -> None:
        self._state.table_name = name
        self._state.chosen = ""
        self._on_choice()

    def _add(self) -> None:
        self._state.table_name = add_table(self._state.controller.draft)
        self._state.chosen = ""
        redraw_tables(self._state)


class TableFields:
    """Name, rows and keys of the table at hand, where there are several."""

    def __init__(self, state: EditorState) -> None:
        self._state = state
        self._box = box("stack stack--tight")
        self.draw()
        state.controller.on_replaced.append(self.draw)

    def draw(self) -> None:
        self._box.clear()
        name = self._state.table_name
        self._box.set_visibility(bool(name))
        if not name:
            return
        with self._box:
            with box("fields"):
                self._name = Field("Name of the table", name, self._rename)
                if "children" not in self._counted():
                    self._field("Rows of the table", "n_samples", kind="number")
                self._primary_key()
                button("Remove this table", self._remove, kind="quiet", symbol="trash")
            KeyLines(self._state, lambda: [name], lambda: redraw_tables(self._state))

    def _counted(self) -> set[str]:
        keys = self._state.table.node.get("foreign_keys")
        found = keys.values() if isinstance(keys, dict) else ()
        return {key for spec in found if isinstance(spec, dict) for key in spec}

    def _field(self, label: str, key: str, **more: object) -> None:
        made = Field(label, show(self._state.table.node.get(key)), **more)  # type: ignore[arg-type]
        self._state.bind(
            made,
            lambda: show(self._state.table.node.get(key)),
            lambda text: put(self._state.table.node, key, read_number(text)),
            lambda: (*self._state.table.path, key),
        )

    def _primary_key(self) -> None:
        table = self._state.table
        names = [*key_columns(table), *(each.name for each in table.columns())]
        present = primary_key(table)
        options = {"": "none", **{name: name for name in names}}
        if len(key_columns(table)) > 1:
            pair = ", ".join(key_columns(table)[:2])
            options[pair] = pair
        made = Field("Primary key", present, kind="choice", options=options)
        self._state.bind(
            made,
            lambda: primary_key(self._state.table),
            lambda text: set_primary_key(self._state.table, text),
            lambda: (*self._state.table.path, "primary_key"),
        )

    def _rename(self, name: str) -> None:
        try:
            rename_table(self._state.controller.draft, self._state.table_name, name)
        except NameTaken as taken:
            self._name.refused = sentence(str(taken))
            self._state.controller.tell_again()
            return
        self._name.refused = ""
        self._state.table_name = name
        for listener in self._state.controller.on_replaced:
            if listener != self.draw:
                listener()
        self._state.changed()

    def _remove(self) -> None:
        remove_table(self._state.controller.draft, self._state.table_name)
        redraw_tables(self._state)
