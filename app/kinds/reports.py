"""The reports of jobs: in which formats there are any, and how those of made tables are written."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from app.engine.execution.results import CancelToken
from app.engine.files import hash_file
from app.engine.formats import FormatOptions
from app.engine.manifest import compact_json
from app.engine.plan.plan import Plan
from app.engine.reports.made.document import made_report
from app.engine.reports.made.model_document import ModelTraining, model_report
from app.engine.reports.made.tables import MadeTables, made_file
from app.engine.reports.writing import FILES, MEDIA_TYPES, WRITERS, need_format, write_report
from app.engine.synthesizers.description import ModelDescription
from app.jobs.errors import ArtifactNotFound
from app.jobs.kinds import ArtifactType, Render
from app.jobs.mappers import artifact_of, job_of, stage_data
from app.jobs.models import MANIFEST, REPORT, ArtifactKey, Job, JobRequest
from app.jobs.service_context import ServiceContext
from app.kinds.processes import in_process_of_thread
from app.store.repositories.artifacts import ArtifactRepository
from app.store.tables.job_tables import JobRow

JUDGED = ArtifactType(REPORT, {name: MEDIA_TYPES[name] for name in WRITERS})
"""Of jobs that judge tables, or learn them."""
MADE = ArtifactType(REPORT, MEDIA_TYPES, FILES)
"""Of jobs that make tables."""


def need_report(key: ArtifactKey) -> None:
    """Raises ArtifactNotFound, with what to do, where the extra of a format is not installed."""
    try:
        need_format(key.format)
    except ImportError as error:
        raise ArtifactNotFound(key, (), str(error)) from error


async def made_report_of(
    plan: Plan, request: JobRequest, row: JobRow, key: ArtifactKey, context: ServiceContext
) -> Render:
    """How the report of a job's tables is written in the format of a key. The same job gives the
    same bytes.

    Raises ArtifactNotFound where the extra of the format is not installed.
    """
    need_report(key)
    job = job_of(row)
    settings = [*_settings(job, request), *await _versions(job, context)]
    made = _made(job, settings, FormatOptions.of(request.options))
    limits = context.limits_of(row.cost)

    def render(path: Path, token: CancelToken) -> tuple[int, str]:
        in_process_of_thread(token, limits, write_made_report, plan, made, key.format, path)
        return hash_file(path)

    return render


async def model_report_of(
    request: JobRequest, row: JobRow, key: ArtifactKey, context: ServiceContext
) -> Render:
    """How the report of what a job has trained is written in the format of a key.

    Raises ArtifactNotFound where the extra of the format is not installed.
    """
    need_report(key)
    job = job_of(row)
    assert job.result is not None and job.result.details is not None
    model = dict(job.result.details["description"])
    training = ModelTraining(
        job.name,
        _timeline(job),
        job.created_at.isoformat(),
        list(_settings(job, request)),
        _notes(job),
    )
    limits = context.limits_of(row.cost)

    def render(path: Path, token: CancelToken) -> tuple[int, str]:
        in_process_of_thread(token, limits, write_model_report, model, training, key.format, path)
        return hash_file(path)

    return render


def write_model_report(
    model: Mapping[str, Any], training: ModelTraining, form: str, path: Path
) -> None:
    """Runs in a process of its own. Raises OSError."""
    described = ModelDescription.model_validate(model)
    write_report(model_report(described, training), form, path)


def write_made_report(plan: Plan, made: MadeTables, form: str, path: Path) -> None:
    """Runs in a process of its own. Raises OSError, GenerationError."""
    write_report(made_report(plan, made), form, path)


def _made(job: Job, settings: list[tuple[str, str]], options: FormatOptions) -> MadeTables:
    """What a finished job has stored."""
    result = job.result
    assert result is not None
    tables = [
        {
            "name": table.name,
            "rows": table.rows,
            "files": [
                made_file(table.name, each.format, each.bytes, each.sha256, options=options)
                for each in table.files
            ],
        }
        for table in result.tables
    ]
    return MadeTables(
        tables,
        result.facts,
        result.verification,
        _timeline(job),
        job.created_at.isoformat(),
        settings,
        _notes(job),
    )


def _timeline(job: Job) -> list[dict[str, Any]]:
    """The stages up to the result; how that was delivered is no part of how it was made."""
    return [stage_data(each) for each in job.timeline if each.stage != "deliver"]


def _notes(job: Job) -> list[str]:
    return [str(warning) for warning in job.warnings]


def _settings(job: Job, request: JobRequest) -> Iterator[tuple[str, str]]:
    yield "Job", job.id
    digest = hashlib.sha256(compact_json(dict(request.document))).hexdigest()
    yield "What was asked for, SHA-256", digest


async def _versions(job: Job, context: ServiceContext) -> list[tuple[str, str]]:
    """Versions of what made the files, as the signed manifest has them; none where there is no
    manifest."""
    async with context.state_writer.database.read() as session:
        rows = await ArtifactRepository(session).named(job.id, MANIFEST)
    stored = next((each for each in map(artifact_of, rows) if each.key.format == "json"), None)
    if stored is None:
        return []
    folder = context.files.folder(job.id).rendered("json") / "manifest"
    try:
        path = await context.artifacts.fetch(job.id, stored.path, folder)
        manifest = json.loads(await asyncio.to_thread(path.read_bytes))
    except (FileNotFoundError, ValueError):
        return []
    versions = ", ".join(f"{name} {version}" for name, version in manifest["versions"].items())
    return [("Versions", versions), ("Manifest, SHA-256", stored.sha256)]
