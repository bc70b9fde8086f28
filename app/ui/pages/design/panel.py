"""The panel of the chosen column: what the grid has no room for, and the declared density."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from app.ui.model import shapes
from app.ui.model.columns import TYPES, Column
from app.ui.model.density import density
from app.ui.model.histograms import Histogram
from app.ui.model.values import show
from app.ui.pages.design.desk import Desk
from app.ui.pages.design.parts import BucketEditor, LabelEditor
from app.ui.parts.curves import density_plot
from app.ui.parts.drawing import html, labels
from app.ui.parts.field import Field
from app.ui.parts.focus import focus
from app.ui.parts.tags import box, card, heading, paragraph

BOUNDS = {"": "clip", "truncate": "truncate"}
UNIQUE = {"": "may repeat", "true": "unique"}
LOCALE = (("locale", "Locale"),)
ID_FIELDS = {
    "sequence": (("prefix", "Prefix"), ("start", "First number"), ("width", "Digits")),
    "pattern": (("pattern", "Pattern"),),
    "bban": LOCALE,
    "iban": LOCALE,
}


class Panel:
    """Drawn anew for another column or shape; its plot follows every change."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._box = card("Chosen column")
        self._plot: ui.html | None = None
        self._labels: LabelEditor | None = None
        self._before: dict[tuple[str, str], dict[str, Any]] = {}
        desk.on_chosen.append(self.draw)
        desk.on_shape.append(lambda name: self.draw() if name == desk.chosen else None)
        desk.on_changed.append(self._follow)
        desk.studio.on_checked.append(self._follow)
        self._name = ""
        self.draw()

    def draw(self) -> None:
        self._box.clear()
        self._plot, self._labels = None, None
        column = self._desk.column
        with self._box:
            if column is None:
                heading(2, "No column yet")
                paragraph("Add a column to see more of it here.", "quiet")
                return
            self._title = heading(2, column.name)
            self._name = column.name
            kind = TYPES.get(column.type, column.type or "no type yet")
            paragraph(f"{'Target, ' if column.is_target else ''}{kind}", "quiet small")
            self._draw_kind(column)
            self._draw_common(column)
        self._follow()
        self._desk.board.again()

    def _draw_kind(self, column: Column) -> None:
        if column.kind == "number":
            self._number(column)
        elif column.kind == "category":
            self._labels = LabelEditor(self._desk)
            self._plot = html("", "plot-home")
        elif column.kind == "moment":
            self._fields(("after", "After column"), ("before", "Before column"))
        elif column.kind == "id":
            self._fields(*ID_FIELDS.get(column.id_format, ()))
        elif column.kind == "formula":
            names = ", ".join(
                each.name for each in self._desk.table.columns() if not each.is_target
            )
            paragraph(f"May use: {names}. Names with blanks stand in `backticks`.", "quiet small")
        elif column.kind == "realistic":
            self._fields(*LOCALE)
        if column.is_target and column.kind in {"category", "bool"}:
            self._fields(("positive", "Positive label"))

    def _number(self, column: Column) -> None:
        found = shapes.shape(column.spec)
        kinds = {each: each.replace("_", " ") for each in shapes.KINDS}
        self._kind = Field(
            "Distribution", found.kind, self._choose_kind, kind="choice", options=kinds
        )
        self._plot = html("", "plot-home")
        if found.kind == shapes.BUCKETS:
            BucketEditor(self._desk)
        else:
            with box("fields"):
                for name in shapes.FAMILIES.get(found.kind, {}):
                    self._parameter(name)
        with box("fields"):
            self._field("min", "Minimum")
            self._field("max", "Maximum")
            if column.type == "float":
                self._field("decimals", "Decimals")
            made = self._desk.column_field(
                lambda: self._name, "Beyond the bounds", "bounds", kind="choice", options=BOUNDS
            )
            made.classes("wide")

    def _choose_kind(self, kind: str) -> None:
        column = self._desk.column
        if column is None:
            return
        present = shapes.shape(column.spec).kind
        if kind != present:
            self._before[column.name, present] = shapes.said(column.spec)
            shapes.set_kind(column.spec, kind)
            if before := self._before.get((column.name, kind)):
                shapes.restore(column.spec, before)
            self._desk.reshaped(column.name)
            focus(self._kind)

    def _parameter(self, name: str) -> None:
        def spec() -> dict[str, object]:
            column = self._desk.column
            return column.spec if column else {}

        def place() -> tuple[str | int, ...]:
            column = self._desk.column
            return (*column.path, *shapes.parameter_path(column.spec, name)) if column else ()

        def get() -> str:
            return show(shapes.shape(spec()).parameters.get(name))

        made = Field(name, get(), kind="text" if name in shapes.LISTS else "number")
        self._desk.bind(made, get, lambda text: shapes.set_parameter(spec(), name, text), place)

    def _draw_common(self, column: Column) -> None:
        if column.is_target:
            return
        with box("fields"):
            self._field("missing", "Missing (share)", placeholder="0")
            if column.kind in {"number", "realistic", "moment"}:
                self._desk.column_field(
                    lambda: self._name, "Values", "unique", kind="choice", options=UNIQUE
                )

    def _fields(self, *fields: tuple[str, str]) -> None:
        with box("fields"):
            for key, label in fields:
                self._desk.column_field(lambda: self._name, label, key)

    def _field(self, key: str, label: str, **more: str) -> None:
        self._desk.column_field(lambda: self._name, label, key, kind="number", **more)

    def _follow(self) -> None:
        """Name, plot and figures of the column as it is now."""
        column = self._desk.column
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
        return self._desk.looks.get(column.name)
