"""Elements of a page, and what NiceGUI keeps in them."""

from __future__ import annotations

from functools import cached_property

from nicegui import context
from nicegui.element import Element
from nicegui.elements.html import Html
from nicegui.elements.mixins.value_element import ValueElement
from nicegui.events import GenericEventArguments

__all__ = ["Element", "GenericEventArguments", "Html", "Tag", "TextElement", "children"]


class Tag(Element):
    """An element with a text of its own, which may change."""

    def __init__(self, name: str, text: str = "") -> None:
        super().__init__(name)
        self._text = text or None

    @property
    def text(self) -> str:
        return self._text or ""

    def set_text(self, text: str) -> None:
        """Another text, sent to the browser where it differs."""
        if text != self.text:
            self._text = text or None
            self.update()


class TextElement(ValueElement[str]):
    """An element whose value is a text. A browser may send anything; what is no text changes
    nothing."""

    @cached_property
    def listener(self) -> str:
        """The id under which a browser tells of another value."""
        said = f"update:{self.VALUE_PROP}"
        return next(one.id for one in self._event_listeners.values() if one.type == said)

    def _event_args_to_value(self, e: GenericEventArguments) -> str:
        return e.args if isinstance(e.args, str) else self.value

    def show_value(self) -> None:
        """Send the value to the browser also where the browser itself sent it."""
        self._client_value = None
        self.update()

    def tell_value_again(self) -> None:
        """Tell those who listen the present value once more, as if it had just been typed."""
        self._handle_value_change(self.value)


def text_of(element: Element) -> str:
    """The text that an element of any kind shows before the elements in it."""
    return element._text or ""


def children(element: Element) -> list[Element]:
    """The elements in an element, in the order in which they are shown."""
    return element.default_slot.children


def whole_page() -> list[Element]:
    """The elements of the page that is being built, without those in them."""
    return children(context.client.content)
