"""What becomes of elements that a page no longer shows."""

from __future__ import annotations

from collections.abc import Iterable

from nicegui import Client
from nicegui.element import Element
from nicegui.elements.mixins.value_element import ValueElement

_remove_elements = Client.remove_elements


def untie_deleted_elements() -> None:
    """The toolkit leaves a deleted element tied to itself: its classes, its properties and its
    handlers refer to it, and it to them. Pages of thousands of elements would pile up until a full
    collection of garbage, which then holds the loop; untied, an element is freed at once."""
    Client.remove_elements = remove_elements  # type: ignore[method-assign, assignment]


def remove_elements(client: Client, elements: Iterable[Element]) -> None:
    """Remove elements from a page, for good."""
    deleted = list(elements)
    _remove_elements(client, deleted)
    for element in deleted:
        _untie(element)
    if not client.elements:
        for handlers in (
            client.connect_handlers,
            client.disconnect_handlers,
            client.delete_handlers,
        ):
            handlers.clear()


def delete_page(client: Client) -> None:
    """Delete a page before its time; the toolkit would do it again when its time has come."""
    for task in client._delete_tasks.values():
        task.cancel()
    client.delete()


def _untie(element: Element) -> None:
    for each in (element._classes, element._style, element._props):
        each._change_handlers.clear()
    element._event_listeners.clear()
    if isinstance(element, ValueElement):
        element._change_handlers.clear()
    for slot in element.slots.values():
        slot.children.clear()
