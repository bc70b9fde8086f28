"""Which file format an answer has: `?format=`, else the header `Accept`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Literal

from app.api.http_errors import NotAcceptable
from app.engine.formats import FORMATS
from app.engine.reports.writing import MEDIA_TYPES as REPORT_TYPES

if TYPE_CHECKING:
    FormatName = str
    ReportFormat = str
else:
    FormatName = Literal[tuple(FORMATS)]
    ReportFormat = Literal[tuple(REPORT_TYPES)]
ZIP = "application/zip"

MEDIA_TYPES = {
    media_type: name
    for name, form in FORMATS.items()
    for media_type in (form.media_type, *form.other_media_types)
}
_FIRST_TEXT = next(
    name for media_type, name in MEDIA_TYPES.items() if media_type.startswith("text/")
)


def accepted_format(accept: str | None) -> str | None:
    """The format that `Accept` prefers; None where it leaves the choice open.

    Raises:
        NotAcceptable: it allows none of them.
    """
    if accept is None or not accept.strip():
        return None
    for media_range in _by_preference(accept):
        if media_range in {"*/*", "application/*", ZIP, "application/octet-stream"}:
            return None
        if media_range in MEDIA_TYPES:
            return MEDIA_TYPES[media_range]
        if media_range == "text/*":
            return _FIRST_TEXT
    raise NotAcceptable(accept, [*MEDIA_TYPES, ZIP])


def accepted_report(accept: str | None, formats: Collection[str]) -> str | None:
    """The format of a report that `Accept` prefers; None where it leaves the choice open.

    Args:
        formats: those that the report can be had in.

    Raises:
        NotAcceptable: it allows none of them.
    """
    if accept is None or not accept.strip():
        return None
    types = {
        media_type.partition(";")[0]: name
        for name, media_type in REPORT_TYPES.items()
        if name in formats
    }
    for media_range in _by_preference(accept):
        if media_range in {"*/*", "application/*"}:
            return None
        if media_range in types:
            return types[media_range]
        if media_range == "text/*":
            return "html"
    raise NotAcceptable(accept, list(types))


def _by_preference(accept: str) -> Iterator[str]:
    """The media ranges, best first; those with q=0 are left out."""
    ranges = [part.split(";") for part in accept.split(",")]
    rated = [(_quality(parameters), name.strip().lower()) for name, *parameters in ranges]
    rated.sort(key=lambda pair: -pair[0])
    return (name for quality, name in rated if quality > 0)


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
