"""What holds between columns, by click: correlations, conditions of every row, rules of the
target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

from app.ui.model.relations.comparisons import SIGNS, Comparison, write_comparisons
from app.ui.model.relations.statements import (
    Key,
    Statements,
    comparisons,
    expression,
    outcome_of,
    outcomes,
    with_expression,
    with_outcome,
)
from app.ui.model.values import put, read_number, show
from app.ui.pages.design.editor_state import EditorState
from app.ui.parts.field import Field, fields_in
from app.ui.parts.focus import focus
from app.ui.parts.row_faults import RowFaults
from app.ui.parts.tags import box, button, card, heading, paragraph, tag
from app.ui.toolkit.elements import Element


class Together:
    """Redrawn where there are other columns, or other statements; never for a change in its own
    fields."""

    def __init__(self, state: EditorState) -> None:
        self._state = state
        with card("What holds between columns") as self._card:
            self._sections = [Correlations(state), Conditions(state), Rules(state)]
        self._shown: list[object] = [None] * len(self._sections)
        state.on_changed.append(self._follow)
        state.controller.on_replaced.append(self._follow)
        state.board.on_shown.append(self._show_faults)
        self._follow()

    def _follow(self) -> None:
        table = self._state.table
        self._card.set_visibility(not table.is_literal)
        shape = [(each.name, each.kind, each.is_target) for each in table.columns()]
        is_other = False
        for place, each in enumerate(self._sections):
            shown = (table.name, shape, outcomes(table), each.shape())
            if shown != self._shown[place]:
                self._shown[place], is_other = shown, True
                each.draw()
        if is_other:
            self._state.board.again()

    def _show_faults(self) -> None:
        for each in self._sections:
            each.show_faults()


class Section:
    """The statements of one kind, one line each."""

    key: ClassVar[Key]
    title: ClassVar[str]
    said: ClassVar[str]
    one: ClassVar[str]

    def __init__(self, state: EditorState) -> None:
        self.state = state
        self._box = box("stack stack--tight")
        self._faults: list[RowFaults] = []
        self._lines: list[Element] = []

    @property
    def statements(self) -> Statements:
        return Statements(self.state.table, self.key)

    def shape(self) -> object:
        """What the fields of the section depend on."""
        found = self.statements
        return [self._shape_of(found, number) for number in range(len(found.items))]

    def show_faults(self) -> None:
        for each in self._faults:
            each.show()

    def draw(self) -> None:
        self._box.clear()
        self._faults, self._lines = [], []
        found = self.statements
        with self._box:
            with box("row row--apart"):
                heading(3, self.title)
                if found.can_add:
                    adder = button(f"Add a {self.one}", self._add, symbol="plus")
                    adder.classes("button--small")
            if not found.items:
                paragraph(self.said, "quiet small")
            for number in range(len(found.items)):
                self._line(number)

    def _line(self, number: int) -> None:
        name = f"{self.one.capitalize()} {number + 1}"
        with box("statement", role="group", aria_label=name) as line:
            self._lines.append(line)
            with box("statement__fields") as fields:
                self.fields(number)
            with box("line__tools"):
                button("", lambda: self._remove(number), symbol="trash", label=f"Remove {name}")
            self._faults.append(RowFaults(lambda: fields_in(fields)))

    def fields(self, number: int) -> None:
        """Draw the fields of one statement."""
        raise NotImplementedError

    def _shape_of(self, found: Statements, number: int) -> object:
        return number

    def _add(self) -> None:
        self.statements.add()
        self.state.changed()
        focus(self._lines[-1])

    def _remove(self, number: int) -> None:
        self.statements.remove(number)
        self.state.changed()

    def item(self, number: int) -> Any:
        items = self.statements.items
        return items[number] if number < len(items) else None

    def bound(
        self,
        number: int,
        made: Field,
        get: Callable[[], str],
        put: Callable[[str], None],
        *steps: str,
    ) -> Field:
        """A field of a statement, whose faults it shows."""
        return self.state.bind(made, get, put, lambda: self.statements.place(number, *steps))


class Correlations(Section):
    """How strongly two columns of numbers go together."""

    key = "correlations"
    one = "correlation"
    title = "Correlations"
    said = (
        "Two columns of numbers that rise together (up to 1), or against each other (down to -1)."
    )

    def fields(self, number: int) -> None:
        self._column(number, 0, "First column")
        tag("span", "and", "statement__word")
        self._column(number, 1, "Second column")
        tag("span", "correlate by", "statement__word")
        made = Field("Correlation, -1 to 1", self._r(number), kind="number", bare=True)
        made.classes("statement__figure")
        self.bound(number, made, lambda: self._r(number), lambda text: self._put(number, text), "r")

    def _r(self, number: int) -> str:
        item = self.item(number)
        return show(item.get("r")) if isinstance(item, dict) else ""

    def _put(self, number: int, text: str) -> None:
        item = self.item(number)
        if isinstance(item, dict):
            put(item, "r", read_number(text))

    def _column(self, number: int, side: int, label: str) -> None:
        def names() -> list[str]:
            item = self.item(number)
            found = item.get("between") if isinstance(item, dict) else None
            return [show(each) for each in found] if isinstance(found, list) else []

        def get() -> str:
            return names()[side] if side < len(names()) else ""

        def change(name: str) -> None:
            found = [*names(), "", ""][:2]
            found[side] = name
            self.item(number)["between"] = found

        options = {name: name for name in self.statements.correlated()}
        made = Field(label, get(), kind="choice", options=options, bare=True)
        self.bound(number, made, get, change, "between")


class Conditions(Section):
    """What is true in every row."""

    key = "constraints"
    one = "condition"
    title = "Conditions that every row meets"
    said = "Such as: shipped is at least ordered."

    def fields(self, number: int) -> None:
        draw_condition(self, number, "expr")

    def _shape_of(self, found: Statements, number: int) -> object:
        read = comparisons(found, number)
        return None if read is None else len(read)


class Rules(Section):
    """What the target is where a condition holds."""

    key = "rules"
    one = "rule"
    title = "Rules for what is predicted"
    said = "Such as: where tenure is at most 6, 40 % leave. The first rule that fits counts."

    def fields(self, number: int) -> None:
        tag("span", "Where", "statement__word")
        draw_condition(self, number, "if")
        tag("span", "then", "statement__word")
        self._outcome(number)

    def _shape_of(self, found: Statements, number: int) -> object:
        read = comparisons(found, number)
        return None if read is None else len(read)

    def _outcome(self, number: int) -> None:
        def change(place: int, text: str) -> None:
            said = list(outcome_of(self.item(number)))
            said[place] = text
            self.statements.change(number, with_outcome(self.item(number), *said))

        known = outcomes(self.state.table)
        is_mean = known == ["mean"]
        for place, label in enumerate(("What", "Its mean" if is_mean else "Its share")):
            more: dict[str, Any] = {"kind": "number"}
            if place == 0:
                more = {"kind": "choice", "options": {each: each for each in known}}
            made = Field(label, outcome_of(self.item(number))[place], bare=True, **more)
            if place:
                made.classes("statement__figure")
            else:
                tag("span", "the share of" if not is_mean else "the", "statement__word")
            self.bound(
                number,
                made,
                lambda place=place: outcome_of(self.item(number))[place],  # type: ignore[misc]
                lambda text, place=place: change(place, text),  # type: ignore[misc]
                "then",
            )
            if not place:
                tag("span", "is", "statement__word")


def draw_condition(section: Section, number: int, key: str) -> None:
    """The fields of a condition: each comparison by click; a text where it says more."""
    found = comparisons(section.statements, number)
    if found is None:
        _draw_text(section, number, key)
        return
    for place in range(len(found)):
        if place:
            tag("span", "and", "statement__word")
        _draw_comparison(section, number, place, key)
    more = button("and …", lambda: _add_comparison(section, number), kind="quiet")
    more.classes("button--small")


def _draw_text(section: Section, number: int, key: str) -> None:
    def change(text: str) -> None:
        section.statements.change(number, with_expression(section.item(number), text))

    made = Field("Condition", expression(section.item(number)), bare=True)
    made.classes("statement__text")
    section.bound(number, made, lambda: expression(section.item(number)), change, key)


def _draw_comparison(section: Section, number: int, place: int, key: str) -> None:
    columns = section.statements.columns

    def present() -> Comparison:
        found = comparisons(section.statements, number) or []
        return found[place] if place < len(found) else Comparison("", "<=", "")

    def change(**parts: str) -> None:
        found = comparisons(section.statements, number) or []
        found[place] = replace(found[place], **parts)
        if found[place].right.strip():
            text = write_comparisons(found, columns)
            section.statements.change(number, with_expression(section.item(number), text))

    options = {name: name for name in columns}
    fields: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("left", "Column", {"kind": "choice", "options": options}),
        ("sign", "How it compares", {"kind": "choice", "options": SIGNS}),
        ("right", "Value or column", {"suggestions": _suggestions(section, present().left)}),
    )
    for part, label, more in fields:
        section.bound(
            number,
            Field(label, getattr(present(), part), bare=True, **more),
            lambda part=part: getattr(present(), part),  # type: ignore[misc]
            lambda text, part=part: change(**{part: text}),  # type: ignore[misc]
            key,
        )


def _suggestions(section: Section, column: str) -> list[str]:
    """The labels of a category, else the other columns."""
    found = section.statements.table.column(column)
    if found is not None and found.kind == "bool":
        return ["true", "false"]
    labels = [cat.label for cat in found.cats] if found is not None else []
    return labels or [name for name in section.statements.columns if name != column]


def _add_comparison(section: Section, number: int) -> None:
    found = comparisons(section.statements, number) or []
    columns = section.statements.columns
    text = write_comparisons([*found, Comparison(columns[-1], "!=", "0")], columns)
    section.statements.change(number, with_expression(section.item(number), text))
    section.state.changed()
