"""A training job under way: its stages, and what it stores."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import Any, TypeVar

from app.engine.errors import GenerationError
from app.engine.files import file_stem
from app.jobs.artifacts.outcomes import finished
from app.jobs.kinds import ArtifactType, JobOutcome
from app.jobs.models import Artifact, JobResult
from app.jobs.queue.lease import JobLease
from app.jobs.queue.progress import PROGRESS_SECONDS, StageProgress
from app.jobs.service_context import ServiceContext
from app.kinds.processes import in_process
from app.kinds.stored_models import synthesizers_of
from app.kinds.train.steps import Parts, Training, build, prepare, train
from app.models.model_files import MEDIA_TYPE, SUFFIX
from app.models.synthesizers import Lineage, Synthesizer
from app.privacy.entries import Use
from app.store.private import make_private

T = TypeVar("T")
MODEL = "model"
MODELS = ArtifactType(MODEL, {SUFFIX: MEDIA_TYPE})


class TrainingRun:
    """The stages load, prepare, build, train and report of a held job."""

    def __init__(
        self, lease: JobLease, context: ServiceContext, document: Mapping[str, Any]
    ) -> None:
        self._lease = lease
        self._row = lease.row
        self._context = context
        self._document = document
        self._folder = context.files.folder(lease.row.id)
        self._parts = Parts(self._folder.parts, context.plan_key.value)
        self._limits = context.limits_of(lease.row.cost)

    async def run(self) -> tuple[JobOutcome, Synthesizer]:
        """Learn the source and store what was learned. Raises as `learn`."""
        data = self._folder.data(self._row.fencing_token)
        await asyncio.to_thread(make_private, data)
        out = data / f"{file_stem(self._row.name)}.{SUFFIX}"
        description = await self.learn(out)
        async with self._lease.stage("report"):
            made = await asyncio.to_thread(finished, self._folder, MODELS, out)
            stored = await self._store(out, made, description)
        return JobOutcome(JobResult(()), [made]), stored

    async def learn(self, out: Path) -> dict[str, Any]:
        """Learn the source and write the model's file; its description. Raises the engine's
        errors, Cancelled, and SourceNotFound where the source was deleted meanwhile."""
        await asyncio.to_thread(make_private, self._parts.folder)
        async with self._lease.stage("load"):
            sources = self._context.sources.of(self._row.tenant)
            source = await sources.file(self._document["source"], Use.TRAINING)
        async with self._lease.stage("prepare"):
            key = await asyncio.to_thread(self._source_key)
            await self._step(prepare, source, self._document["definition"], key)
        async with self._lease.stage("build"):
            await self._step(build, self._row.seed or 0)
        return await self._train(out)

    async def _train(self, out: Path) -> dict[str, Any]:
        """Learn the columns, with progress by those that are learned."""
        settings = dict(self._document["settings"])
        training = Training(
            settings.pop("name"), settings, self._row.seed or 0, self._document["target"],
            self._document["k"],
        )  # fmt: skip
        workers = self._context.settings.workers
        columns = self._document["columns"]
        async with self._lease.stage("train", columns, counted=True) as progress:
            watching = asyncio.create_task(self._watch(progress))
            try:
                return await self._step(train, training, out, workers, self._limits)
            finally:
                watching.cancel()
                await asyncio.wait({watching})

    def _source_key(self) -> bytes:
        """What sources of this tenant are fingerprinted with, whatever the program's version."""
        return self._context.credential_store.box.derived(f"sources of {self._row.tenant}")

    async def _watch(self, progress: StageProgress) -> None:
        """Look how many columns are learned, until cancelled."""
        while True:
            progress.note(await asyncio.to_thread(self._parts.columns))
            await asyncio.sleep(PROGRESS_SECONDS)

    async def _step(self, call: Callable[..., T], *arguments: Any) -> T:
        """A step in a process of its own, once more where that was killed: what it had made is
        found again."""
        for left in reversed(range(self._context.settings.max_attempts)):
            try:
                return await in_process(self._lease, self._limits, call, self._parts, *arguments)
            except BrokenExecutor:
                if not left:
                    break
        raise GenerationError("the process that learned was killed; less memory may help")

    async def _store(
        self, out: Path, made: Artifact, description: Mapping[str, Any]
    ) -> Synthesizer:
        kept = self._context.artifacts.put(self._row.id, [made.path])
        await self._lease.unless_interrupted(kept)
        lineage = Lineage(self._row.id, self._document["source"])
        synthesizers = synthesizers_of(self._context, self._row.tenant)
        return await synthesizers.store(
            f"syn_{self._row.id}", out, self._row.name, description, lineage
        )
