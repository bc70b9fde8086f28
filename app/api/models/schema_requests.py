"""What a definition is to be made of, other than itself."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from pydantic import Field

from app.api.http.content import JSON, read_body, read_bytes
from app.api.http.source_uploads import PACKED, SUFFIXES
from app.api.http_errors import InvalidRequest, MalformedBody
from app.api.models.job_requests import read_request
from app.engine.errors import Fault
from app.jobs.requests import RequestBody

SQL = "application/sql"
TEXT = "text/plain"
PLAIN = ".txt"
"""Of texts that show themselves whether they are SQL."""
_ONE_FILE = {name: suffix for name, suffix in SUFFIXES.items() if name not in PACKED}
FILES = {SQL: ".sql", TEXT: PLAIN, **_ONE_FILE}


class ImportText(RequestBody):
    """Tables that somebody has already; the text itself shows which of the two it is."""

    text: str = Field(
        description="An SQL script that makes tables, or a CSV file with its header.",
        examples=["create table plans (id int primary key, name varchar(40) not null);"],
    )


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """Bytes, and the suffix that says what they are."""

    content: bytes
    suffix: str


async def imported_file(request: Request) -> ImportedFile:
    """What a request brings to be imported: JSON around a text, or a file as it is.

    Raises:
        UnsupportedMediaType: of another kind.
        InvalidRequest: JSON without a text, or a file of nothing.
        MalformedBody: no JSON in it.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type in FILES:
        return ImportedFile(await _file(request), FILES[media_type])
    body = await read_body(request, (JSON, *FILES))
    text = read_request(ImportText, await body.json_object()).text
    return ImportedFile(text.encode(), PLAIN)


async def _file(request: Request) -> bytes:
    try:
        return await read_bytes(request, tuple(FILES))
    except MalformedBody:
        fault = Fault("", "the file is empty", "send an SQL script, or a file with rows")
        raise InvalidRequest(fault) from None
