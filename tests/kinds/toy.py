"""A kind of job that is no more than it has to be: it learns how often letters stand in a text.

It has what kinds have: stages with progress that are resumed where they were, a table, a model,
a report that is written in another format when that is asked for, and a result of its own.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from app.engine.errors import Cancelled, DefinitionError, Fault, FormatError
from app.engine.execution.results import CancelToken
from app.engine.files import hash_file
from app.jobs.artifacts.outcomes import finished
from app.jobs.kinds import Admission, ArtifactType, JobOutcome, NewJob, Render
from app.jobs.models import (
    REPORT,
    TABLE,
    Artifact,
    ArtifactKey,
    JobRequest,
    JobResult,
    ResultFile,
    ResultTable,
)
from app.jobs.queue.lease import JobLease
from app.jobs.queue.progress import StageProgress
from app.jobs.requests import JobEnvelope
from app.jobs.service_context import ServiceContext
from app.store.blobs.local import JobFolder
from app.store.private import make_private
from app.store.tables.job_tables import JobRow
from app.workers.answers import Rendered

LETTERS = ArtifactType(TABLE, {"csv": "text/csv"})
MODEL = ArtifactType("model", {"letters": "application/vnd.example.letters"})
REPORTS = ArtifactType(REPORT, {"json": "application/json", "html": "text/html"})


class CountRequest(JobEnvelope):
    """A text whose letters are to be counted."""

    kind: Literal["count"]
    text: Annotated[str, Field(max_length=1000)]
    pause: Annotated[float, Field(ge=0, le=1, description="Seconds for each letter.")] = 0
    model_bytes: Annotated[int, Field(ge=0, description="Least bytes of the model.")] = 0


class Counted(BaseModel):
    """What was learned of the letters."""

    most: str
    resumed: int = Field(description="Letters that an earlier attempt had counted.")


class Count:
    name = "count"
    request = CountRequest
    details = Counted
    artifacts = (MODEL, REPORTS)

    async def read(
        self, asked: JobEnvelope, tenant: str, context: ServiceContext
    ) -> tuple[JobRequest, bytes | None]:
        assert isinstance(asked, CountRequest)
        own = asked.model_dump(include={"text", "pause", "model_bytes"})
        return asked.job_request(own), None

    async def admit(self, request: JobRequest, new: NewJob, context: ServiceContext) -> Admission:
        text = request.document["text"]
        if not text.isalpha():
            raise DefinitionError([Fault("text", "has something else than letters")])
        targets = tuple(request.sinks)
        return Admission(
            name="letters",
            seed=None,
            rows=len(set(text)),
            cost=len(text),
            formats=("csv",),
            targets=targets,
        )

    async def run(
        self, request: JobRequest, lease: JobLease, context: ServiceContext, threads: Executor
    ) -> JobOutcome:
        folder = context.files.folder(lease.row.id)
        data = folder.data(lease.row.fencing_token)
        await asyncio.to_thread(make_private, data)
        loop = asyncio.get_running_loop()
        text, pause = request.document["text"], request.document["pause"]
        letters = sorted(set(text))
        async with lease.stage("train", len(letters), counted=True) as progress:
            learn = partial(_learn, folder, text, letters, pause, lease.cancel_token, progress)
            counts, resumed = await loop.run_in_executor(threads, learn)
        async with lease.stage("generate", len(letters)):
            table = await asyncio.to_thread(_write_table, folder, data, counts)
        async with lease.stage("report"):
            others = await asyncio.to_thread(_write_others, request, folder, data, counts)
        await context.artifacts.put(lease.row.id, [made.path for made in (table, *others)])
        file = ResultFile("csv", table.bytes, table.sha256)
        result = JobResult((ResultTable("letters", len(counts), (file,)),))
        most = max(counts, key=lambda letter: counts[letter])
        return JobOutcome(result, (table, *others), Counted(most=most, resumed=resumed))

    async def artifact(
        self, request: JobRequest, job: JobRow, key: ArtifactKey, context: ServiceContext
    ) -> Render | None:
        if key.name == TABLE:
            raise FormatError(f"letters are counted in csv, not in {key.format}")
        if key.name == REPORT:
            return partial(_write_page, Counter(request.document["text"]))
        return None

    async def explain(
        self, request: JobRequest, job: JobRow, context: ServiceContext
    ) -> Rendered | None:
        return None


def _learn(
    folder: JobFolder,
    text: str,
    letters: list[str],
    pause: float,
    cancel: CancelToken,
    progress: StageProgress,
) -> tuple[dict[str, int], int]:
    """Count letter by letter; those that an earlier attempt has counted are found on the disk."""
    make_private(folder.parts)
    counts, resumed = {}, 0
    for done, letter in enumerate(letters, 1):
        known = folder.parts / letter
        if known.is_file():
            resumed += 1
        else:
            time.sleep(pause)
            known.write_text(str(text.count(letter)))
        counts[letter] = int(known.read_text())
        progress.note(done)
        if cancel.cancelled:
            raise Cancelled("stopped between letters")
    return counts, resumed


def _write_table(folder: JobFolder, data: Path, counts: dict[str, int]) -> Artifact:
    lines = ["letter,times", *(f"{letter},{times}" for letter, times in counts.items())]
    path = data / "letters.csv"
    path.write_text("\n".join([*lines, ""]))
    return finished(folder, LETTERS, path, "letters")


def _write_others(
    request: JobRequest, folder: JobFolder, data: Path, counts: dict[str, int]
) -> list[Artifact]:
    model, report = data / "model.letters", data / "report.json"
    model.write_text(json.dumps(counts).ljust(request.document["model_bytes"]))
    report.write_text(json.dumps({"letters": len(counts)}))
    return [finished(folder, MODEL, model), finished(folder, REPORTS, report)]


def _write_page(counts: Counter[str], path: Path, cancel: CancelToken) -> tuple[int, str]:
    path.write_text(f"<!doctype html><title>Letters</title><p>{len(counts)} letters")
    return hash_file(path)


KIND = Count()
