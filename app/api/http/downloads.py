"""Files as answers: streamed, resumable, named."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote
from weakref import WeakValueDictionary

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.api.http.conditional_requests import Slice, is_unmodified, requested_slice
from app.api.http_errors import ResultGone
from app.api.shares import Shares
from app.jobs.models import ResultDownload

CHUNK = 256 * 1024
# Threads that read files for one tenant, apart from those of all other calls: a disk that hangs
# under the downloads of one keeps nobody else waiting.
THREADS = 4

# Each for as long as somebody of the tenant downloads.
_limiters: WeakValueDictionary[str, anyio.CapacityLimiter] = WeakValueDictionary()


def file_response(request: Request, file: ResultDownload) -> Response:
    """The answer to GET or HEAD of a file: 200, 206 for one range, 304.

    Raises:
        PreconditionFailed, RangeNotSatisfiable: see `conditional_requests`.
        TooManyStreams: when it is sent, where the key has as many open as it may have.
    """
    etag = f'"{file.sha256}"'
    headers = _headers(file, etag)
    if is_unmodified(request.headers, etag):
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = disposition(file.filename)
    if request.method == "HEAD":
        headers["Content-Length"] = str(file.bytes)
        return Response(headers=headers, media_type=file.media_type)
    part = requested_slice(request.headers, etag, file.bytes)
    if part is None:
        part, status = Slice(0, file.bytes), 200
    else:
        headers["Content-Range"], status = part.content_range(file.bytes), 206
    return FileSlice(file, part, status, headers, request)


def disposition(filename: str) -> str:
    """`Content-Disposition` with the name for every client: ASCII and RFC 8187 (RFC 6266)."""
    plain = filename.encode("ascii", "replace").decode().replace("?", "_")
    plain = "".join(
        letter if letter.isprintable() and letter not in '"\\' else "_" for letter in plain
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def _headers(file: ResultDownload, etag: str) -> dict[str, str]:
    digest = base64.b64encode(bytes.fromhex(file.sha256)).decode()
    return {
        "ETag": etag,
        "Repr-Digest": f"sha-256=:{digest}:",
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Vary": "Accept",
    }


def _opened(path: Path) -> BinaryIO:
    return path.open("rb")


def _limiter(request: Request) -> anyio.CapacityLimiter:
    """The threads of the caller's tenant."""
    tenant: str = request.state.caller.tenant
    limiter = _limiters.get(tenant)
    if limiter is None:
        limiter = _limiters[tenant] = anyio.CapacityLimiter(THREADS)
    return limiter


class FileSlice(StreamingResponse):
    """A part of a file. The file is opened before the answer begins, so that one that is gone
    is still a problem and not a broken download, and one that is deleted meanwhile is complete."""

    def __init__(
        self,
        file: ResultDownload,
        part: Slice,
        status: int,
        headers: dict[str, str],
        request: Request,
    ) -> None:
        self._file = file
        self._part = part
        self._in_thread = partial(anyio.to_thread.run_sync, limiter=_limiter(request))
        shares: Shares = request.app.state.shares
        self._share = partial(shares.held, request.state.caller)
        headers["Content-Length"] = str(part.length)
        super().__init__((), status, headers, file.media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._share():
            await self._stream(scope, receive, send)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._file.read is not None:
            self.body_iterator = self._file.read(self._part.first, self._part.length)
            await super().__call__(scope, receive, send)
            return
        try:
            file = await self._in_thread(partial(_opened, self._file.path))
        except FileNotFoundError:
            raise ResultGone("the file of this result was removed") from None
        with file:
            self.body_iterator = self._chunks(file)
            await super().__call__(scope, receive, send)

    async def _chunks(self, file: BinaryIO) -> AsyncIterator[bytes]:
        await self._in_thread(file.seek, self._part.first)
        left = self._part.length
        while left and (chunk := await self._in_thread(file.read, min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
