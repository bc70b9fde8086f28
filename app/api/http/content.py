"""Bodies as they come in: their media type, their text, the values in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import anyio.to_thread
from fastapi import Depends, Request

from app.api.http.strict_json import decode_text, read_json
from app.api.http_errors import InvalidRequest, MalformedBody, UnsupportedMediaType
from app.engine.errors import Fault

JSON = "application/json"
YAML = "application/yaml"
YAML_TYPES = (YAML, "text/yaml", "application/x-yaml", "text/x-yaml")
DOCUMENT_TYPES = (JSON, *YAML_TYPES)
CHARSETS = frozenset({"utf-8", "utf8", "us-ascii"})

Source = bytes | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Body:
    """A body that was read completely; `media_type` is one of those that the route takes."""

    media_type: str
    content: bytes

    @property
    def is_yaml(self) -> bool:
        return self.media_type in YAML_TYPES

    async def json_object(self) -> dict[str, Any]:
        """The JSON object in the body, read in a thread. Raises MalformedBody, InvalidRequest."""
        value = await anyio.to_thread.run_sync(read_json, self.content)
        if not isinstance(value, dict):
            raise InvalidRequest(Fault("document", "must be a JSON object", "write {…}"))
        return value

    async def source(self) -> Source:
        """What the engine reads: text where the body is YAML, plain data where it is JSON."""
        return self.content if self.is_yaml else await self.json_object()


async def read_body(request: Request, accepted: tuple[str, ...]) -> Body:
    """The body of a request.

    Raises:
        UnsupportedMediaType: of another kind, in another charset, or compressed.
        MalformedBody: nothing in it, or no UTF-8 text.
        BodyTooLarge: more bytes than are read.
    """
    content = await request.body()
    media_type = _media_type(request, accepted)
    if not content:
        raise MalformedBody("the body is empty")
    decode_text(content)
    return Body(media_type, content)


async def read_bytes(request: Request, accepted: tuple[str, ...]) -> bytes:
    """The body of a request that is no text.

    Raises:
        UnsupportedMediaType: of another kind, or compressed.
        MalformedBody: nothing in it.
        BodyTooLarge: more bytes than are read.
    """
    content = await request.body()
    _media_type(request, accepted)
    if not content:
        raise MalformedBody("the body is empty")
    return content


def _media_type(request: Request, accepted: tuple[str, ...]) -> str:
    given = request.headers.get("content-type")
    media_type, charset = _parse(given or "")
    encoding = request.headers.get("content-encoding", "identity").lower()
    if media_type.startswith("application/") and media_type.endswith("+json"):
        media_type = JSON
    if media_type not in accepted or charset not in CHARSETS or encoding != "identity":
        raise UnsupportedMediaType(given, accepted, encoding)
    return media_type


def _parse(content_type: str) -> tuple[str, str]:
    """Media type and charset of a Content-Type header, in small letters."""
    media_type, _, parameters = content_type.partition(";")
    charset = "utf-8"
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"').lower()
    return media_type.strip().lower(), charset


async def _document_body(request: Request) -> Body:
    return await read_body(request, DOCUMENT_TYPES)


async def _source(body: Annotated[Body, Depends(_document_body)]) -> Source:
    return await body.source()


async def _json_object(request: Request) -> dict[str, Any]:
    body = await read_body(request, (JSON,))
    return await body.json_object()


async def _optional_json_object(request: Request) -> dict[str, Any]:
    return await _json_object(request) if await request.body() else {}


DocumentBody = Annotated[Body, Depends(_document_body)]
DocumentSource = Annotated[Source, Depends(_source)]
JsonObject = Annotated[dict[str, Any], Depends(_json_object)]
OptionalJsonObject = Annotated[dict[str, Any], Depends(_optional_json_object)]
