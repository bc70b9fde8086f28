"""The panel of a column of dates: which other column it follows, and how long after."""

from __future__ import annotations

from collections.abc import Callable

from app.ui.model import shapes
from app.ui.model.columns import Column
from app.ui.model.relations import following
from app.ui.pages.design.editor_state import EditorState
from app.ui.parts.field import Field
from app.ui.parts.tags import box, paragraph

NONE = {"": "none"}


class FollowingEditor:
    """`after` and `before`, and `within` where there is one of them."""

    def __init__(self, state: EditorState) -> None:
        self._state = state
        with box("fields"):
            for key, label in (("after", "After column"), ("before", "Before column")):
                self._reference(key, label)
        self._box = box("stack stack--tight")
        self._draw()

    @property
    def _column(self) -> Column:
        return self._state.column or Column("", {}, ())

    def _reference(self, key: str, label: str) -> None:
        """A choice among the other columns of dates; those of parents stay as they are."""
        name = self._column.name
        others = [
            each.name
            for each in self._state.table.columns()
            if each.kind == "moment" and each.name != name
        ]
        options = {**NONE, **{each: each for each in others}}
        made = self._state.column_field(
            lambda: self._column.name, label, key, kind="choice", options=options
        )
        made.on_value_change(lambda _: self._draw())

    def _draw(self) -> None:
        self._box.clear()
        column = self._column
        if not (column.get("after") or column.get("before")):
            return
        with self._box:
            paragraph("How long after it, or before it:", "quiet small")
            with box("fields"):
                self._choice("Within", following.UNITS, following.unit, following.set_unit)
                if following.unit(column.spec):
                    families = {name: name.replace("_", " ") for name in following.FAMILIES}
                    self._choice(
                        "How it is spread", families, following.family, following.set_family
                    )
                    self._parameters()

    def _choice(
        self,
        label: str,
        options: dict[str, str],
        get: Callable[[dict[str, object]], str],
        put: Callable[[dict[str, object], str], None],
    ) -> None:
        made = Field(label, get(self._column.spec), kind="choice", options=options)

        def change(text: str) -> None:
            put(self._column.spec, text)
            self._state.reshaped(self._column.name)

        self._state.bind(made, lambda: get(self._column.spec), change, self._place)

    def _parameters(self) -> None:
        names = shapes.FAMILIES.get(following.family(self._column.spec), {})
        for name in (*names, *following.ENDS):
            label = {"min": "At least", "max": "At most"}.get(name, name)
            made = Field(label, following.parameter(self._column.spec, name), kind="number")
            self._state.bind(
                made,
                lambda name=name: following.parameter(self._column.spec, name),  # type: ignore[misc]
                lambda text, name=name: following.set_parameter(self._column.spec, name, text),  # type: ignore[misc]
                lambda name=name: (*self._place(), name),  # type: ignore[misc]
            )

    def _place(self) -> tuple[str | int, ...]:
        return (*self._column.path, "within")
