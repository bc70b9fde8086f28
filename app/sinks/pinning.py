"""Transports of httpx that connect to the address they are routed to.

The address takes the host's place in the URL that is connected to; `Host` and the name that the
certificate is checked for stay those of the request. Connections are not kept: one opened for a
name would be taken for another name of the same address, whose certificate nobody looked at.

Whoever answers is a stranger: of an answer at most `MAX_ANSWER` bytes are read, and never unpacked.
What comes before it, headers and interim answers (`100 Continue`), is bounded as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, cast

import httpcore
import httpx

MAX_ANSWER = 2**20
# Of a connection, the head of its answer included.
MOST_RECEIVED = MAX_ANSWER + 2**18
# An event loop reads in small pieces, each of which takes it little time.
PIECE = 2**12
_LOOKUPS = 8
_NOT_KEPT = httpx.Limits(max_keepalive_connections=0)


class AnswerTooLargeError(httpcore.ReadError):
    """The cause of an `httpx.ReadError` where a server sends more than it may."""


class Route(Protocol):
    @property
    def host(self) -> str: ...
    @property
    def ip(self) -> str: ...


Router = Callable[[httpx.URL], Route]


class PinnedTransport(httpx.BaseTransport):
    """Args:
    router: checks a URL and gives the address to connect to; what it raises is passed on.
    options: of `httpx.HTTPTransport`.
    """

    def __init__(self, router: Router, **options: Any) -> None:
        self._router = router
        self._inner = httpx.HTTPTransport(**{"limits": _NOT_KEPT, "trust_env": False, **options})
        # httpx has no parameter for what its pool opens connections with.
        self._inner._pool._network_backend = _Backend()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(_pinned(request, self._router(request.url)))
        answer.headers.pop("content-encoding", None)
        answer.stream = _Bounded(cast(httpx.SyncByteStream, answer.stream))
        return answer

    def close(self) -> None:
        self._inner.close()


class AsyncPinnedTransport(httpx.AsyncBaseTransport):
    """As `PinnedTransport`; of a connection at most `received` bytes are read.

    Lookups wait in threads of their own, so that slow name servers of strangers keep nothing else
    waiting.
    """

    def __init__(self, router: Router, received: int = MOST_RECEIVED, **options: Any) -> None:
        self._router = router
        self._lookups = ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="lookup")
        self._inner = httpx.AsyncHTTPTransport(
            **{"limits": _NOT_KEPT, "trust_env": False, **options}
        )
        self._inner._pool._network_backend = _AsyncBackend(received)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        loop = asyncio.get_running_loop()
        route = await loop.run_in_executor(self._lookups, self._router, request.url)
        answer = await self._inner.handle_async_request(_pinned(request, route))
        answer.headers.pop("content-encoding", None)
        answer.stream = _AsyncBounded(cast(httpx.AsyncByteStream, answer.stream))
        return answer

    async def aclose(self) -> None:
        self._lookups.shutdown(wait=False, cancel_futures=True)
        await self._inner.aclose()


class _Backend(httpcore.SyncBackend):
    """Opens connections that take at most `MOST_RECEIVED` bytes."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(super().connect_tcp(host, port, timeout, local_address, socket_options))


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner
        self._left = MOST_RECEIVED

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._inner.read(max_bytes, timeout)
        self._left = _rest(self._left, data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(self, *arguments: Any, **options: Any) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(*arguments, **options))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _AsyncBackend(httpcore.AnyIOBackend):
    """Opens connections that take at most `received` bytes."""

    def __init__(self, received: int) -> None:
        super().__init__()
        self._received = received

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        inner = await super().connect_tcp(host, port, timeout, local_address, socket_options)
        return _AsyncStream(inner, self._received)


class _AsyncStream(httpcore.AsyncNetworkStream):
    def __init__(self, inner: httpcore.AsyncNetworkStream, received: int) -> None:
        self._inner = inner
        self._left = received

    async def read(
        self,
        max_bytes: int,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> bytes:
        data = await self._inner.read(min(max_bytes, PIECE), timeout)
        self._left = _rest(self._left, data)
        return data

    async def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> None:
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(self, *arguments: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        try:
            inner = await self._inner.start_tls(*arguments, **options)
        except BaseException:  # a handshake that is cancelled leaves the connection open
            await self._inner.aclose()
            raise
        return _AsyncStream(inner, self._left)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _rest(left: int, data: bytes) -> int:
    if len(data) > left:
        raise AnswerTooLargeError("the server sent more than an answer may have")
    return left - len(data)


class _Bounded(httpx.SyncByteStream):
    """Ends with an error where there is more than an answer may have."""

    def __init__(self, stream: httpx.SyncByteStream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        left = MAX_ANSWER
        for chunk in self._stream:
            left = _left(left, chunk)
            yield chunk

    def close(self) -> None:
        self._stream.close()


class _AsyncBounded(httpx.AsyncByteStream):
    """As `_Bounded`."""

    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = MAX_ANSWER
        async for chunk in self._stream:
            left = _left(left, chunk)
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


def _left(left: int, chunk: bytes) -> int:
    if len(chunk) > left:
        message = f"the answer has more than {MAX_ANSWER:,} bytes"
        raise httpx.ReadError(message) from AnswerTooLargeError()
    return left - len(chunk)


def _pinned(request: httpx.Request, route: Route) -> httpx.Request:
    headers = httpx.Headers(request.headers)
    headers["Accept-Encoding"] = "identity"
    return httpx.Request(
        request.method,
        request.url.copy_with(host=route.ip),
        headers=headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": route.host},
    )
