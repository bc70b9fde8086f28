"""The grid: one line a column."""

from __future__ import annotations

import copy
from typing import Any

from nicegui import ui

from app.ui.model.columns import TYPES, Column
from app.ui.model.effects import CORRELATIONS, STRENGTHS
from app.ui.model.tables import NameTaken
from app.ui.pages.design.editor_state import EditorState
from app.ui.pages.design.learned_columns import LearnedColumns
from app.ui.pages.design.values import draw_values, to_panel
from app.ui.parts.faults import note, sentence
from app.ui.parts.field import Field, fields_in, named_fields
from app.ui.parts.focus import focus
from app.ui.parts.row_faults import RowFaults
from app.ui.parts.tags import box, button, paragraph, tag
from app.ui.toolkit.elements import Element
from app.ui.toolkit.heirs import handing_over

# Lines that are shown unless more are asked for.
MANY = 50
# Lines that are drawn at a stretch; every line takes milliseconds, and all that time nobody else is
# answered.
FEW = 5
HEADS = ("Column", "Type", "Values (mean, SD, min, max)", "Correlation", "Strength", "")
PREDICTABLE = frozenset({"category", "bool", "number"})
NO_EFFECT = {"": "none", **{key: text for key, text in CORRELATIONS.items() if key}}


class ColumnGrid:
    """All lines of the present table, redrawn where its structure changes.

    Args:
        awaited: the column whose line has the focus as soon as it is drawn, if any.
    """

    def __init__(self, state: EditorState, awaited: str = "") -> None:
        self._state, self._awaited = state, awaited
        self._lines: list[Line] = []
        with box("sheet"):
            with box("line line--head", aria_hidden="true"):
                for head in HEADS:
                    tag("span", head)
            self._box = box("sheet")
        self._waiting = box()
        with box("row"):
            self._more = button("Show more", self._show_more, kind="quiet").classes("button--small")
        self._removed = box("notes", role="status")
        with box("row"):
            self._adder = button("Add a column", self._add, symbol="plus")
            self._target = button("Add a target", self._add_target, kind="quiet", symbol="plus")
        self._learned = LearnedColumns(state, self._add_learned)
        state.on_chosen.append(self._mark)
        state.on_shape.append(self._reshape)
        state.board.on_shown.append(self._show_faults)
        state.controller.on_replaced.append(self.draw)
        self.draw()

    def draw(self) -> None:
        self._box.clear()
        self._removed.clear()
        columns = self._state.table.columns()
        self._lines, self._wanted = [], MANY
        if self._awaited in (names := [each.name for each in self._hidden()]):
            self._wanted = max(MANY, names.index(self._awaited) + 1)
        self._draw_few()
        with self._box:
            if self._state.table.is_literal:
                paragraph("The rows of this table stand in the definition itself.", "quiet")
        if columns and self._state.column is None:
            self._state.choose(columns[0].name)
        self._mark()
        literal = self._state.table.is_literal
        self._adder.set_visibility(not literal)
        self._learned.show()
        self._target.set_visibility(self._state.table.target is None and not literal)
        self._state.board.again()

    def _hidden(self) -> list[Column]:
        """Columns without a line, in the order in which they get theirs: the target first."""
        shown = {line.name for line in self._lines}
        hidden = [each for each in self._state.table.columns() if each.name not in shown]
        return sorted(hidden, key=lambda each: not each.is_target)

    def _say_more(self) -> None:
        hidden = len(self._hidden())
        self._more.set_visibility(hidden > 0 and len(self._lines) >= self._wanted)
        self._more.set_text(f"Show {min(MANY, hidden)} more of {hidden} columns")

    def _show_more(self) -> None:
        before, place = len(self._lines), sum(not each.is_target for each in self._lines)
        self._wanted = before + MANY
        self._draw_few()
        self._state.board.again()
        if len(self._lines) > before:
            self._lines[place].focus()

    def _draw_few(self) -> None:
        """Draw some of the wanted lines, and the others as soon as everybody had a turn."""
        self._waiting.clear()
        for column in self._hidden()[: max(0, min(FEW, self._wanted - len(self._lines)))]:
            with self._box:
                line = Line(self._state, self, column)
            self._insert(line, len(self._lines))
            if column.name == self._awaited:
                self._awaited = ""
                line.focus()
        self._say_more()
        if self._hidden() and len(self._lines) < self._wanted:
            with self._waiting:
                ui.timer(0, self._draw_rest, once=True)

    def _draw_rest(self) -> None:
        self._draw_few()
        self._mark()
        self._state.board.again()

    def _insert(self, line: Line, place: int) -> None:
        """Put a new line at its place, or where the shown lines end; the target stays last."""
        features = sum(not each.is_target for each in self._lines)
        place = min(place, features + line.is_target)
        line.element.move(target_index=place)
        self._lines.insert(place, line)

    def remove(self, line: Line) -> None:
        names = [each.name for each in self._state.table.columns()]
        column = self._state.table.column(line.name)
        if column is None:
            self.draw()
            return
        place = names.index(line.name)
        self._state.table.remove(line.name)
        self._lines.remove(line)
        line.element.delete()
        self._target.set_visibility(self._state.table.target is None)
        self._say_more()
        self._choose_another(line.name)
        self._state.changed()
        self._offer(column, place)
        by_place = {each.name: each for each in self._lines}
        rest = [by_place[name] for name in names if name in by_place]
        focus(rest[min(place, len(rest) - 1)].remover if rest else self._adder)

    def _offer(self, column: Column, place: int) -> None:
        """A column that was removed may be put back until something else is removed."""
        table = self._state.table_name
        self._removed.clear()

        def put_back() -> None:
            try:
                self._state.controller.draft.table(table).put_back(column, place)
            except NameTaken as taken:
                ui.notify(sentence(str(taken)), type="negative")
                return
            self.draw()
            self._state.choose(column.name)
            self._state.changed()

        with self._removed, note(f"{column.name} is removed."):
            button("Put it back", put_back, symbol="again").classes("button--small")

    def move(self, line: Line, steps: int) -> None:
        if self._state.table.column(line.name) is None:
            self.draw()
            return
        place = self._state.table.move(line.name, steps)
        features = sum(not each.is_target for each in self._lines)
        line.element.move(target_index=min(place, features - 1))
        focus(line.mover(steps))
        self._state.changed()

    def predict(self, line: Line) -> None:
        """Make the column the target, or the target a column again."""
        table = self._state.table
        column = table.column(line.name)
        if column is None:
            self.draw()
            return
        if not (column.is_target or column.kind in PREDICTABLE):
            said = "Categories, yes / no and numbers can be predicted"
            ui.notify(f"{said}, not {column.name}: it is of another type.", type="warning")
            return
        before = table.said_of_target()
        had_target = table.target is not None
        if column.is_target:
            table.release()
        else:
            table.predict(column.name)
        self.draw()
        self._state.choose(column.name)
        self._state.changed()
        self._offer_undo(column, before, had_target=had_target)

    def _offer_undo(self, column: Column, before: dict[str, Any], *, had_target: bool) -> None:
        table = self._state.table_name

        def undo() -> None:
            self._state.controller.draft.table(table).say_again(before)
            self.draw()
            self._state.changed()

        said = f"{column.name} is predicted now."
        if column.is_target:
            said = f"{column.name} is a column like the others."
        elif had_target:
            said += " What the columns said of the target before went with it."
        self._removed.clear()
        with self._removed, note(said):
            button("Undo", undo, symbol="again").classes("button--small")

    def _add(self) -> None:
        self._draw_new(self._state.table.add()).focus()

    def _add_learned(self, name: str) -> None:
        self._draw_new(self._state.table.add(name, {})).focus()

    def _draw_new(self, column: Column) -> Line:
        place = len(self._state.table.columns()) - 1 - (self._state.table.target is not None)
        with self._box:
            line = Line(self._state, self, column)
        self._insert(line, place)
        self._state.choose(column.name)
        self._state.changed()
        return line

    def _add_target(self) -> None:
        self._state.controller.draft.purpose.set_aim("labels")
        self.draw()
        self._lines[-1].focus()
        self._state.choose(self._lines[-1].name)
        self._state.changed()

    def _choose_another(self, gone: str) -> None:
        if self._state.chosen == gone:
            columns = self._state.table.columns()
            self._state.choose(columns[0].name if columns else "")

    def _mark(self) -> None:
        for line in self._lines:
            line.mark(line.name == self._state.chosen)

    def _show_faults(self) -> None:
        for line in self._lines:
            line.faults.show()

    def _reshape(self, name: str) -> None:
        for line in self._lines:
            if line.name == name:
                line.reshape()


