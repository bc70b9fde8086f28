"""Problem documents (RFC 9457): what an answer says that is no success.

`type` is the address of a page that explains it, `errors` lists faults of the input with path,
line, message and hint.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from app.engine.errors import Fault
from app.telemetry.redaction import redacted_within

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "/problems/"
# Bounds of what an answer repeats of a request: more helps nobody.
MAX_FAULTS = 500
MAX_TEXT = 1000
# Of all faults together; texts of those after them are cut to their first words.
MAX_CHARACTERS = 20_000
FEW_WORDS = 80


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One kind of problem: the last part of its `type`, its title, status and meaning."""

    slug: str
    title: str
    status: int
    meaning: str

    @property
    def uri(self) -> str:
        return TYPE_PREFIX + self.slug


def problem_response(
    kind: ProblemType,
    detail: str,
    *,
    faults: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem document. Text that UTF-8 cannot hold becomes question marks."""
    body: dict[str, Any] = {"type": kind.uri, "title": kind.title, "status": kind.status}
    body["detail"] = redacted_within(detail, MAX_TEXT)
    if faults:
        body["errors"] = list(_listed(faults))
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    return Response(content, kind.status, headers, MEDIA_TYPE)


def fault_body(fault: Fault, most: int = MAX_TEXT) -> dict[str, Any]:
    """A fault as JSON: path, line, message, hint; names of great length are cut."""
    return {
        "path": redacted_within(fault.path, most),
        "line": fault.line,
        "message": redacted_within(fault.message, most),
        "hint": None if fault.hint is None else redacted_within(fault.hint, most),
    }


def _listed(faults: Sequence[Fault]) -> Iterator[dict[str, Any]]:
    """The first faults as JSON; long texts of many are cut shorter than those of few."""
    left = MAX_CHARACTERS
    for fault in faults[:MAX_FAULTS]:
        body = fault_body(fault, MAX_TEXT if left > 0 else FEW_WORDS)
        yield body
        left -= sum(len(text) for text in body.values() if isinstance(text, str))
