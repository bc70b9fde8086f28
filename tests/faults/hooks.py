"""A receiver of webhooks that now and then fails to take one."""

from __future__ import annotations

import json
import random
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Hooks:
    """Remembers the ids under which each event of each job was told, and which were taken."""

    def __init__(self, seed: int, failing: float) -> None:
        self.ids: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self.taken: set[str] = set()
        self.attempts = 0
        self._random = random.Random(f"{seed}:hooks")
        self._failing = failing
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _take(self, message_id: str, body: bytes) -> int:
        """The status to answer; a message that is refused does not count as arrived."""
        message = json.loads(body)
        with self._lock:
            self.attempts += 1
            self.ids[message["data"]["id"], message["type"]].add(message_id)
            if self._random.random() < self._failing:
                return 503
            self.taken.add(message_id)
            return 204

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hooks = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(hooks._take(self.headers["webhook-id"], body))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:
                """Nothing: what arrived is counted."""

        return Handler
