"""The plan of rows that a stored model draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.engine.errors import GenerationError, ModelError
from app.engine.plan.plan import Plan
from app.jobs.models import Document, JobRequest
from app.jobs.service_context import ServiceContext
from app.kinds.generate.plans import read_plan
from app.kinds.stored_models import synthesizers_of
from app.models.errors import SynthesizerNotFound
from app.store.blobs.local import JobFolder
from app.store.tables.job_tables import JobRow
from app.workers.worker_tasks import Compiled


def is_planned_later(document: Document) -> bool:
    """Whether the plan of a job needs a real table, which is read when the job is carried out."""
    return any(name in document for name in ("source", "given", "impute"))


@dataclass(frozen=True, slots=True)
class ModelPlans:
    """Writes plans into the folders of a tenant's jobs.

    Args:
        own: whether the service itself asks, for a job that it carries out: then nobody's turn is
            waited for.
    """

    context: ServiceContext
    tenant: str
    own: bool = False

    async def write(
        self,
        request: JobRequest,
        folder: JobFolder,
        name: str,
        seed: int | None,
        formats: Sequence[str],
    ) -> Compiled:
        """Write the plan of a job's rows. Raises SynthesizerNotFound, DefinitionError,
        GenerationError where the model's file is gone or damaged, Overloaded."""
        workers = self.context.request_workers
        try:
            file = await synthesizers_of(self.context, self.tenant).file(
                request.document["synthesizer"]
            )
            return await (workers if self.own else workers.of(self.tenant)).plan_model_to_file(
                file,
                folder.plan,
                key=self.context.plan_key.value,
                name=name,
                rows=request.n_samples,
                seed=seed,
                formats=formats,
                conditions=request.document.get("conditions"),
                shares=request.document.get("shares"),
                copies=request.document.get("copies", 1),
            )
        except FileNotFoundError:
            raise GenerationError("the file of the synthesizer is gone") from None
        except ModelError as error:
            raise GenerationError(f"the file of the synthesizer cannot be read: {error}") from None


async def plan_again(context: ServiceContext, request: JobRequest, job: JobRow) -> Plan:
    """The plan of an admitted job whose own cannot be read, as after an upgrade. Raises
    GenerationError."""
    folder = context.files.folder(job.id)
    if is_planned_later(request.document):
        raise GenerationError("the job's plan is of another version; ask for the job again")
    plans = ModelPlans(context, job.tenant, own=True)
    try:
        await plans.write(request, folder, job.name, job.seed, job.formats)
    except SynthesizerNotFound as error:
        raise GenerationError(f"{error}; the job's own copy is of another version") from None
    plan = await read_plan(context, folder)
    if plan is None:
        raise GenerationError("the plan could not be read back")
    return plan
