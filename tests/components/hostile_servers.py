"""Servers on loopback that do to their clients whatever a protocol lets them do.

Each runs in a process of its own, so that what it sends costs the process under test nothing:

    with hostile_server("postgresql_error") as port: ...

No answer is larger than `MOST` bytes, and none goes on after the client has left.
"""

from __future__ import annotations

import itertools
import json
import socket
import socketserver
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

HOST = "127.0.0.1"
MOST = 6 << 30
MEGABYTE = b"x" * (1 << 20)
ROOT = Path(__file__).parents[2]


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


def _pieces(size: int) -> Iterator[bytes]:
    for _ in range(size >> 20):
        yield MEGABYTE


def _greet_postgresql(client: socket.socket) -> None:
    """Read until the client has named its user; encryption is refused."""
    while len(head := client.recv(4096)) == 8:  # SSLRequest, GSSENCRequest
        client.sendall(b"N")
    if not head:
        raise ConnectionError("the client has left")


def postgresql_error(client: socket.socket) -> None:
    """An ErrorResponse of 200 MB in place of a log-in."""
    _greet_postgresql(client)
    size = 200 << 20
    client.sendall(b"E" + struct.pack("!I", size + 4 + 12))
    client.sendall(b"SERROR\0M")
    for piece in _pieces(size):
        client.sendall(piece)
    client.sendall(b"\0\0\0\0")


def postgresql_parameters(client: socket.socket) -> None:
    """A ParameterStatus after the other, each of another name, and never a ReadyForQuery."""
    _greet_postgresql(client)
    client.sendall(_message(b"R", struct.pack("!I", 0)))
    for number in range(MOST >> 12):
        client.sendall(_message(b"S", b"p%d\0" % number + b"v" * 4000 + b"\0"))


def postgresql_notices(client: socket.socket) -> None:
    """A working log-in, and then nothing but notices."""
    _greet_postgresql(client)
    client.sendall(_message(b"R", struct.pack("!I", 0)))
    client.sendall(_message(b"S", b"server_version\x0016.0\0"))
    client.sendall(_message(b"K", struct.pack("!II", 1, 1)) + _message(b"Z", b"I"))
    notice = _message(b"N", b"SNOTICE\0C00000\0M" + b"n" * 4000 + b"\0\0")
    for _ in range(MOST >> 12):
        client.sendall(notice)


def mysql_packet(client: socket.socket) -> None:
    """A greeting of packets that each announce another one."""
    full = (b"\x0a" + MEGABYTE * 16)[: 2**24 - 1]
    for number in range(MOST >> 24):
        client.sendall(b"\xff\xff\xff" + bytes([number % 256]) + full)


def _request(client: socket.socket) -> tuple[str, str]:
    """Method and path of a request, whose body is read and forgotten."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (piece := client.recv(65536)):
            raise ConnectionError("the client has left")
        data += piece
    head, body = data.split(b"\r\n\r\n", 1)
    lines = head.decode("latin-1").split("\r\n")
    lengths = [int(line[15:]) for line in lines if line.lower().startswith("content-length:")]
    left = (lengths or [0])[0] - len(body)
    while left > 0 and (piece := client.recv(min(left, 1 << 20))):
        left -= len(piece)
    method, path, _ = lines[0].split(" ", 2)
    return method, path


def _answer(client: socket.socket, status: str, body: bytes = b"", *headers: str) -> None:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    client.sendall("\r\n".join(lines).encode() + body)


def http_error_body(client: socket.socket) -> None:
    """An error whose body has 600 MB, after word that there is no such object yet."""
    while _request(client)[0] == "HEAD":
        _answer(client, "404 Not Found")
    size = 600 << 20
    client.sendall(b"HTTP/1.1 400 Bad\r\nContent-Length: %d\r\n\r\n" % size)
    for piece in _pieces(size):
        client.sendall(piece)


def http_redirect(client: socket.socket) -> None:
    """A redirect to the next place, which has one too."""
    for number in itertools.count():
        _request(client)
        where = client.getsockname()
        _answer(client, "307 Moved", b"", f"Location: http://{where[0]}:{where[1]}/{number}")


def http_headers(client: socket.socket) -> None:
    """An answer whose headers do not end."""
    _request(client)
    client.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(MOST >> 10):
        client.sendall(b"X-%d: " % number + b"h" * 1000 + b"\r\n")


def http_small_headers(client: socket.socket) -> None:
    """An answer of as many headers as possible."""
    _request(client)
    client.sendall(b"HTTP/1.1 200 OK\r\n")
    for _ in range(MOST >> 20):
        client.sendall(b"a:b\r\n" * 200_000)


def http_continue(client: socket.socket) -> None:
    """`100 Continue`, and again."""
    _request(client)
    for _ in range(MOST >> 20):
        client.sendall(b"HTTP/1.1 100 C\r\n\r\n" * 50_000)


def http_chunks(client: socket.socket) -> None:
    """A body whose chunks do not end."""
    _request(client)
    client.sendall(b"HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(MOST >> 20):
        client.sendall(b"1\r\nx\r\n" * 200_000)


def salesforce_pages(client: socket.socket) -> None:
    """A query whose result goes on, on a page of another name each time."""
    record = {"Id": "1", "Status": "Completed", "Action": "None", "PartNumber": 1, "x": "y" * 1000}
    _, path = _request(client)
    page = {"done": False, "records": [record] * 500}
    page["nextRecordsUrl"] = f"/services/data/v64.0/query/{time.monotonic_ns()}"
    body = json.dumps(page if "/query" in path else {"access_token": "token", "id": "1"}).encode()
    _answer(client, "200 OK", body, "Content-Type: application/json", "Connection: close")


def drip(client: socket.socket) -> None:
    """An answer of HTTP, one byte a second."""
    client.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        client.sendall(b"x")
        time.sleep(1)


def tarpit(client: socket.socket) -> None:
    """Nothing, for as long as the client likes."""
    while client.recv(1 << 20):
        pass


def tls_half(client: socket.socket) -> None:
    """The beginning of a handshake of TLS, and no more."""
    client.recv(4096)
    client.sendall(b"\x16\x03\x03\x40\x00\x02")
    tarpit(client)


def postgresql_tls_half(client: socket.socket) -> None:
    """Encryption is agreed to, and its handshake never ends."""
    client.recv(8)
    client.sendall(b"S")
    tls_half(client)


KINDS: dict[str, Callable[[socket.socket], None]] = {
    behave.__name__: behave
    for behave in (
        postgresql_error,
        postgresql_parameters,
        postgresql_notices,
        postgresql_tls_half,
        mysql_packet,
        http_error_body,
        http_redirect,
        http_headers,
        http_small_headers,
        http_continue,
        http_chunks,
        salesforce_pages,
        drip,
        tarpit,
        tls_half,
    )
}


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128


def _serve(kind: str) -> None:
    behave = KINDS[kind]

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                behave(self.request)
            except OSError:
                return  # the client has left

    with _Server((HOST, 0), Handler) as server:
        sys.stdout.write(f"{server.server_address[1]}\n")
        sys.stdout.flush()
        # Whoever started this server holds its input open: the end of it is the end of the server.
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()


@contextmanager
def hostile_server(kind: str) -> Iterator[int]:
    """The port of a server of one of the `KINDS`, for the time of the block."""
    command = [sys.executable, "-m", "tests.components.hostile_servers", kind]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


if __name__ == "__main__":
    _serve(sys.argv[1])
