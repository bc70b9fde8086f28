"""Choices of one among a few, ticks, and files to read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nicegui import ui

from app.ui.parts.tags import box, icon, tag
from app.ui.toolkit.elements import Element, GenericEventArguments

# A message of the browser may hold a million bytes, quotes and all.
MOST_BYTES = 900_000


class Segments(Element):
    """Buttons in a row, one of them pressed."""

    def __init__(
        self, label: str, options: Mapping[str, str], value: str, on_change: Callable[[str], Any]
    ) -> None:
        super().__init__("div")
        self.classes("segments")
        self.props.update({"role": "group", "aria-label": label})
        self._on_change = on_change
        with self:
            self._buttons = {key: self._button(key, text) for key, text in options.items()}
        self.press(value)

    def press(self, value: str) -> None:
        """Show a choice as the present one."""
        for key, each in self._buttons.items():
            each.props(f"aria-pressed={'true' if key == value else 'false'}")

    def _button(self, key: str, text: str) -> Element:
        def choose() -> Any:
            self.press(key)
            return self._on_change(key)

        return tag("button", text, type="button").on("click", choose, [])


def tile(title: str, said: str, symbol: str, on_click: Callable[[], Any]) -> Element:
    """A large button with a sentence below its title."""
    made = tag("button", "", "tile", type="button", aria_pressed="false")
    with made:
        icon(symbol)
        tag("b", title)
        tag("span", said)
    return made.on("click", on_click, [])


def tick(text: str, on_change: Callable[[bool], Any], *, checked: bool = False) -> Element:
    """A box to tick with its name."""
    made = box("tick", "label")
    with made:
        each = tag("input", "", type="checkbox", checked=checked)
        tag("span", text)

    def told(event: GenericEventArguments) -> Any:
        each.props["checked"] = bool(event.args)
        return on_change(bool(event.args))

    each.on("change", told, js_handler="(event) => emit(event.target.checked)")
    return made


class TextFile(Element, component="file.js"):
    """A button that reads a text file: `on_read(name, text)`; of a file that may be `cut` the
    beginning."""

    def __init__(
        self, label: str, accept: str, on_read: Callable[[str, str], Any], *, cut: bool = False
    ) -> None:
        super().__init__()
        self.props.update({"label": label, "accept": accept, "most": MOST_BYTES, "cut": cut})
        self.on("read", lambda event: on_read(event.args["name"], event.args["text"]))
        self.on("refused", self._refuse)

    def _refuse(self, event: GenericEventArguments) -> None:
        ui.notify(
            f"{event.args['name']} has {event.args['bytes']:,} bytes, more than this page can "
            "read. Larger definitions go to the API.",
            type="negative",
        )
