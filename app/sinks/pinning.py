"""Transports of httpx that connect to the address they are routed to.

The address takes the host's place in the URL that is connected to; `Host` and the name that the
certificate is checked for stay those of the request. Connections are not kept: one opened for a
name would be taken for another name of the same address, whose certificate nobody looked at.

Whoever answers is a stranger: of an answer at most `MAX_ANSWER` bytes are read, and never unpacked.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, cast

import httpx

MAX_ANSWER = 2**20
_LOOKUPS = 8
_NOT_KEPT = httpx.Limits(max_keepalive_connections=0)


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

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(_pinned(request, self._router(request.url)))
        answer.headers.pop("content-encoding", None)
        answer.stream = _Bounded(cast(httpx.SyncByteStream, answer.stream))
        return answer

    def close(self) -> None:
        self._inner.close()


class AsyncPinnedTransport(httpx.AsyncBaseTransport):
    """As `PinnedTransport`. Lookups wait in threads of their own, so that slow name servers of
    strangers keep nothing else waiting."""

    def __init__(self, router: Router, **options: Any) -> None:
        self._router = router
        self._lookups = ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="lookup")
        self._inner = httpx.AsyncHTTPTransport(
            **{"limits": _NOT_KEPT, "trust_env": False, **options}
        )

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
        raise httpx.ReadError(f"the answer has more than {MAX_ANSWER:,} bytes")
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
