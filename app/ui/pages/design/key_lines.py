"""Foreign keys as lines of fields, in the grid of their table and below the diagram of all."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from app.ui.model.paths import Path
from app.ui.model.relations import weights
from app.ui.model.relations.several_tables import (
    add_key,
    goals,
    has_own_children,
    key_columns,
    key_value,
    remove_key,
    rename_key,
    set_key_value,
)
from app.ui.model.tables import NameTaken, Table
from app.ui.pages.design.editor_state import EditorState
from app.ui.parts.faults import sentence
from app.ui.parts.field import Field
from app.ui.parts.tags import box, button, heading, paragraph

HIDDEN = {"": "written", "true": "hidden"}
UNIQUE = {"": "any row", "true": "another row each"}


class KeyLines:
    """The keys of some tables, one line each, and a button for another one.

    Args:
        names: of the tables whose keys are shown, asked for whenever they are drawn.
        redraw: everything that shows tables, after keys came or went.
    """

    def __init__(
        self, state: EditorState, names: Callable[[], list[str]], redraw: Callable[[], None]
    ) -> None:
        self._state, self._names, self._redraw = state, names, redraw
        self._box = box("stack stack--tight")
        self.draw()

    def draw(self) -> None:
        self._box.clear()
        tables = [self._table(name) for name in self._names()]
        with self._box:
            for table in tables:
                if len(tables) > 1 and key_columns(table):
                    heading(3, table.name)
                for column in key_columns(table):
                    KeyLine(self._state, table.name, column, self._redraw)
            self._draw_adder(tables)
        self._state.board.again()

    def _draw_adder(self, tables: list[Table]) -> None:
        """A key of a table to another one: what it refers to makes it."""
        for table in tables:
            known = goals(self._state.controller.draft)
            if known and not table.is_literal:
                label = "Add a key" if len(tables) == 1 else f"Add a key to {table.name}"
                with box("fields"):
                    Field(
                        label,
                        "",
                        partial(self._add, table.name),
                        kind="choice",
                        options={"": "refers to…", **known},
                    )

    def _add(self, name: str, references: str) -> None:
        if references:
            add_key(self._table(name), references)
            self._redraw()

    def _table(self, name: str) -> Table:
        return self._state.controller.draft.table(name)


class KeyLine:
    """One key: its column, what it refers to, and how."""

    def __init__(
        self, state: EditorState, table: str, column: str, redraw: Callable[[], None]
    ) -> None:
        self._state, self._table_name, self._column, self._redraw = state, table, column, redraw
        self._box = box("keyline", role="group")
        self._say_name()
        with self._box:
            self._name = Field("Key column", column, self._rename)
            state.board.register(self._name, self._place)
            known = goals(state.controller.draft)
            self._field("Refers to", "references", kind="choice", options=known)
            if has_own_children(self._table, column):
                paragraph("Rows for each: as the YAML says", "small")
            else:
                self._field("Rows for each", "children", kind="number", placeholder="any row")
            self._field("Missing (share)", "missing", kind="number", placeholder="0")
            self._field("Rows of the other", "unique", kind="choice", options=UNIQUE)
            self._field("In the files", "hidden", kind="choice", options=HIDDEN)
            self._weights()
            with box("line__tools"):
                button("", self._remove, symbol="trash", label=f"Remove the key {column}")

    @property
    def _table(self) -> Table:
        return self._state.controller.draft.table(self._table_name)

    def _field(self, label: str, key: str, **more: object) -> None:
        def change(text: str) -> None:
            set_key_value(self._table, self._column, key, text)
            if key == "references":
                self._popularity.show(self._popularity.value, options=self._popularities())
            self._show_popularity()

        self._bound(
            label, lambda: key_value(self._table, self._column, key), change, (key,), **more
        )

    def _bound(
        self,
        label: str,
        get: Callable[[], str],
        put: Callable[[str], None],
        place: Path,
        **more: object,
    ) -> Field:
        made = Field(label, get(), **more)  # type: ignore[arg-type]
        return self._state.bind(made, get, put, lambda: self._place(*place))

    def _weights(self) -> None:
        """How popular the rows are, and what the choice needs beside it."""

        def choose(text: str) -> None:
            weights.choose(self._table, self._column, text)
            self._draw_parameters()

        self._popularity = self._bound(
            "Popularity of its rows",
            lambda: weights.choice(self._table, self._column),
            choose,
            ("weights",),
            kind="choice",
            options=self._popularities(),
        )
        self._parameters = box("keyline__more")
        self._draw_parameters()
        self._show_popularity()

    def _show_popularity(self) -> None:
        """Not where something else says how often each row is referred to, nor of earlier rows of
        the same table."""
        said = any(key_value(self._table, self._column, key) for key in ("children", "unique"))
        said = said or has_own_children(self._table, self._column)
        references = key_value(self._table, self._column, "references")
        said = said or references.partition(".")[0] == self._table_name
        wanted = not said or weights.choice(self._table, self._column) != ""
        self._popularity.set_visibility(wanted)

    def _draw_parameters(self) -> None:
        self._parameters.clear()
        with self._parameters:
            for name in weights.parameters(self._table, self._column):
                self._parameter(name)
        self._state.board.again()

    def _parameter(self, name: str) -> None:
        self._bound(
            "Exponent" if name == weights.SKEW else name,
            lambda: weights.parameter(self._table, self._column, name),
            lambda text: weights.set_parameter(self._table, self._column, name, text),
            weights.parameter_place(self._table, self._column, name),
            kind="number",
        )

    def _popularities(self) -> dict[str, str]:
        return weights.choices(self._state.controller.draft, self._table, self._column)

    def _place(self, *key: str | int) -> Path:
        return (*self._table.path, "foreign_keys", self._column, *key)

    def _rename(self, name: str) -> None:
        try:
            rename_key(self._table, self._column, name)
        except NameTaken as taken:
            self._name.refused = sentence(str(taken))
            self._state.controller.tell_again()
            return
        self._name.refused = ""
        self._column = name
        self._say_name()
        self._state.changed()

    def _say_name(self) -> None:
        self._box.props["aria-label"] = f"Key {self._table_name}.{self._column}"
        self._box.update()

    def _remove(self) -> None:
        remove_key(self._table, self._column)
        self._redraw()
