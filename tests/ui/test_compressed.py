"""Files of the pages are asked for once, and sent from memory after that."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from app.ui import compressed
from app.ui.compressed import CompressedAssets

pytestmark = pytest.mark.anyio
TEXT = "let count = 0;\n" * 200


class Files:
    """Answers every address but `/none`, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        status = 404 if scope["path"] == "/none" else 200
        response = PlainTextResponse(TEXT, status, {"Set-Cookie": "mine=1", "ETag": '"1"'})
        await response(scope, receive, send)


async def ask(files: CompressedAssets, path: str, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(files)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get(path, headers={"Accept-Encoding": "gzip", **headers})


async def test_a_file_is_compressed_once_for_all_browsers() -> None:
    source = Files()
    files = CompressedAssets(GZipMiddleware(source))
    answers = [await ask(files, "/a.js") for _ in range(3)]
    assert source.asked == 1
    for answer in answers:
        assert answer.text == TEXT
        assert answer.headers["content-encoding"] == "gzip" and answer.headers["etag"] == '"1"'
        assert int(answer.headers["content-length"]) <= len(gzip.compress(TEXT.encode())) + 20
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [{"Accept-Encoding": "identity"}, {"Range": "bytes=0-9"}, {"If-None-Match": '"1"'}],
)
async def test_what_is_special_is_left_to_the_files_themselves(headers: dict[str, str]) -> None:
    source = Files()
    files = CompressedAssets(GZipMiddleware(source))
    for _ in range(2):
        answer = await ask(files, "/a.js", **headers)
        assert answer.headers["set-cookie"] == "mine=1"
    assert source.asked == 2


async def test_what_is_not_there_is_not_kept() -> None:
    source = Files()
    files = CompressedAssets(source)
    assert (await ask(files, "/none")).status_code == 404
    asked = source.asked
    assert (await ask(files, "/none")).status_code == 404
    assert source.asked > asked


async def test_a_browser_that_leaves_does_not_leave_half_a_file_to_the_others() -> None:
    async def pieces() -> AsyncIterator[str]:
        for piece in (TEXT, TEXT):
            await asyncio.sleep(0)
            yield piece

    async def source(scope: Scope, receive: Receive, send: Send) -> None:
        await StreamingResponse(pieces(), media_type="text/javascript")(scope, receive, send)

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    async def nobody(message: Message) -> None:
        """Takes what is sent."""

    files = CompressedAssets(source)
    asked = {"type": "http", "method": "GET", "path": "/a.js"}
    await files({**asked, "headers": [(b"accept-encoding", b"gzip")]}, gone, nobody)
    assert (await ask(files, "/a.js")).text == TEXT + TEXT


SPELLINGS = ["/./a.js", "/././a.js", "//a.js", "/b/../a.js", "/a.js/", "/a.js/.", "/b//a.js"]


@pytest.mark.parametrize("path", SPELLINGS)
async def test_another_spelling_of_an_address_is_no_file(path: str) -> None:
    source = Files()
    files = CompressedAssets(source)
    sent = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    headers = [(b"accept-encoding", b"gzip")]
    await files({"type": "http", "method": "GET", "path": path, "headers": headers}, receive, send)
    assert sent[0]["status"] == 404
    assert source.asked == 0


async def test_so_many_bytes_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressed, "MOST_BYTES", 2 * len(TEXT))
    source = Files()
    files = CompressedAssets(source)
    for number in (1, 2, 3, 3, 1):
        assert (await ask(files, f"/{number}.js")).text == TEXT
    assert source.asked == 4


async def test_parts_are_not_compressed_anew_for_each_browser() -> None:
    files = CompressedAssets(GZipMiddleware(Files()))
    for headers in ({"Range": "bytes=0-9"}, {"If-None-Match": '"2"'}):
        assert "content-encoding" not in (await ask(files, "/a.js", **headers)).headers
