"""What may come through the sockets of pages.

NiceGUI lets every socket speak for every page whose id it knows. Here a socket belongs to the
session whose cookie it came with: it joins pages of that session alone, and speaks for the ones
it has joined.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

import structlog
from nicegui import Client, core
from socketio.exceptions import ConnectionRefusedError as Refused

from app.ui.session import SESSION
from app.ui.sockets import SOCKET, Socket
from app.ui.toolkit.heirs import addressed

# Messages to a browser that does not take them.
MOST_UNREAD = 500
LONGEST_ID = 100
LONGEST_NOTE = 500

log = structlog.get_logger(__name__)


def bind_sockets() -> None:
    """Stand before the toolkit's own handlers of messages."""
    sio = core.sio
    # Messages of one socket one after the other: what waits stays with the browser.
    sio.async_handlers = False
    sio.eio.transports = ["websocket"]
    own: Mapping[str, Callable[..., Any]] = dict(sio.handlers["/"])
    # What a browser gets wrong is no error of the service, and no line of its log.
    for name in ("engineio.server", "socketio.server"):
        logging.getLogger(name).setLevel(logging.CRITICAL)

    async def connect(sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        query = {key: each[0] for key, each in parse_qs(environ.get("QUERY_STRING", "")).items()}
        if query.get("implicit_handshake") != "true":
            return
        if not _may_join(environ, query) or not await _joined(own["handshake"], sid, query):
            raise Refused("Implicit handshake failed")

    async def handshake(sid: str, data: Any = None, *rest: Any) -> bool:
        environ = sio.get_environ(sid)
        return _may_join(environ, data) and await _joined(own["handshake"], sid, data)

    sio.on("connect", connect)
    sio.on("handshake", handshake)
    sio.on("event", _bound(_heard_by_heirs(own["event"])))
    for name in ("javascript_response", "ack"):
        sio.on(name, _bound(own[name]))
    sio.on("log", _bound(_note))


def _may_join(environ: Any, data: Any) -> bool:
    """Whether a socket came with the session that the page was made for."""
    socket = _socket(environ)
    if socket is None or not isinstance(data, Mapping) or not _are_ids(data):
        return False
    client = Client.instances.get(data["client_id"])
    return client is not None and client.request.scope.get(SESSION) is socket.session


def _are_ids(data: Mapping[str, Any]) -> bool:
    names = ("client_id", "tab_id", "document_id")
    return all(
        isinstance(each := data.get(name), str) and len(each) <= LONGEST_ID for name in names
    )


async def _joined(handshake: Callable[..., Any], sid: str, data: Any) -> bool:
    try:
        joined = bool(await handshake(sid, data))
    except (LookupError, TypeError, ValueError):
        return False
    socket = _socket(core.sio.get_environ(sid))
    if joined and socket is not None:
        socket.joined = True
    return joined


def _bound(handler: Callable[..., Any]) -> Callable[..., None]:
    """A handler that hears a socket only of the page that it has joined."""

    def bound(sid: str, message: Any = None, *rest: Any) -> None:
        socket = _socket(core.sio.get_environ(sid))
        if socket is None:
            return
        # The time of this thread alone: on a busy machine the wait for others would use up what a
        # browser may have done, its pings would stay unread, and the connection would end.
        started = time.thread_time()
        try:
            if isinstance(message, dict) and _is_of(sid, message.get("client_id")):
                handler(sid, message)
        except (LookupError, TypeError, ValueError) as error:
            log.info("message of a page not understood", error=type(error).__name__)
        finally:
            socket.session.meter.work(time.thread_time() - started)
        if _unread(sid) > MOST_UNREAD:
            socket.task.cancel()

    return bound


def _heard_by_heirs(handler: Callable[..., Any]) -> Callable[[str, dict[str, Any]], None]:
    """A handler of events for which fields that were redrawn meanwhile are still there."""

    def heard(sid: str, message: dict[str, Any]) -> None:
        heir = addressed(message)
        handler(sid, message)
        if heir is not None and not heir.is_deleted:
            heir.show_value()

    return heard


def _is_of(sid: str, client_id: Any) -> bool:
    return client_id != sid and client_id in core.sio.rooms(sid)


def _socket(environ: Any) -> Socket | None:
    found = environ["asgi.scope"].get(SOCKET) if environ else None
    return found if isinstance(found, Socket) else None


def _unread(sid: str) -> int:
    """How many messages wait for a browser to take them."""
    eio = core.sio.eio.sockets.get(core.sio.manager.eio_sid_from_sid(sid, "/"))
    return 0 if eio is None else eio.queue.qsize()


def _note(sid: str, message: dict[str, Any]) -> None:
    """What a script of a page has to say of its own trouble."""
    log.info(
        "a page says", level=str(message["level"])[:10], said=str(message["message"])[:LONGEST_NOTE]
    )
