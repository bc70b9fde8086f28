"""The states of a source, as they are stored."""

from __future__ import annotations

from enum import StrEnum


class SourceStatus(StrEnum):
    READING = "reading"
    READY = "ready"
    FAILED = "failed"
