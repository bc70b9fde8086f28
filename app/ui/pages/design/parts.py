"""Labels and buckets of the chosen column, each with its weight and effect."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from app.ui.model import effects, shapes
from app.ui.model.cats import Cat, label_names, read_cats
from app.ui.model.values import put, read_number, show
from app.ui.pages.design.column_grid import NO_EFFECT
from app.ui.pages.design.editor_state import EditorState
from app.ui.parts.field import Field, named_fields
from app.ui.parts.focus import focus
from app.ui.parts.row_faults import RowFaults
from app.ui.parts.tags import box, button, heading, tag
from app.ui.toolkit.heirs import handing_over

BARE: dict[str, Any] = {"bare": True}
# Labels that are drawn at once, and how many more at a click; all of them stand in the grid's
# line, too.
MANY, MORE = 40, 60


class LabelEditor:
    """One line a label; a change writes all labels back."""

    def __init__(self, state: EditorState) -> None:
        self._state = state
        self._most = MANY
        self._box = box("stack stack--tight")
        self._draw()

    @property
    def _cats(self) -> list[Cat]:
        column = self._state.table.column(self._state.chosen)
        return column.cats if column else []

    def _cat(self, number: int) -> Cat | None:
        """One label, without a look at all that come behind it."""
        column = self._state.table.column(self._state.chosen)
        cats = read_cats(column.spec.get("cats"), number + 1) if column else []
        return cats[number] if number < len(cats) else None

    def follow(self) -> None:
        """Redraw the labels where the grid has changed them."""
        column = self._state.table.column(self._state.chosen)
        if self._drawn != (label_names(column.spec.get("cats")) if column else []):
            with handing_over(lambda: named_fields(self._box)):
                self._draw()
            self._state.board.again()

    def _draw(self) -> None:
        self._box.clear()
        self._names: list[Field] = []
        self._faults: list[RowFaults] = []
        column = self._state.table.column(self._state.chosen)
        given = column.spec.get("cats") if column else None
        self._drawn = label_names(given)
        self._plain = column is None or column.is_target
        with self._box:
            with box("cats"):
                for head in ("Label", "Weight", "Correlation", "Strength", ""):
                    tag("span", head, "cats__head", aria_hidden="true")
                for number, cat in enumerate(read_cats(given, self._most)):
                    self._line(number, cat)
            with box("row"):
                if hidden := len(self._drawn) - len(self._names):
                    all_of_them = f"Show all {len(self._drawn)} labels"
                    text = all_of_them if hidden <= MORE else f"Show {MORE} more of {hidden} labels"
                    button(text, self._show_more, kind="quiet").classes("button--small")
                self._adder = button("Add a label", self._add, symbol="plus")
                self._adder.classes("button--small")

    def _line(self, number: int, cat: Cat) -> None:
        said = f"of label {number + 1}"

        def place(key: str) -> Callable[[], tuple[str | int, ...]]:
            return lambda: (*self._path(), self._label(number), key)

        made = Field(
            f"Label {number + 1}", cat.label, lambda text: self._rename(made, number, text), **BARE
        )
        self._state.board.register(made, lambda: (*self._path(), self._label(number)))
        self._names.append(made)
        weight = self._bind(number, f"Weight {said}", "proportion", place, kind="number", **BARE)
        fields = [made, weight]
        if self._plain:
            tag("span")
            tag("span")
        else:
            ways = {"kind": "choice", "options": NO_EFFECT, **BARE}
            fields.append(self._bind(number, f"Correlation {said}", "correlation", place, **ways))
            strengths = {"suggestions": effects.STRENGTHS, **BARE}
            fields.append(self._bind(number, f"Strength {said}", "strength", place, **strengths))
        button("", lambda: self._remove(number), symbol="cross", label=f"Remove label {number + 1}")
        self._faults.append(RowFaults(lambda: [each for each in fields if not each.is_deleted]))

    def show_faults(self) -> None:
        """Say below each label what is wrong with it."""
        for each in self._faults:
            each.show()

    def _bind(self, number: int, label: str, key: str, place: Any, **more: Any) -> Field:
        def get() -> str:
            cat = self._cat(number)
            return show(cat.spec.get(key)) if cat else ""

        def change(text: str) -> None:
            cats = self._cats
            _set(cats[number].spec, key, text)
            self._write(cats)

        return self._state.bind(Field(label, get(), **more), get, change, place(key))

    def _rename(self, made: Field, number: int, text: str) -> None:
        cats = self._cats
        others = {cat.label for place, cat in enumerate(cats) if place != number}
        made.refused = _refusal(text, others)
        if made.refused:
            self._state.controller.tell_again()
            return
        cats[number].label = self._drawn[number] = text
        self._write(cats)
        self._state.changed()

    def _show_more(self) -> None:
        before = self._most
        self._most += MORE
        self._draw()
        focus(self._names[before])
        self._state.board.again()

    def _add(self) -> None:
        cats = self._cats
        number = len(cats) + 1
        known = {cat.label for cat in cats}
        while f"label {number}" in known:
            number += 1
        place = len(cats) if len(cats) < self._most + MORE else 0
        self._most = max(self._most, place + 1)
        self._write([*cats[:place], Cat(f"label {number}"), *cats[place:]])
        self._draw()
        focus(self._names[place], mark=True)
        self._state.changed()

    def _remove(self, number: int) -> None:
        cats = self._cats
        del cats[number]
        self._write(cats)
        self._draw()
        focus(self._names[min(number, len(self._names) - 1)] if cats else self._adder)
        self._state.changed()

    def _write(self, cats: list[Cat]) -> None:
        column = self._state.table.column(self._state.chosen)
        if column is not None:
            column.cats = cats

    def _path(self) -> tuple[str | int, ...]:
        column = self._state.table.column(self._state.chosen)
        return (*column.path, "cats") if column else ()

    def _label(self, number: int) -> str:
        cat = self._cat(number)
        return cat.label if cat else ""


class BucketEditor:
    """The Gaussians of a mixture."""

    def __init__(self, state: EditorState) -> None:
        self._state = state
        self._box = box("stack stack--tight")
        self._draw()

    @property
    def _buckets(self) -> list[dict[str, Any]]:
        column = self._state.table.column(self._state.chosen)
        return shapes.buckets(column.spec) if column else []

    def _draw(self) -> None:
        self._box.clear()
        with self._box:
            for number in range(len(self._buckets)):
                self._bucket(number)
            with box("row"):
                button("Add a bucket", self._add, symbol="plus").classes("button--small")

    def _bucket(self, number: int) -> None:
        with box("bucket", role="group", aria_label=f"Bucket {number + 1}"):
            with box("row row--apart"):
                heading(3, f"Bucket {number + 1}")
                button(
                    "",
                    lambda: self._remove(number),
                    kind="quiet",
                    symbol="cross",
                    label=f"Remove bucket {number + 1}",
                )
            self._field(number, "Mean", "mean", kind="number")
            self._field(number, "SD", "std", kind="number")
            self._field(number, "Weight", "proportion", kind="number")
            self._field(number, "Correlation", "correlation", kind="choice", options=NO_EFFECT)
            self._field(number, "Strength", "strength", suggestions=effects.STRENGTHS)

    def _field(self, number: int, label: str, key: str, **more: Any) -> None:
        def bucket() -> dict[str, Any]:
            found = self._buckets
            return found[number] if number < len(found) else {}

        def place() -> tuple[str | int, ...]:
            column = self._state.table.column(self._state.chosen)
            steps = (shapes.BUCKETS,) if len(self._buckets) == 1 else (shapes.BUCKETS, number)
            return (*column.path, *steps, key) if column else ()

        made = Field(label, show(bucket().get(key)), **more)
        self._state.bind(
            made, lambda: show(bucket().get(key)), lambda text: _set(bucket(), key, text), place
        )

    def _add(self) -> None:
        self._put([*self._buckets, {"mean": 0, "std": 1}])

    def _remove(self, number: int) -> None:
        self._put([each for place, each in enumerate(self._buckets) if place != number])

    def _put(self, found: list[dict[str, Any]]) -> None:
        column = self._state.table.column(self._state.chosen)
        if column is not None:
            shapes.set_buckets(column.spec, found)
            self._state.reshaped(column.name)


def _refusal(label: str, others: Collection[str]) -> str:
    """Why this cannot be the name of a label; empty where it can."""
    if not label.strip():
        return "A label must have a name"
    return "Another label has this name" if label in others else ""


def _set(spec: dict[str, Any], key: str, text: str) -> None:
    if key == "correlation":
        effects.set_correlation(spec, text)
    else:
        put(spec, key, read_number(text))
