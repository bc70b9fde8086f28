"""Jobs of kind `train`: a source is learned, and what was learned becomes a synthesizer."""

from __future__ import annotations

from concurrent.futures import Executor

from pydantic import BaseModel, Field

from app.engine.errors import DefinitionError
from app.engine.synthesizers.description import ModelDescription
from app.jobs.kinds import Admission, JobOutcome, NewJob, Render
from app.jobs.models import REPORT, ArtifactKey, JobRequest
from app.jobs.queue.lease import JobLease
from app.jobs.requests import JobEnvelope
from app.jobs.service_context import ServiceContext
from app.jobs.validation import data_faults
from app.kinds.reports import JUDGED, model_report_of
from app.kinds.train.admission import admitted_training
from app.kinds.train.privacy import TrainedPrivacy
from app.kinds.train.private_admission import private_admission
from app.kinds.train.private_running import PrivateTrainingRun
from app.kinds.train.request import TrainRequest
from app.kinds.train.running import MODELS, TrainingRun
from app.store.tables.job_tables import JobRow
from app.workers.answers import Rendered

COLUMN_BYTES = 1 << 16


class TrainedModel(BaseModel):
    """What a training job has stored."""

    synthesizer: str = Field(description="Its id, under /v1/synthesizers.")
    description: ModelDescription
    privacy: TrainedPrivacy | None = Field(
        None, description="What was spent; null where it was learned without a budget."
    )


class Train:
    """The definition is checked and fixed before the job is queued; learning waits for its turn."""

    name = "train"
    request = TrainRequest
    details = TrainedModel
    artifacts = (MODELS, JUDGED)

    async def read(
        self, asked: JobEnvelope, tenant: str, context: ServiceContext
    ) -> tuple[JobRequest, bytes | None]:
        assert isinstance(asked, TrainRequest)
        await context.sources.of(tenant).get(asked.source)
        return asked.request(), None

    async def admit(self, request: JobRequest, new: NewJob, context: ServiceContext) -> Admission:
        if faults := data_faults(request):
            raise DefinitionError(faults)
        if "privacy" in request.document:
            return await private_admission(request, new, context)
        admitted = await admitted_training(request.document, new.tenant, context)
        assessed = admitted.assessed
        return Admission(
            name=admitted.name,
            seed=admitted.seed(request.seed),
            rows=admitted.rows,
            cost=admitted.cost,
            targets=tuple(request.sinks),
            estimated_bytes=assessed.columns * COLUMN_BYTES,
            warnings=assessed.warnings,
            reveals=assessed.reveals,
            document=admitted.document,
        )

    async def run(
        self, request: JobRequest, lease: JobLease, context: ServiceContext, threads: Executor
    ) -> JobOutcome:
        privacy = None
        if "privacy" in request.document:
            private = PrivateTrainingRun(lease, context, request.document)
            made, stored = await private.run()
            privacy = private.privacy
        else:
            made, stored = await TrainingRun(lease, context, request.document).run()
        description = ModelDescription.model_validate(stored.description)
        details = TrainedModel(synthesizer=stored.id, description=description, privacy=privacy)
        return JobOutcome(made.result, made.artifacts, details)

    async def artifact(
        self, request: JobRequest, job: JobRow, key: ArtifactKey, context: ServiceContext
    ) -> Render | None:
        return await model_report_of(request, job, key, context) if key.name == REPORT else None

    async def explain(
        self, request: JobRequest, job: JobRow, context: ServiceContext
    ) -> Rendered | None:
        return None


KIND = Train()
