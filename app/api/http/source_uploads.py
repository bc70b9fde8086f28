"""Uploaded tables: which format a body is of, and what its file is called."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import Request

from app.api.http.content import JSON
from app.api.http.multipart import MEDIA_TYPE as MULTIPART
from app.api.http.multipart import Part
from app.api.http_errors import InvalidRequest, UnsupportedMediaType
from app.engine.errors import Fault
from app.engine.formats import FORMATS
from app.engine.sources.opening import TABLE_SUFFIXES, format_of_source
from app.sources.files import file_name
from app.sources.uploads import UploadedFile

# Media types that say nothing of the format: the name does.
BY_NAME = ("application/octet-stream", "application/gzip", "text/plain")
PACKED = {"application/zip": ".zip", "application/x-zip-compressed": ".zip"}
OTHERS = {
    "application/csv": ".csv",
    "application/x-jsonlines": ".jsonl",
    "application/jsonlines": ".jsonl",
    "application/x-parquet": ".parquet",
    "application/parquet": ".parquet",
    "application/vnd.apache.arrow.stream": ".arrow",
}
SUFFIXES = {
    media_type: f".{form.suffix}"
    for form in FORMATS.values()
    for media_type in (form.media_type, *form.other_media_types)
    if media_type not in BY_NAME
} | PACKED
ACCEPTED = (*SUFFIXES, *BY_NAME)


async def raw_file(request: Request, name: str) -> AsyncIterator[UploadedFile]:
    """The raw body of a request as a file, by its Content-Type and the name it is given."""
    yield UploadedFile(described(request, name), request.stream())


async def multipart_files(first: Part, rest: AsyncIterator[Part]) -> AsyncIterator[UploadedFile]:
    """The files of a body of several parts, one after the other.

    Raises:
        InvalidRequest: a part whose format nobody knows, or two files of one name.
        MalformedBody: the body ends too early.
    """
    taken: set[str] = set()
    yield _uploaded(first, taken)
    async for part in rest:
        if part.filename:
            yield _uploaded(part, taken)


def _uploaded(part: Part, taken: set[str]) -> UploadedFile:
    given = (part.filename or "").replace("\\", "/").rpartition("/")[2]
    known = {**OTHERS, **SUFFIXES}
    suffix = suffix_of(given) or known.get(part.content_type)
    if suffix is None:
        endings = ", ".join(sorted(TABLE_SUFFIXES))
        message = "has a name that does not say which format it has"
        raise InvalidRequest(Fault(f"body[{len(taken)}]", message, f"end it in {endings}"))
    name = file_name(given, suffix)
    if name.casefold() in taken:
        raise InvalidRequest(Fault(f"body[{len(taken)}]", "has the name of a file before it"))
    taken.add(name.casefold())
    return UploadedFile(name, part.body)


def described(request: Request, name: str) -> str:
    """What the file in the raw body of a request is to be called.

    Raises:
        UnsupportedMediaType: nothing that holds tables, or compressed by HTTP.
        InvalidRequest: neither the Content-Type nor the name says which format it is.
    """
    given = request.headers.get("content-type")
    media_type = media_type_of(request)
    encoding = request.headers.get("content-encoding", "identity").lower()
    known = {**OTHERS, **SUFFIXES}
    if encoding != "identity" or (media_type not in known and media_type not in BY_NAME):
        raise UnsupportedMediaType(given, (*ACCEPTED, MULTIPART, JSON), encoding)
    suffix = known.get(media_type) or suffix_of(name)
    if suffix is None:
        endings = ", ".join(sorted(TABLE_SUFFIXES))
        raise InvalidRequest(
            Fault("query.name", "does not say which format the file has", f"end it in {endings}")
        )
    return file_name(name, own_suffix(name, suffix))


def media_type_of(request: Request) -> str:
    """The Content-Type without parameters, in small letters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def announced_bytes(request: Request) -> int:
    """The bytes that a body says it has; 0 where it does not say."""
    length = request.headers.get("content-length", "0")[:20]
    return int(length) if length.isascii() and length.isdigit() else 0


def own_suffix(name: str, suffix: str) -> str:
    """The suffix that the name has already, where it is of the same format."""
    found = suffix_of(name)
    return found if found is not None and _same_format(found, suffix) else suffix


def suffix_of(name: str) -> str | None:
    """The suffix of a name that says which format a file has: `.csv`, `.csv.gz`, `.zip`."""
    folded = name.casefold()
    packed = ".gz" if folded.endswith(".gz") else ""
    folded = folded.removesuffix(".gz")
    if not packed and folded.endswith(".zip"):
        return ".zip"
    found = next((each for each in TABLE_SUFFIXES if folded.endswith(each)), None)
    return None if found is None else found + packed


def _same_format(left: str, right: str) -> bool:
    return format_of_source(Path(f"a{left}")) == format_of_source(Path(f"a{right}"))
