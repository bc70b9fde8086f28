# ruff: noqa: N818 (named for what happened, which reads better in an except clause)
"""What can go wrong with sources. No text of these says a value of a source.

ServiceError
├── SourceNotFound            no source has this id
├── SourceNotReady            the source is still read, or could not be read
├── UnknownSourceTable        the source has no table of this name
├── SynthesisNotFound         the source's synthesis definition has no such version
├── SourceTooLarge            the file has more bytes than one may have
└── SourceStorageFull         the disk has no room for the file
"""

from __future__ import annotations

from collections.abc import Sequence

from app.engine.schema.problems import listed
from app.store.errors import ServiceError


class SourceNotFound(ServiceError):
    def __init__(self, source_id: str) -> None:
        super().__init__(f"there is no source {source_id!r}")
        self.source_id = source_id


class SourceNotReady(ServiceError):
    def __init__(self, source_id: str, status: str, error: str | None = None) -> None:
        why = "it is still read; ask again" if error is None else f"it could not be read: {error}"
        super().__init__(f"source {source_id!r} is {status}: {why}")
        self.source_id = source_id
        self.status = status


class UnknownSourceTable(ServiceError):
    def __init__(self, table: str, tables: Sequence[str]) -> None:
        super().__init__(f"the source has no table {table[:100]!r}; it has {listed(tables)}")


class SynthesisNotFound(ServiceError):
    def __init__(self, source_id: str, version: int) -> None:
        super().__init__(f"source {source_id!r} has no synthesis definition in version {version}")


class SourceTooLarge(ServiceError):
    def __init__(self, most: int) -> None:
        super().__init__(f"a source may have {most:,} bytes at the most; upload fewer rows")


class SourceStorageFull(ServiceError):
    def __init__(self) -> None:
        super().__init__("the disk has no room for the file; delete sources or jobs")
