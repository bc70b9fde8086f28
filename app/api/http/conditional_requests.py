"""Conditional and range requests (RFC 9110, sections 13 and 14)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.api.http_errors import PreconditionFailed, RangeNotSatisfiable

_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_RANGE = re.compile(r"(\d*)-(\d*)", re.ASCII)
MAX_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Slice:
    """`length` bytes from `first` on."""

    first: int
    length: int

    def content_range(self, size: int) -> str:
        return f"bytes {self.first}-{self.first + self.length - 1}/{size}"


def is_unmodified(headers: Mapping[str, str], etag: str) -> bool:
    """Whether `If-None-Match` says that the caller has this already (weak comparison).

    Raises:
        PreconditionFailed: `If-Match` names other contents only.
    """
    _check_match(headers, etag)
    return _is_known(headers, etag)


def check_change(headers: Mapping[str, str], etag: str | None) -> None:
    """Look whether contents may be changed that have this tag; None: there are none yet.

    Raises:
        PreconditionFailed: the caller wants to change other contents (`If-Match`), or none that
            are there (`If-None-Match`).
    """
    _check_match(headers, etag)
    if etag is not None and _is_known(headers, etag):
        raise PreconditionFailed(etag, "If-None-Match")


def _check_match(headers: Mapping[str, str], etag: str | None) -> None:
    """Raise PreconditionFailed where `If-Match` names other contents (strong comparison)."""
    wanted = headers.get("if-match")
    if wanted is None:
        return
    matches = etag is not None and (wanted.strip() == "*" or etag in _ETAG.findall(wanted))
    if not matches:
        raise PreconditionFailed(etag)


def _is_known(headers: Mapping[str, str], etag: str) -> bool:
    known = headers.get("if-none-match")
    if known is None:
        return False
    return known.strip() == "*" or etag in (tag.removeprefix("W/") for tag in _ETAG.findall(known))


def requested_slice(headers: Mapping[str, str], etag: str, size: int) -> Slice | None:
    """The single range asked for; None where the whole file is to be sent: no `Range`, another
    unit than bytes, several ranges, or an `If-Range` that names other contents.

    Raises:
        RangeNotSatisfiable: the range is malformed, or no byte of the file is in it.
    """
    unit, separator, ranges = headers.get("range", "").partition("=")
    if unit.strip().lower() != "bytes" or not separator or "," in ranges:
        return None
    if headers.get("if-range", etag).strip() != etag:
        return None
    return _slice(ranges.strip(), size)


def _slice(text: str, size: int) -> Slice:
    match = _RANGE.fullmatch(text)
    if match is None or text == "-" or len(text) > 2 * MAX_DIGITS:
        raise RangeNotSatisfiable(size)
    first, last = match.groups()
    start = int(first) if first else max(size - int(last), 0)
    stop = min(int(last) + 1, size) if first and last else size
    if start >= stop or (first and last and int(last) < start):
        raise RangeNotSatisfiable(size)
    return Slice(start, stop - start)
