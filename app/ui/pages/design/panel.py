"""The panel of the chosen column: what the grid has no room for, and the declared density."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from app.engine.schema.providers import NUMBERED_PARTS
from app.ui.model import shapes
from app.ui.model.columns import TEXTUAL, TYPES, Column
from app.ui.model.density import density
from app.ui.model.histograms import Histogram
from app.ui.model.values import show
from app.ui.pages.design.editor_state import EditorState
from app.ui.pages.design.following import FollowingEditor
from app.ui.pages.design.parts import BucketEditor, LabelEditor
from app.ui.parts.curves import density_plot
from app.ui.parts.drawing import html, labels
from app.ui.parts.field import Field, named_fields
from app.ui.parts.tags import box, card, heading, paragraph
from app.ui.toolkit.heirs import handing_over

BOUNDS = {"": "move to min or max", "truncate": "end the distribution there"}
UNIQUE = {"": "may repeat", "true": "unique"}
HIDDEN = {"": "written", "true": "hidden, other columns read it"}
DECIMALS = {"": "as many as needed", "true": "always all: 19.30"}
MADE_UP = dict.fromkeys(
    ("text", "sentence", "paragraph"),
    "Words at random: it looks like text and says nothing. For texts of your own take a category, "
    "and list them as its labels.",
)
LOCALE = (("locale", "Locale"),)
ID_FIELDS = {
    "sequence": (("prefix", "Prefix"), ("start", "First number"), ("width", "Digits")),
    "pattern": (("pattern", "Pattern"),),
    "bban": LOCALE,
    "iban": LOCALE,
}


def may_be_unique(column: Column) -> bool:
    """Whether `unique` can be said of a column; identifiers are so without a word."""
    if column.kind == "joint":
        return column.get("part") in NUMBERED_PARTS
    return column.kind in {"number", "realistic", "moment"}


class Panel:
    """Redrawn for another column or type; its plot follows every change. A field that is
    changed is never redrawn because of that: what a person does to the old one before the new
    one is there would be lost."""

    def __init__(self, state: EditorState) -> None:
        self._state = state
        self._box = card("Chosen column")
        self._plot: ui.html | None = None
        self._labels: LabelEditor | None = None
        self._before: dict[tuple[str, str], dict[str, Any]] = {}
        state.on_chosen.append(self.draw)
        state.on_shape.append(self._reshape)
        state.on_changed.append(self._follow)
        state.controller.on_checked.append(self._follow)
        state.board.on_shown.append(self._show_faults)
        self._name = self._type = ""
        self._spec: dict[str, Any] | None = None
        self.draw()

    def draw(self) -> None:
        column = self._state.column
        if column is not None and column.spec is self._spec:
            with handing_over(lambda: named_fields(self._box)):
                self._draw(column)
        else:
            self._draw(column)

    def _draw(self, column: Column | None) -> None:
        self._box.clear()
        self._plot, self._labels = None, None
        self._spec = column.spec if column is not None else None
        with self._box:
            if column is None:
                heading(2, "No column yet")
                paragraph("Add a column to see more of it here.", "quiet")
                return
            self._title = heading(2, column.name)
            self._name, self._type = column.name, column.type
            none = "as learned" if self._state.table.model else "no type yet"
            kind = TYPES.get(column.type, column.type or none)
            paragraph(f"{'Target, ' if column.is_target else ''}{kind}", "quiet small")
            self._draw_kind(column)
            self._draw_common(column)
        self._follow()
        self._state.board.again()

    def _reshape(self, name: str) -> None:
        column = self._state.column
        if column is None or name != column.name:
            return
        if column.kind != "number" or (self._name, self._type) != (column.name, column.type):
            self.draw()
            return
        self._kind.show(shapes.shape(column.spec).kind)
        self._draw_shape(column)
        self._follow()
        self._state.board.again()

    def _show_faults(self) -> None:
        if self._labels is not None:
            self._labels.show_faults()

    def _draw_kind(self, column: Column) -> None:
        if column.kind == "number":
            self._number(column)
        elif column.kind == "category":
            self._labels = LabelEditor(self._state)
            self._plot = html("", "plot-home")
        elif column.kind == "moment":
            FollowingEditor(self._state)
        elif column.kind == "id":
            self._fields(*ID_FIELDS.get(column.id_format, ()))
        elif column.kind in {"formula", "script"}:
            self._computed(column)
        elif column.kind == "realistic":
            if column.type in MADE_UP:
                paragraph(MADE_UP[column.type], "quiet small")
            self._fields(*LOCALE)
        elif column.kind == "joint":
            self._joint(column)
        elif column.kind == "line":
            paragraph("1, 2, 3… within the rows that refer to the same row.", "quiet small")
            self._fields(("start", "First number"))
        if column.is_target and column.kind in {"category", "bool"}:
            self._fields(("positive", "Positive label"))

    def _computed(self, column: Column) -> None:
        """What it may read; the lines of a script, which the grid has no room for."""
        names = ", ".join(each.name for each in self._state.table.columns() if not each.is_target)
        if column.kind == "formula":
            paragraph(f"May use: {names}. Names with blanks stand in `backticks`.", "quiet small")
            return
        field = self._state.column_field
        field(lambda: self._name, "Script", "script", kind="area", rows=10)
        paragraph(f'May use: {names}; each as row["name"].', "quiet small")

    def _joint(self, column: Column) -> None:
        """Whose part it is; columns that say the same fit each other."""
        said = f"Columns of the same {column.type} and locale fit each other in every row."
        paragraph(said, "quiet small")
        self._fields(("of", f"Which {column.type}"), *LOCALE)

    def _number(self, column: Column) -> None:
        found = shapes.shape(column.spec)
        kinds = {each: each.replace("_", " ") for each in shapes.KINDS}
        self._kind = Field(
            "Distribution", found.kind, self._choose_kind, kind="choice", options=kinds
        )
        self._plot = html("", "plot-home")
        self._shape = box("stack")
        self._draw_shape(column)
        with box("fields"):
            self._field("min", "Minimum")
            self._field("max", "Maximum")
            if column.type == "float":
                self._field("decimals", "Decimals")
                self._choice("Decimals shown", "fixed_decimals", DECIMALS)
            self._choice("Beyond min and max", "bounds", BOUNDS).classes("wide")

    def _draw_shape(self, column: Column) -> None:
        """The fields that depend on the distribution."""
        with handing_over(lambda: named_fields(self._shape)):
            self._draw_parameters(column)

    def _draw_parameters(self, column: Column) -> None:
        found = shapes.shape(column.spec)
        self._shape.clear()
        with self._shape:
            if found.kind == shapes.BUCKETS:
                BucketEditor(self._state)
                return
            with box("fields"):
                for name in shapes.FAMILIES.get(found.kind, {}):
                    self._parameter(name)

    def _choose_kind(self, kind: str) -> None:
        column = self._state.column
        if column is None:
            return
        present = shapes.shape(column.spec).kind
        if kind != present:
            self._before[column.name, present] = shapes.said(column.spec)
            shapes.set_kind(column.spec, kind)
            if before := self._before.get((column.name, kind)):
                shapes.restore(column.spec, before)
            self._state.reshaped(column.name)

    def _parameter(self, name: str) -> None:
        def spec() -> dict[str, object]:
            column = self._state.column
            return column.spec if column else {}

        def place() -> tuple[str | int, ...]:
            column = self._state.column
            return (*column.path, *shapes.parameter_path(column.spec, name)) if column else ()

        def get() -> str:
            return show(shapes.shape(spec()).parameters.get(name))

        made = Field(name, get(), kind="text" if name in shapes.LISTS else "number")
        self._state.bind(made, get, lambda text: shapes.set_parameter(spec(), name, text), place)

    def _draw_common(self, column: Column) -> None:
        if column.is_target:
            return
        with box("fields"):
            if column.kind != "line":
                self._field("missing", "Missing (share)", placeholder="0")
            if column.kind in TEXTUAL:
                self._field("max_length", "Longest text", placeholder="any length")
            if may_be_unique(column):
                self._choice("Values", "unique", UNIQUE)
            self._choice("In the files", "hidden", HIDDEN).classes("wide")

    def _fields(self, *fields: tuple[str, str]) -> None:
        with box("fields"):
            for key, label in fields:
                self._state.column_field(lambda: self._name, label, key)

    def _choice(self, label: str, key: str, options: dict[str, str]) -> Field:
        return self._state.column_field(
            lambda: self._name, label, key, kind="choice", options=options
        )

    def _field(self, key: str, label: str, **more: str) -> None:
        self._state.column_field(lambda: self._name, label, key, kind="number", **more)

    def _follow(self) -> None:
        """Name, plot and figures of the column as it is now."""
        column = self._state.column
        if column is None:
            return
        self._name = column.name
        self._title.set_text(column.name)
        if self._labels is not None:
            self._labels.follow()
        if self._plot is not None:
            self._plot.set_content(self._drawn(column))

    def _drawn(self, column: Column) -> str:
        """The plot of a column: its density, or the shares of its labels in the preview."""
        seen = self._seen(column)
        if column.kind == "number":
            said = f"Declared density of {column.name}"
            return density_plot(density(column.spec), seen, said)
        return labels(seen.names, seen.shares) if seen else ""

    def _seen(self, column: Column) -> Histogram | None:
        """What the preview has of the column."""
        return self._state.looks.get(column.name)
