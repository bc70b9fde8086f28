"""A kind of job that is no more than it has to be: it counts the letters of a text."""

from __future__ import annotations

import asyncio
from collections import Counter
from concurrent.futures import Executor
from typing import Annotated, Any, Literal

from pydantic import Field

from app.engine.errors import DefinitionError, Fault, FormatError
from app.engine.files import hash_file
from app.jobs.kinds import Admission, JobOutcome, NewJob, Render, WantedFile
from app.jobs.models import JobRequest, JobResult, ResultFile, ResultTable
from app.jobs.queue.holding import Holding
from app.jobs.requests import JobEnvelope
from app.jobs.tools import Tools
from app.store.rows import JobFileRow, JobRow
from app.workers.answers import Rendered

TABLE = "letters"


class CountRequest(JobEnvelope):
    """A text whose letters are to be counted."""

    kind: Literal["count"]
    text: Annotated[str, Field(max_length=1000)]


class Count:
    name = "count"
    request = CountRequest

    async def read(
        self, asked: JobEnvelope, tenant: str, tools: Tools
    ) -> tuple[JobRequest, bytes | None]:
        assert isinstance(asked, CountRequest)
        return asked.job_request({"text": asked.text}), None

    async def admit(self, request: JobRequest, new: NewJob, tools: Tools) -> Admission:
        text = request.document["text"]
        if not text.isalpha():
            raise DefinitionError([Fault("text", "has something else than letters")])
        targets = tuple(request.sinks)
        return Admission(
            name="letters",
            seed=None,
            rows=len(set(text)),
            cost=1,
            formats=("csv",),
            targets=targets,
        )

    async def run(
        self, request: JobRequest, holding: Holding, tools: Tools, threads: Executor
    ) -> JobOutcome:
        folder = tools.files.folder(holding.row.id)
        data = folder.data(holding.row.token)
        counts = Counter(request.document["text"])
        async with holding.stage("generate", len(counts)):
            await asyncio.to_thread(_write, data, counts)
            path = data / f"{TABLE}.csv"
            size, digest = await asyncio.to_thread(hash_file, path)
        file = JobFileRow(
            job_id=holding.row.id,
            format="csv",
            table_name=TABLE,
            path=folder.relative(path),
            bytes=size,
            sha256=digest,
        )
        made = ResultTable(TABLE, len(counts), (ResultFile("csv", size, digest),))
        details = {"most": counts.most_common(1)[0][0]}
        await tools.shelf.keep(holding.row.id, [file.path])
        return JobOutcome(JobResult((made,), details=details), [file])

    async def renderer(
        self, request: JobRequest, job: JobRow, file: WantedFile, tools: Tools
    ) -> Render:
        raise FormatError(f"letters are counted in csv, not in {file.format}")

    async def explain(self, request: JobRequest, job: JobRow, tools: Tools) -> Rendered | None:
        return None


def _write(data: Any, counts: Counter[str]) -> None:
    data.mkdir(parents=True, exist_ok=True)
    lines = ["letter,times", *(f"{letter},{times}" for letter, times in counts.items())]
    (data / f"{TABLE}.csv").write_text("\n".join([*lines, ""]))
