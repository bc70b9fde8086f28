"""Files in a body of `multipart/form-data`, passed on as they come: none of them is held."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from app.api.http_errors import InvalidRequest, MalformedBody
from app.engine.errors import Fault

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks, MultipartParser

MEDIA_TYPE = "multipart/form-data"
MOST_FILES = 200
# Bytes of a field that is no file.
MOST_FIELD = 1_000


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a body.

    Args:
        name: of the field.
        filename: as the browser or program says it; None for a field that is no file.
        content_type: without parameters, in small letters.
    """

    name: str
    filename: str | None
    content_type: str
    body: AsyncIterator[bytes]


class _End(Enum):
    PART = "part"
    BODY = "body"


# The headers of a part, some of its data, or an end.
Event: TypeAlias = "dict[str, str] | bytes | _End"


class _Events:
    """What a parser has found and nobody has taken yet."""

    def __init__(self) -> None:
        self.found: deque[Event] = deque()
        self._headers: dict[str, str] = {}
        self._field, self._value = b"", b""
        self._parts = 0

    def on_part_begin(self) -> None:
        self._headers = {}
        self._parts += 1
        if self._parts > MOST_FILES:
            raise InvalidRequest(Fault("body", f"has more than {MOST_FILES} parts"))

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def on_header_end(self) -> None:
        name = self._field.decode("latin-1").lower()
        self._headers[name] = self._value.decode("latin-1")
        self._field, self._value = b"", b""

    def on_headers_finished(self) -> None:
        self.found.append(self._headers)

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self.found.append(data[start:end])

    def on_part_end(self) -> None:
        self.found.append(_End.PART)

    def on_end(self) -> None:
        self.found.append(_End.BODY)


class Multipart:
    """The parts of a body, one after the other.

    Raises MalformedBody where the body is none of this kind, or ends too early.
    """

    def __init__(self, content_type: str, stream: AsyncIterator[bytes]) -> None:
        self._stream = stream
        self._events = _Events()
        self._parser = _parser(content_type, self._events)

    async def parts(self) -> AsyncIterator[Part]:
        """Each part once; what is left of it is skipped when the next one is asked for."""
        while (found := await self._next()) is not _End.BODY:
            if isinstance(found, dict):
                yield _part(found, self._body())

    async def _body(self) -> AsyncIterator[bytes]:
        while True:
            found = await self._next()
            if not isinstance(found, bytes):
                return
            yield found

    async def _next(self) -> Event:
        from python_multipart.exceptions import FormParserError

        while not self._events.found:
            chunk = await anext(self._stream, b"")
            if not chunk:
                raise MalformedBody("the body ends before its last part does")
            try:
                self._parser.write(chunk)
            except FormParserError:
                raise MalformedBody("the body is no multipart/form-data") from None
        return self._events.found.popleft()


def _parser(content_type: str, events: _Events) -> MultipartParser:
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import MultipartParser, parse_options_header

    _, options = parse_options_header(content_type)
    callbacks: MultipartCallbacks = {
        "on_part_begin": events.on_part_begin,
        "on_part_data": events.on_part_data,
        "on_part_end": events.on_part_end,
        "on_header_field": events.on_header_field,
        "on_header_value": events.on_header_value,
        "on_header_end": events.on_header_end,
        "on_headers_finished": events.on_headers_finished,
        "on_end": events.on_end,
    }
    try:
        return MultipartParser(options[b"boundary"], callbacks)
    except (KeyError, FormParserError):
        raise MalformedBody("the Content-Type names no boundary, or a long one") from None


def _part(headers: dict[str, str], body: AsyncIterator[bytes]) -> Part:
    from python_multipart.multipart import parse_options_header

    _, options = parse_options_header(headers.get("content-disposition", ""))
    filename = options.get(b"filename")
    return Part(
        name=options.get(b"name", b"").decode("utf-8", "replace"),
        filename=None if filename is None else filename.decode("utf-8", "replace"),
        content_type=headers.get("content-type", "").partition(";")[0].strip().lower(),
        body=body,
    )


async def field_text(part: Part) -> str:
    """The text of a field that is no file. Raises InvalidRequest where it is long."""
    content = b""
    async for piece in part.body:
        content += piece
        if len(content) > MOST_FIELD:
            raise InvalidRequest(Fault("body", f"a field has more than {MOST_FIELD:,} bytes"))
    return content.decode("utf-8", "replace")
