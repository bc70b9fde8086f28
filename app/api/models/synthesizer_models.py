"""Bodies about synthesizers: what is asked, what is answered."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from app.api.models.response_models import Answer
from app.engine.synthesizers.description import ModelDescription
from app.jobs.requests import Name, RequestBody
from app.models.synthesizers import Synthesizer


class SynthesizerRename(RequestBody):
    """A new name for a synthesizer."""

    name: Name


class SynthesizerBody(Answer):
    """What was learned, from what, with which settings."""

    id: str
    name: str
    description: ModelDescription
    job: str | None = Field(description="The job that trained it; null for an uploaded file.")
    source: str | None = Field(description="What it learned from; null for an uploaded file.")
    bytes: int = Field(description="Of its file.")
    sha256: str
    created_at: datetime
    updated_at: datetime
    links: dict[str, str]


class SynthesizerPageBody(Answer):
    """A page of synthesizers, newest first."""

    items: list[SynthesizerBody]
    next_cursor: str | None


def synthesizer_address(synthesizer_id: str, root: str) -> str:
    return f"{root}/v1/synthesizers/{synthesizer_id}"


def synthesizer_body(stored: Synthesizer, root: str) -> SynthesizerBody:
    address = synthesizer_address(stored.id, root)
    return SynthesizerBody(
        id=stored.id,
        name=stored.name,
        description=ModelDescription.model_validate(stored.description),
        job=stored.lineage.job_id,
        source=stored.lineage.source,
        bytes=stored.bytes,
        sha256=stored.sha256,
        created_at=stored.created_at,
        updated_at=stored.updated_at,
        links={"self": address, "file": f"{address}/file"},
    )