class Line:
    """A column's fields; it follows the column when that gets another name."""

    def __init__(self, state: EditorState, grid: ColumnGrid, column: Column) -> None:
        self._state, self._column_grid = state, grid
        self.name, self.is_target = column.name, column.is_target
        self.element = box("line line--target" if column.is_target else "line", role="group")
        self.element.on("focusin", lambda: state.choose(self.name), [])
        self._say_name()
        with self.element:
            self._name = self._name_field()
            self._type_field(column)
            self._values = box("values")
            self._effects = [box(), box()]
            self._tools()
            self.faults = RowFaults(lambda: fields_in(self.element))
        self.draw()

    def reshape(self) -> None:
        """Draw what another type or format needs; the field that was changed stays."""
        if self._again is not None and self._column().kind == self._drawn:
            self._again()
        else:
            self.draw()

    def draw(self) -> None:
        """The fields that depend on the type."""
        with handing_over(lambda: named_fields(self.element)):
            self._draw_fields()

    def _draw_fields(self) -> None:
        self._values.clear()
        self._drawn = self._column().kind
        with self._values:
            self._again = draw_values(self._state, lambda: self.name)
        for each in self._effects:
            each.clear()
        if not self.is_target:
            self._draw_effects()

    def focus(self) -> None:
        """Put the cursor into the name, all of it marked."""
        focus(self._name, mark=True)

    def mark(self, chosen: bool) -> None:
        _switch(self.element, "line--chosen", on=chosen)

    def _name_field(self) -> Field:
        made = Field("Column", self.name, self._rename)
        return self._state.board.register(made, lambda: self._column().path)

    def _rename(self, name: str) -> None:
        try:
            self._state.table.rename(self.name, name)
        except NameTaken as taken:
            self._name.refused = sentence(str(taken))
            self._state.controller.tell_again()
            return
        self._name.refused = ""
        was_chosen = self._state.chosen == self.name
        self.name = name
        self._say_name()
        if was_chosen:
            self._state.choose(name)
        self._state.changed()

    def _say_name(self) -> None:
        self.element.props["aria-label"] = f"Column {self.name}"
        self.element.update()

    def _type_field(self, column: Column) -> None:
        known: dict[str, dict[str, Any]] = {}

        def change(text: str) -> None:
            column = self._column()
            if text != column.type:
                known[column.type] = copy.deepcopy(column.spec)
                column.set_type(text, known.get(text))
                self._state.reshaped(self.name)

        none = "as learned" if self._state.table.model else "choose…"
        has_none = not column.type or self._state.table.model
        options = {"": none, **TYPES} if has_none else TYPES
        made = Field("Type", column.type, change, kind="choice", options=options)
        self._state.board.register(made, lambda: (*self._column().path, "type"))

    def _draw_effects(self) -> None:
        column = self._column()
        first, second = self._effects
        _switch(first, "span-2", on=column.has_parts)
        _switch(second, "hidden", on=column.has_parts)
        if column.has_parts:
            self._draw_part_effects(column, first)
            return
        with first:
            made = self._state.column_field(
                lambda: self.name, "Correlation", "correlation", kind="choice", options=NO_EFFECT
            )
        with second:
            strength = self._state.column_field(
                lambda: self.name,
                "Strength",
                "strength",
                suggestions=STRENGTHS,
                placeholder="high",
                disabled=not column.get("correlation"),
            )

        def enable() -> None:
            strength.show(self._column().get("strength"), disabled=not made.value)

        made.on_value_change(enable)

    def _draw_part_effects(self, column: Column, home: Element) -> None:
        number = column.part_effects
        unit = "label" if column.kind == "category" else "bucket"
        said = f"{number} {unit}{'s' if number != 1 else ''}" if number else f"by {unit}"
        with home:
            to_panel(self._state, said, lambda: self.name)

    def _tools(self) -> None:
        with box("line__tools"):
            to_panel(self._state, "More", lambda: self.name).classes("line__more")
            if not self.is_target:
                self._up = button(
                    "", lambda: self._column_grid.move(self, -1), symbol="up", label="Move up"
                )
                self._down = button(
                    "", lambda: self._column_grid.move(self, 1), symbol="down", label="Move down"
                )
            said = "Do not predict this column" if self.is_target else "Predict this column"
            button("", lambda: self._column_grid.predict(self), symbol="target", label=said)
            self.remover = button(
                "", lambda: self._column_grid.remove(self), symbol="trash", label="Remove"
            )

    def mover(self, steps: int) -> Element:
        """The button that moves the line so."""
        return self._up if steps < 0 else self._down

    def _column(self) -> Column:
        return self._state.table.column(self.name) or Column(self.name, {}, ())


def _switch(element: Element, name: str, *, on: bool) -> None:
    """Give an element a class, or take it away."""
    element.classes(add=name) if on else element.classes(remove=name)
