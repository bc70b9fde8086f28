"""Small servers of HTTP on loopback: a shelf that takes uploads, and what they have in common."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class QuietHandler(BaseHTTPRequestHandler):
    """A handler that reads bodies of a known length and logs nothing."""

    protocol_version = "HTTP/1.1"

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(
        self, status: int, content: bytes = b"", headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if "Content-Length" not in (headers or {}):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        """Nothing."""


@contextlib.contextmanager
def serving(handler: type[QuietHandler]) -> Iterator[str]:
    """The base URL of a server for the time of the block."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


class Shelf:
    """Takes uploads of whoever knows the word; keeps them by their path."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.files: dict[str, bytes] = {}
        self.headers: list[dict[str, str]] = []
        self.answers: list[tuple[int, dict[str, str]]] = []

    @contextlib.contextmanager
    def open(self) -> Iterator[str]:
        shelf = self

        class Handler(QuietHandler):
            def do_PUT(self) -> None:
                content = self.body()
                if len(content) < int(self.headers["Content-Length"]):
                    return  # cut off on the way
                shelf.headers.append(dict(self.headers))
                if shelf.answers:
                    status, headers = shelf.answers.pop(0)
                    self.answer(status, b"", headers)
                elif self.headers.get("Authorization") != f"Bearer {shelf.word}":
                    self.answer(403, b"<Error><Code>AccessDenied</Code></Error>")
                else:
                    shelf.files[self.path.rpartition("/")[2]] = content
                    self.answer(200, headers={"ETag": '"1"'})

        with serving(Handler) as url:
            yield url
