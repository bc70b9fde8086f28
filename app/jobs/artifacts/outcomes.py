"""What a job has come to, as its result says it and as its deliveries take it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from app.engine.files import hash_file
from app.jobs.kinds import ArtifactType, JobOutcome
from app.jobs.models import (
    MANIFEST,
    TABLE,
    Artifact,
    ArtifactKey,
    JobResult,
    ResultArtifact,
)
from app.sinks.base import MANIFEST as MANIFEST_FORMAT
from app.sinks.base import SinkFile
from app.store.blobs.local import JobFolder


def finished(
    folder: JobFolder, kind: ArtifactType, path: Path, table: str = "", form: str | None = None
) -> Artifact:
    """A file that a job has just made, as an artifact.

    Args:
        path: in the job's folder.
        form: its format, where that is not the file's suffix.

    Raises KeyError where artifacts of this kind have no such format.
    """
    form = form or path.suffix.removeprefix(".")
    size, digest = hash_file(path)
    key = ArtifactKey(kind.name, table, form)
    return Artifact(key, folder.relative(path), kind.formats[form], size, digest)


def complete_result(made: JobOutcome) -> JobResult:
    """The result with all that it says of the other parts of the outcome."""
    others = (each for each in made.artifacts if each.key.name not in (TABLE, MANIFEST))
    details = made.details
    return replace(
        made.result,
        artifacts=tuple(map(_told, others)),
        details=None if details is None else details.model_dump(mode="json"),
    )


def _told(made: Artifact) -> ResultArtifact:
    key = made.key
    return ResultArtifact(key.name, key.table, key.format, made.media_type, made.bytes, made.sha256)


def delivered(
    stored: Iterable[Artifact], formats: Sequence[str], result: JobResult | None
) -> list[Artifact]:
    """What was made when the job ran: tables in the order of their formats, then the rest. Not
    what was made later, for a download."""
    others = () if result is None else result.artifacts
    made = {ArtifactKey(each.name, each.table, each.format) for each in others}
    found = list(stored)
    tables = [each for form in formats for each in found if _is_table(each, form)]
    rest = (each for each in found if each.key.name == MANIFEST or each.key in made)
    return [*tables, *sorted(rest, key=lambda each: each.path)]


def _is_table(artifact: Artifact, form: str) -> bool:
    return (artifact.key.name, artifact.key.format) == (TABLE, form)


def sink_file(artifact: Artifact, path: Path) -> SinkFile:
    """An artifact as sinks take it; `path` is where it can be read."""
    form = MANIFEST_FORMAT if artifact.key.name == MANIFEST else artifact.key.format
    return SinkFile(path, path.name, artifact.key.table, form, artifact.bytes, artifact.sha256)
