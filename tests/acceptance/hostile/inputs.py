"""One hostile input, what it may do with a service, and what the service said to it."""

from __future__ import annotations

import http.client
import random
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

# A service that says nothing for so long does not answer.
PATIENCE = 60.0
MOST_READ = 1 << 30
CLOSED = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status, CLOSED where the connection ended without, or silence."""

    status: int | None
    retry_after: str | None = None
    size: int = 0
    beginning: bytes = b""
    location: str = ""

    @property
    def proper(self) -> bool:
        """Whether a service may answer like this whatever it was sent."""
        if self.status is None:
            return False
        return self.status < 500 or (self.status == 503 and self.retry_after is not None)


@dataclass(frozen=True)
class Target:
    """A service as its attacker sees it: a port, and keys of a tenant of the attacker's own."""

    port: int
    token: str
    victim: str
    job: str = ""

    def connect(self, timeout: float = PATIENCE) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def raw(self, data: bytes | Iterable[bytes], method: str = "GET") -> Answer:
        """The answer to bytes as they are, on a connection of their own."""
        with self.connect() as connection:
            try:
                for piece in [data] if isinstance(data, bytes) else data:
                    connection.sendall(piece)
            except OSError:
                pass  # it has answered, and ended the connection, before all was sent
            return read_answer(connection, method)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        keyed: bool = True,
    ) -> Answer:
        """The answer to a request; headers stand as they are, one byte a character."""
        return self.raw(self.request(method, path, body, headers, keyed=keyed), method)

    def request(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        keyed: bool = True,
    ) -> bytes:
        own = {"Host": f"127.0.0.1:{self.port}", "Connection": "close"}
        if keyed:
            own["Authorization"] = f"Bearer {self.token}"
        if body or method in {"POST", "PUT", "PATCH"}:
            own["Content-Length"] = str(len(body))
        lines = [f"{name}: {value}" for name, value in {**own, **(headers or {})}.items()]
        head = "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""])
        return head.encode("latin-1", "replace") + body


def read_answer(connection: socket.socket, method: str = "GET") -> Answer:
    """The next answer of a connection; its body is read and, but for the beginning, forgotten."""
    reader = http.client.HTTPResponse(connection, method=method)
    size, beginning = 0, b""
    try:
        reader.begin()
        while size < MOST_READ and (piece := reader.read(1 << 16)):
            beginning = beginning or piece
            size += len(piece)
    except TimeoutError:
        return Answer(None)
    except (http.client.HTTPException, OSError):
        if reader.status is None or not isinstance(reader.status, int):
            return Answer(CLOSED)
    retry = reader.headers.get("Retry-After")
    location = reader.headers.get("Location") or ""
    return Answer(reader.status, retry, size, beginning[:2000], location)


Act = Callable[[Target], Iterable[Answer]]


@dataclass(frozen=True)
class Input:
    """Something hostile; `kind` and `name` together tell it from all others."""

    kind: str
    name: str
    act: Act = field(repr=False)

    @property
    def id(self) -> str:
        return f"{self.kind}: {self.name}"


def request(
    kind: str,
    name: str,
    method: str,
    path: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    *,
    keyed: bool = True,
) -> Input:
    """An input that is a single request."""
    return Input(kind, name, lambda target: [target.ask(method, path, body, headers, keyed=keyed)])


def document(kind: str, name: str, path: str, value: Any) -> Input:
    """An input that posts JSON; it is made when it is sent, so that a catalogue stays small."""
    import json

    headers = {"Content-Type": "application/json"}

    def act(target: Target) -> Iterable[Answer]:
        made = value() if callable(value) else value
        return [target.ask("POST", path, json.dumps(made).encode(), headers)]

    return Input(kind, name, act)


def wait_for_job(target: Target, location: str, seconds: float) -> Answer:
    """Wait for a job to end, and cancel it where it does not; silence where even that fails."""
    for patience, then in ((seconds, "cancel"), (PATIENCE, "")):
        end = time.monotonic() + patience
        while time.monotonic() < end:
            answer = target.ask("GET", location)
            if answer.status != 200 or _ended(answer.beginning):
                return answer
            time.sleep(0.2)
        if then:
            target.ask("POST", f"{location}/{then}")
    return Answer(None)


def _ended(body: bytes) -> bool:
    return any(f'"status":"{end}"'.encode() in body for end in ("succeeded", "failed", "cancelled"))


def chance(seed: int, *names: object) -> random.Random:
    """A source of chance for one input, whatever others there are."""
    return random.Random(":".join(map(str, (seed, *names))))
