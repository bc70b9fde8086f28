"""What is to be learned, checked and fixed before a job is queued."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.errors import DefinitionError, Fault
from app.engine.seeds import fresh_seed
from app.jobs.models import Document
from app.jobs.service_context import ServiceContext
from app.privacy.entries import Use
from app.sources.errors import SourceNotReady
from app.sources.sources import TenantSources
from app.workers.training_tasks import AssessedTraining
from app.workers.worker_tasks import COLUMNS_OF_A_ROW

# Learning a cell takes as long as making so many rows of ten columns: about 80 microseconds.
ROWS_A_CELL = 50


@dataclass(frozen=True, slots=True)
class AdmittedTraining:
    """A training that may be carried out.

    Args:
        name: of the source.
        document: what it works from, the definition and every setting fixed.
    """

    name: str
    assessed: AssessedTraining
    document: Document

    @property
    def rows(self) -> int:
        """That count for a quota."""
        return max(1, self.assessed.cells // COLUMNS_OF_A_ROW)

    @property
    def cost(self) -> int:
        """The expected work, in rows of ten columns."""
        return self.assessed.cells * ROWS_A_CELL

    def seed(self, asked: int | None) -> int:
        """The seed that is asked for, else the definition's, else a new one."""
        found = self.assessed.seed if asked is None else asked
        return fresh_seed() if found is None else found


async def admitted_training(
    document: Document, tenant: str, context: ServiceContext
) -> AdmittedTraining:
    """Hold a training against the profile of its source.

    Args:
        document: with `source`, `definition`, `settings` and `holdout`, which goes before what
            the definition says of it.

    Raises DefinitionError with everything that is at fault, SourceNotFound, Overloaded.
    """
    sources = context.sources.of(tenant)
    source = await sources.get(document["source"])
    profile = await source_profile(sources, source.id, "source", Use.TRAINING)
    definition = document.get("definition")
    if definition is None:
        definition = (await sources.definition(source.id)).document
    if document.get("holdout") is not None:
        definition = {**definition, "holdout": document["holdout"]}
    assessed = await context.request_workers.of(tenant).assess_training(
        profile, definition, document.get("settings", {})
    )
    fixed = {
        "source": source.id,
        "definition": dict(definition),
        "settings": {"name": assessed.synthesizer, **assessed.settings},
        "target": assessed.target,
        "k": assessed.k,
        "columns": assessed.columns,
    }
    return AdmittedTraining(source.name, assessed, fixed)


async def source_profile(sources: TenantSources, source_id: str, path: str, use: Use) -> str:
    """What was found in a source, as JSON. Raises SourceNotFound, SourceIsPrivate, and
    DefinitionError at `path` where it is not read yet."""
    try:
        return await sources.profile(source_id, use)
    except SourceNotReady:
        message = "was not read (yet); look at its status"
        raise DefinitionError([Fault(path, message)]) from None
