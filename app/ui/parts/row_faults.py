"""What is wrong with the fields of a line, over the whole width of the line."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from app.ui.parts.field import Field
from app.ui.parts.tags import box, button, tag


class RowFaults:
    """Stands below the narrow fields of a line, where a message has room; the fields keep it for
    those who hear the page."""

    def __init__(self, fields: Callable[[], Iterable[Field]]) -> None:
        self._fields = fields
        self._box = box("row-faults")
        self._shown: tuple[object, ...] = ()

    def show(self) -> None:
        """Say what the fields have to say now."""
        found = [each for each in self._fields() if each.said]
        shown = tuple((each.label, each.said, each.choices) for each in found)
        if shown == self._shown:
            return
        self._shown = shown
        self._box.clear()
        with self._box:
            for each in found:
                _say(each)


def _say(field: Field) -> None:
    with box("row-fault"):
        with tag("p", aria_hidden="true"):
            tag("b", f"{field.label}: ")
            tag("span", field.said)
        for text, said in field.choices:
            button(said, lambda text=text: field.settle(text)).classes("button--small")
