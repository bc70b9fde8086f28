"""Bodies about sources: what is known of real tables, and what is to be learned from them."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypeAliasType

from app.api.http_errors import InvalidRequest
from app.api.models.plain_json import Record
from app.api.models.response_models import Answer, FaultBody
from app.engine.errors import Fault
from app.engine.profiling.models import SourceProfile
from app.jobs.requests import Name, RequestBody
from app.sources.models import DeletedSource, StoredSource, StoredSynthesis
from app.sources.origins import MOST_TABLES, Origin
from app.store.source_status import SourceStatus

MAX_NAME = 200
NAME = r"^[^\x00-\x1f\x7f]+$"
TableName = Annotated[str, Field(min_length=1, max_length=127, pattern=NAME)]

SynthesisDocument = TypeAliasType(
    "SynthesisDocument",
    Annotated[dict[str, Any], Field(description="A synthesis definition as it was sent.")],
)


class OriginBody(Answer):
    """A connection that a source is read from: tables, or what a query gives."""

    connection: str
    tables: list[str] | None = None
    query: str | None = None


class SourceBody(Answer):
    """Real tables that were uploaded, or read from a connection."""

    id: str
    name: str
    file: str = Field(description="What the uploaded file is called.")
    status: SourceStatus
    bytes: int = Field(description="Of the uploaded files, or of what was read.")
    version: int = Field(description="Counted from 1, one more each time that it is read again.")
    options: ReadingBody = Field(description="How it is read, as far as that is not detected.")
    origin: OriginBody | None = Field(description="Null for an upload.")
    evaluations: int = Field(
        description="Jobs that measured synthetic rows beside it, those that are deleted included."
    )
    evaluated_at: datetime | None = Field(description="When the last one was asked for.")
    error: str | None = Field(description="Why it could not be read; no value of it is in this.")
    created_at: datetime
    updated_at: datetime
    links: dict[str, str]


class ReadingBody(Answer):
    """What is read as said, not as detected."""

    header: bool | None = None
    encoding: str | None = None
    delimiter: str | None = None


class SourceFromConnection(RequestBody):
    """Tables of a database that a stored connection leads to, or what a query gives there."""

    name: Name = Field(description="What the source is called.")
    connection: Name = Field(
        description="A connection of kind `postgresql` or `sql` whose `target` has its host and "
        "database."
    )
    tables: list[TableName] | None = Field(
        None, min_length=1, max_length=MOST_TABLES, examples=[["customers", "sales.orders"]]
    )
    query: str | None = Field(
        None,
        min_length=1,
        max_length=64 * 1024,
        description="A statement that gives rows; wants a key of scope `source`.",
        examples=["SELECT * FROM customers WHERE country = 'IT'"],
    )

    def faults(self) -> list[Fault]:
        """What is wrong with the fields together."""
        if (self.tables is None) == (self.query is None):
            return [Fault("tables", "or `query` is to be given, and not both")]
        if self.query is not None and "\0" in self.query:
            return [Fault("query", "holds a NUL")]
        return []

    def origin(self) -> Origin:
        return Origin(self.connection, tuple(self.tables or ()), self.query)


class SourcePageBody(Answer):
    """A page of sources, newest first."""

    items: list[SourceBody]
    next_cursor: str | None


class TableKeyBody(Answer):
    """Columns whose values are unique and all there."""

    table: str
    columns: list[str]


class ForeignKeyBody(Answer):
    """A column that refers to another table; orphans refer to nothing."""

    table: str
    column: str
    parent: str
    parent_column: str
    orphans: int
    confidence: float


class SourceKeysBody(Answer):
    """Keys that were found; of each table the likeliest primary key first."""

    primary: list[TableKeyBody]
    foreign: list[ForeignKeyBody]


class SensitiveColumnBody(Answer):
    """A column that seems to hold something about persons."""

    table: str
    column: str
    kind: str = Field(examples=["email"])
    confidence: float
    by: list[str] = Field(description="`name`, `content` or both.")


class SourceDetailBody(SourceBody):
    """A source with what was found in it, which is null until it is ready, and where its privacy
    account is `dp_only`."""

    keys: SourceKeysBody | None
    sensitive: list[SensitiveColumnBody] | None
    warnings: list[str] | None
    values: bool = Field(
        description="Whether the profile tells values of the source; a key of scope `source` is "
        "wanted for them, else `top` and `spikes` are empty and `figures` null."
    )
    profile: SourceProfile | None


class DerivedSynthesizerBody(Answer):
    """A synthesizer that learned a source which is gone now."""

    id: str
    name: str
    href: str


class DerivedJobBody(Answer):
    """A job that read a source which is gone now, or drew from what was learned of it."""

    id: str
    name: str
    kind: str
    status: str
    href: str


class DerivedBody(Answer):
    """What was derived from a source: it stays until it is deleted itself."""

    synthesizers: list[DerivedSynthesizerBody]
    jobs: list[DerivedJobBody]
    more: int = Field(description="How many there are beside the newest, which are listed.")


class DeletedSourceBody(Answer):
    """A source that is gone with its files and definitions."""

    id: str
    derived: DerivedBody


class SourceRowsBody(Answer):
    """The first rows of a table, as they stand in the source."""

    table: str
    rows: list[Record]


class SensitiveChoiceBody(Answer):
    """A sensitive column that is learned or kept, as the definition says so."""

    table: str
    column: str
    kind: str
    treatment: str


class SynthesisBody(Answer):
    """A stored version of a synthesis definition."""

    source: str
    version: int
    created_at: datetime
    warnings: list[FaultBody]
    choices: list[SensitiveChoiceBody]
    definition: SynthesisDocument
    links: dict[str, str]


def source_address(source_id: str, root: str = "") -> str:
    return f"{root}/v1/sources/{source_id}"


def source_body(source: StoredSource, root: str = "") -> SourceBody:
    return SourceBody(**_fields(source, root))


def unread_detail(source: StoredSource, root: str) -> SourceDetailBody:
    """What is shown of a source in which nothing was found yet."""
    nothing = dict.fromkeys(("keys", "sensitive", "warnings", "profile"))
    return SourceDetailBody(**_fields(source, root), **nothing, values=False)


def deleted_body(gone: DeletedSource, root: str = "") -> DeletedSourceBody:
    learned = [
        DerivedSynthesizerBody(**asdict(each), href=f"{root}/v1/synthesizers/{each.id}")
        for each in gone.synthesizers
    ]
    jobs = [DerivedJobBody(**asdict(each), href=f"{root}/v1/jobs/{each.id}") for each in gone.jobs]
    return DeletedSourceBody(
        id=gone.source_id, derived=DerivedBody(synthesizers=learned, jobs=jobs, more=gone.more)
    )


def synthesis_body(stored: StoredSynthesis, root: str = "") -> SynthesisBody:
    address = f"{source_address(stored.source_id, root)}/definition"
    return SynthesisBody(
        source=stored.source_id,
        version=stored.version,
        created_at=stored.created_at,
        warnings=[FaultBody.model_validate(dict(each)) for each in stored.warnings],
        choices=[SensitiveChoiceBody.model_validate(dict(each)) for each in stored.choices],
        definition=dict(stored.document),
        links={"self": address, "version": f"{address}?version={stored.version}"},
    )


def checked_name(name: str) -> str:
    """What a source is called by a part of a body. Raises InvalidRequest."""
    found = name.replace("\\", "/").rpartition("/")[2]
    if not re.fullmatch(NAME, found) or len(found) > MAX_NAME:
        raise InvalidRequest(Fault("name", f"must have 1 to {MAX_NAME} letters, and no control"))
    return found


def _fields(source: StoredSource, root: str) -> dict[str, Any]:
    address = source_address(source.id, root)
    links = {"self": address}
    if source.status is SourceStatus.READY:
        links |= {"rows": f"{address}/rows", "definition": f"{address}/definition"}
    names = ("id", "name", "file", "status", "bytes", "version", "error", "created_at")
    later = ("updated_at", "evaluations", "evaluated_at")
    shown = {name: getattr(source, name) for name in (*names, *later)} | {"links": links}
    shown |= {"options": ReadingBody(**source.options)}
    return shown | {"origin": None if source.origin is None else OriginBody(**source.origin)}
