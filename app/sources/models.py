"""What the room hands out: frozen values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.store.repositories.lineage import DerivedJob, DerivedSynthesizer
from app.store.source_status import SourceStatus
from app.store.tables.source_tables import SourceRow, SynthesisRow


@dataclass(frozen=True, slots=True)
class StoredSource:
    """A source as it is known; `error` says in words why it could not be read.

    Args:
        file: the name of what was uploaded.
        bytes: of the file.
        version: counted from 1, one more each time that it is read again.
        options: how it is read, as far as that is not detected, by the names of `ReadingOptions`.
        origin: the connection that it is read from, with tables or a query; None for an upload.
        evaluations: how many jobs measured synthetic rows beside it, deleted ones included.
        evaluated_at: when the last one was asked for.
        account: the id of its data's privacy account; None for one of before there were any.
    """

    id: str
    name: str
    file: str
    status: SourceStatus
    bytes: int
    error: str | None
    version: int
    options: Mapping[str, Any]
    origin: Mapping[str, Any] | None
    evaluations: int
    evaluated_at: datetime | None
    created_at: datetime
    updated_at: datetime
    account: str | None = None


@dataclass(frozen=True, slots=True)
class AddedSource:
    """A source, and whether it was made now: not where its key had made it before."""

    source: StoredSource
    created: bool


@dataclass(frozen=True, slots=True)
class DeletedSource:
    """What was derived from a source that is gone now: it stays.

    Args:
        more: how many there are beside those that are listed.
    """

    source_id: str
    synthesizers: Sequence[DerivedSynthesizer]
    jobs: Sequence[DerivedJob]
    more: int


@dataclass(frozen=True, slots=True)
class StoredSynthesis:
    """A version of what is to be learned from a source.

    Args:
        version: counted from 1; 0 is what the source suggests.
        choices: sensitive columns that are taken in because the document says so.
    """

    source_id: str
    version: int
    document: Mapping[str, Any]
    warnings: Sequence[Mapping[str, Any]]
    choices: Sequence[Mapping[str, Any]]
    created_at: datetime

    @property
    def is_suggested(self) -> bool:
        return self.version == 0


def source_of(row: SourceRow) -> StoredSource:
    return StoredSource(
        id=row.id,
        name=row.name,
        file=row.file,
        status=SourceStatus(row.status),
        bytes=row.bytes,
        error=row.error,
        version=row.version,
        options=row.options or {},
        origin=row.origin,
        evaluations=row.evaluations,
        evaluated_at=row.evaluated_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        account=row.account,
    )


def synthesis_of(row: SynthesisRow) -> StoredSynthesis:
    return StoredSynthesis(
        source_id=row.source_id,
        version=row.version,
        document=row.document,
        warnings=row.warnings,
        choices=row.choices,
        created_at=row.created_at,
    )


def suggested_of(row: SourceRow) -> StoredSynthesis:
    """What a source that was read suggests."""
    return StoredSynthesis(row.id, 0, row.suggestion or {}, (), (), row.updated_at)
