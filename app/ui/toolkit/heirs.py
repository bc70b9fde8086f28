"""Fields that take the place of others, and what browsers still say of the others.

A browser learns later than the server that a field was redrawn, and until then a person goes on
with the former one. NiceGUI drops what comes for an element that is gone, and with it what was
typed; here the heir takes it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

from nicegui import Client

from app.ui.toolkit.elements import TextElement

# Former fields of a page; the oldest are forgotten first.
MOST = 1_000

_heirs: WeakKeyDictionary[Client, dict[str, TextElement]] = WeakKeyDictionary()


@contextlib.contextmanager
def handing_over(fields: Callable[[], Iterable[tuple[str, TextElement]]]) -> Iterator[None]:
    """While fields are redrawn: what is still said of a former one goes to the one that is called
    the same, unless several are.

    Args:
        fields: gives the present fields with what they are called.
    """
    former = _alone(fields())
    listeners = {name: each.listener for name, each in former.items()}
    yield
    for name, heir in _alone(fields()).items():
        if name in former and former[name].is_deleted:
            _bequeath(listeners[name], heir)


def _alone(fields: Iterable[tuple[str, TextElement]]) -> dict[str, TextElement]:
    """The fields whose name no other has."""
    found: dict[str, list[TextElement]] = {}
    for name, each in fields:
        found.setdefault(name, []).append(each)
    return {name: each[0] for name, each in found.items() if len(each) == 1}


def _bequeath(listener: str, heir: TextElement) -> None:
    known = _heirs.setdefault(heir.client, {})
    known[listener] = heir
    while len(known) > MOST:
        del known[next(iter(known))]


def addressed(message: dict[str, Any]) -> TextElement | None:
    """The heir of the field that a message of a browser is about, addressed to it from here on;
    None where the field is still there, or has no heir.

    Raises TypeError for what no browser sends.
    """
    client = Client.instances.get(message.get("client_id", ""))
    known = _heirs.get(client, {}) if client is not None else {}
    heir = known.get(message.get("listener_id", ""))
    while heir is not None and heir.is_deleted:
        heir = known.get(heir.listener)
    if heir is not None:
        message |= {"id": heir.id, "listener_id": heir.listener}
    return heir
