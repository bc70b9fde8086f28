"""A visitor of the pages without a browser: reads a page, holds its socket, sends its events."""

from __future__ import annotations

import contextlib
import html
import http.client
import json
import re
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlencode

from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect

from tests.acceptance.hostile.inputs import CLOSED, Answer, Target

Elements = dict[str, dict[str, Any]]
SOCKET = "/_nicegui_ws/socket.io/"
SOCKET_SECONDS = 60.0
SIGN_IN_SECONDS = 60.0


@dataclass
class Visit:
    """One page as a browser would hold it."""

    target: Target
    path: str = "/"
    cookie: str = ""
    client_id: str = ""
    status: int = 0
    elements: Elements = field(default_factory=dict)
    socket: ClientConnection | None = None
    told: int = 0
    sent_to: str = ""

    def open(self) -> Visit:
        """Read the page: its cookie, its elements, its name among the server's clients."""
        connection = http.client.HTTPConnection("127.0.0.1", self.target.port, timeout=60)
        headers = {"Cookie": self.cookie} if self.cookie else {}
        connection.request("GET", self.path, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        self.status = answer.status
        self.cookie = (answer.getheader("Set-Cookie") or self.cookie).partition(";")[0]
        found = re.search(r"'client_id': '([^']+)'", text)
        self.client_id = found[1] if found else ""
        begin = text.find("String.raw`") + len("String.raw`")
        if found:
            raw = text[begin : text.index("`", begin)]
            self.elements = json.loads(html.unescape(raw.replace("&#36;", "$")))
        return self

    def query(self, **more: str) -> str:
        own = {"client_id": self.client_id, "document_id": str(uuid.uuid4()), "old_tab_id": ""}
        given = {"EIO": "4", "transport": "websocket", "next_message_id": "0", **own}
        return urlencode(
            {**given, "tab_id": str(uuid.uuid4()), "implicit_handshake": "true", **more}
        )

    @contextlib.contextmanager
    def connected(self, cookie: str | None = None, **headers: str) -> Iterator[Visit]:
        """The page's socket, as this visitor or with another's cookie.

        Raises InvalidHandshake or ConnectionClosed where the server does not want that.
        """
        address = f"ws://127.0.0.1:{self.target.port}{SOCKET}?{self.query()}"
        own = self.cookie if cookie is None else cookie
        given = {"Origin": f"http://127.0.0.1:{self.target.port}", "Cookie": own, **headers}
        origin = given.pop("Origin")
        with connect(
            address, additional_headers=given, origin=origin, open_timeout=60, max_size=None,  # type: ignore[arg-type]
            compression=None, close_timeout=2,
        ) as self.socket:  # fmt: skip
            self.socket.recv(SOCKET_SECONDS)
            self.socket.send("40")
            if not str(self.socket.recv(SOCKET_SECONDS)).startswith("40"):
                raise ConnectionError("the page is not this visitor's")
            yield self

    def send(self, event: str, **content: Any) -> None:
        assert self.socket
        message = {"client_id": self.client_id, **content}
        self.socket.send(f"42{json.dumps([event, message])}")

    def fire(self, element: str, kind: str, *arguments: Any) -> None:
        """An event of an element, as a browser tells it: each argument is JSON in itself."""
        listener = next(
            each["listener_id"] for each in self.elements[element]["events"] if each["type"] == kind
        )
        told = [json.dumps(each) for each in arguments]
        self.send("event", id=int(element), listener_id=listener, args=told)

    def listen(self, seconds: float) -> bool:
        """Take in what the server tells, until it is silent for so long; False once it has gone."""
        assert self.socket
        while True:
            try:
                message = self.socket.recv(seconds)
            except TimeoutError:
                return True
            except ConnectionClosed:
                return False
            if isinstance(message, str) and message.startswith("42"):
                self._take_in(json.loads(message[2:]))
            elif message == "2":
                self.socket.send("3")

    def _take_in(self, message: list[Any]) -> None:
        if message[0] == "open":
            self.sent_to = str(message[1]["path"])
        elif message[0] == "update":
            self.told += 1
            self.elements |= {
                key: each for key, each in message[1].items() if isinstance(each, dict)
            }

    def find(self, **wanted: str) -> str:
        """An element that has events, by `text`, `tag` or a property; of several the last, which
        is the innermost. A text may also stand anywhere below it."""
        live = [key for key, each in self.elements.items() if each.get("events")]
        named = [key for key in live if self._is(key, wanted)]
        return [*[key for key in live if self._holds(key, wanted.get("text", ""))], *named][-1]

    def _is(self, key: str, wanted: dict[str, str]) -> bool:
        element = self.elements[key]
        own = {name: element.get(name) for name in ("tag", "text")} | (element.get("props") or {})
        return all(own.get(name) == to for name, to in wanted.items())

    def sign_in(self, token: str) -> Visit:
        """Give a key at the door, as a person does; from here on this is a browser with a key."""
        self.path = "/sign-in"
        with self.open().connected():
            self.fire(self.find(label="API key"), "update:value", token)
            self.fire(self.find(text="Use it"), "click")
            end = time.monotonic() + SIGN_IN_SECONDS
            while not self.sent_to and time.monotonic() < end and self.listen(0.2):
                pass
        self.path = self.sent_to
        self.open()
        self.path = "/"
        return self

    def _holds(self, key: str, text: str) -> bool:
        children = self.elements.get(key, {}).get("children") or []
        return any(
            self.elements.get(str(child), {}).get("text") == text or self._holds(str(child), text)
            for child in children
        )

    def press(self, text: str, patience: float = 1.0) -> None:
        self.fire(self.find(text=text), "click")
        self.listen(patience)

    def wait(self, seconds: float) -> bool:
        """Until the page has changed or is gone, for so long at the most; whether it did."""
        before, end = self.told, time.monotonic() + seconds
        while self.told == before and time.monotonic() < end:
            if not self.listen(0.2):
                return True
        return self.told > before


@cache
def cookie_of(target: Target, token: str) -> str:
    """The cookie of a browser that has signed in with a key."""
    return Visit(target).sign_in(token).cookie


def visit(target: Target, path: str = "/") -> Visit:
    """A page as the attacker sees it, who has a key of a tenant of its own."""
    return Visit(target, path, cookie_of(target, target.token)).open()


def answered(act: Any) -> Answer:
    """What a server made of something on a socket: 101, the status that refused it, or the end."""
    try:
        act()
    except InvalidHandshake as refused:
        status = getattr(getattr(refused, "response", None), "status_code", CLOSED)
        return Answer(status)
    except (ConnectionClosed, ConnectionError, EOFError):
        return Answer(CLOSED)
    except TimeoutError:
        return Answer(None)
    return Answer(101)
