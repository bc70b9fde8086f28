"""Choices of one among a few, ticks, and files to read."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

from nicegui import ui

from app.ui.parts.tags import box, icon, tag
from app.ui.toolkit.elements import Element, GenericEventArguments, children

# A message of the browser may hold a million bytes, quotes and all.
MOST_BYTES = 900_000
MOST_FILE_BYTES = 3_500_000
"""Of a file that goes on to the API in one body."""


ENCODINGS = {
    "utf-16le": "UTF-16",
    "utf-16be": "UTF-16",
    "windows-1252": "Windows-1252 (it is no UTF-8)",
}


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

    def state(event: GenericEventArguments) -> Any:
        each.props["checked"] = bool(event.args)
        return on_change(bool(event.args))

    each.on("change", state, js_handler="(event) => emit(event.target.checked)")
    return made


def quiet_tick(label: str, on_change: Callable[[bool], Any]) -> Element:
    """A box to tick whose name only readers of the screen say."""
    made = tick(label, on_change)
    children(made)[1].classes("reader")
    return made


class TextFile(Element, component="file.js"):
    """A button that reads a text file: `on_read(name, text)`; of a file that may be `cut` the
    beginning. `encoding` is how the last one was read."""

    def __init__(
        self, label: str, accept: str, on_read: Callable[[str, str], Any], *, cut: bool = False
    ) -> None:
        super().__init__()
        self.props.update({"label": label, "accept": accept, "most": MOST_BYTES, "cut": cut})
        self._on_read = on_read
        self.encoding = ""
        self.on("read", self._read)
        self.on("refused", self._refuse)

    def _read(self, event: GenericEventArguments) -> Any:
        match event.args:
            case {"name": str(name), "text": str(text), "encoding": str(encoding)}:
                self.encoding = ENCODINGS.get(encoding, "UTF-8")
                return self._on_read(name, text)

    def _refuse(self, event: GenericEventArguments) -> None:
        match event.args:
            case {"name": str(name), "sheet": True}:
                ui.notify(
                    f"{name} is a workbook, and text is read here. Save the sheet as CSV (UTF-8), "
                    "and choose that file.",
                    type="negative",
                )
            case {"name": str(name), "bytes": int(size)}:
                ui.notify(
                    f"{name} has {size:,} bytes, more than this page can read. Larger definitions "
                    "go to the API.",
                    type="negative",
                )


class BytesFile(Element, component="bytes_file.js"):
    """A button that reads a file: `on_read(name, content)` once all of it is there."""

    def __init__(self, label: str, accept: str, on_read: Callable[[str, bytes], Any]) -> None:
        super().__init__()
        self.props.update({"label": label, "accept": accept, "most": MOST_FILE_BYTES})
        self._on_read = on_read
        self._content = bytearray()
        self._number = 0
        self.on("piece", self._take)
        self.on("refused", self._refuse)

    def _take(self, event: GenericEventArguments) -> Any:
        """Pieces come one after the other; anything else begins again."""
        match event.args:
            case {
                "name": str(name),
                "number": int(number),
                "pieces": int(pieces),
                "data": str(data),
            }:
                pass
            case _:
                return None
        if number == 0:
            self._content, self._number = bytearray(), 0
        try:
            piece = base64.b64decode(data, validate=True)
        except binascii.Error:
            return None
        if number != self._number or len(self._content) + len(piece) > MOST_FILE_BYTES:
            return None
        self._content += piece
        self._number += 1
        if self._number < pieces:
            return None
        content, self._content = bytes(self._content), bytearray()
        return self._on_read(name, content)

    def _refuse(self, event: GenericEventArguments) -> None:
        match event.args:
            case {"name": str(name), "bytes": int(size)}:
                ui.notify(
                    f"{name} has {size:,} bytes; this page reads {MOST_FILE_BYTES:,}. Larger ones: "
                    "tablesmith profile FILE --as definition, on the command line.",
                    type="negative",
                )
