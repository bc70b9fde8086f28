"""Receivers that answer as they like: they cost neither memory nor the time of the event loop."""

from __future__ import annotations

import asyncio
import time

import httpx
import psutil
import pytest

from app.sinks.egress import EgressPolicy, read_allowed
from app.webhooks.posting import MAX_RECEIVED, Outcome, post
from tests.components.hostile_servers import hostile_server

pytestmark = pytest.mark.anyio

LOOPBACK = EgressPolicy(read_allowed("127.0.0.1"))
LONGEST_LAG, MOST_GROWTH = 0.1, 20 << 20


async def _post(url: str, seconds: float) -> Outcome:
    transport = LOOPBACK.async_transport(received=MAX_RECEIVED)
    async with httpx.AsyncClient(transport=transport) as client:
        return await post(client, url, b"{}", {}, seconds)


async def _longest_lag(over: asyncio.Event) -> float:
    """Seconds of this thread's own time, so that other processes of the machine do not count."""
    longest = 0.0
    while not over.is_set():
        began = time.thread_time()
        await asyncio.sleep(0.005)
        longest = max(longest, time.thread_time() - began)
    return longest


@pytest.mark.parametrize(
    ("server", "scheme", "told"),
    [
        ("http_headers", "http", "no answer: RemoteProtocolError|no answer: ReadError"),
        ("http_small_headers", "http", "no answer: RemoteProtocolError|no answer: ReadError"),
        ("http_continue", "http", "no answer: ReadError"),
        ("http_chunks", "http", "the receiver answered 400"),
        ("http_error_body", "http", "the receiver answered 400"),
        ("http_redirect", "http", "redirects are not followed"),
        ("drip", "http", "no answer within 2 s"),
        ("tarpit", "http", "no answer within 2 s"),
        ("tls_half", "https", "no answer within 2 s"),
    ],
)
async def test_an_answer_without_end_is_not_read_to_it(server: str, scheme: str, told: str) -> None:
    with hostile_server(server) as port:
        await _post(f"http://127.0.0.1:{port}/", 0.1)  # everything is imported
        before, over = psutil.Process().memory_info().rss, asyncio.Event()
        watching = asyncio.create_task(_longest_lag(over))
        seconds = 2.0 if told.endswith("within 2 s") else 60.0
        outcome = await _post(f"{scheme}://127.0.0.1:{port}/", seconds)
        over.set()
        assert outcome.error is not None
        assert any(each in outcome.error for each in told.split("|"))
        assert await watching < LONGEST_LAG
        assert psutil.Process().memory_info().rss - before < MOST_GROWTH
