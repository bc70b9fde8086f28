"""Transports of httpx that connect to the address they are routed to.

The address takes the host's place in the URL that is connected to; `Host` and the name that the
certificate is checked for stay those of the request. Connections are not kept: one opened for a
name would be taken for another name of the same address, whose certificate nobody looked at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import httpx

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
        return self._inner.handle_request(_pinned(request, self._router(request.url)))

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
        return await self._inner.handle_async_request(_pinned(request, route))

    async def aclose(self) -> None:
        self._lookups.shutdown(wait=False, cancel_futures=True)
        await self._inner.aclose()


def _pinned(request: httpx.Request, route: Route) -> httpx.Request:
    return httpx.Request(
        request.method,
        request.url.copy_with(host=route.ip),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": route.host},
    )
