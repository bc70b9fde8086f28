"""Jobs that need a real table, checked before they are queued: one that is learned first, or one
that gives cells."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass

from app.engine.errors import DefinitionError, Fault
from app.engine.seeds import fresh_seed
from app.jobs.kinds import Admission, NewJob
from app.jobs.models import Document, JobRequest
from app.jobs.service_context import ServiceContext
from app.kinds.stored_models import synthesizers_of
from app.kinds.train.admission import AdmittedTraining, admitted_training, source_profile
from app.privacy.entries import Use

# A cell of a typical file.
CELL_BYTES = 16
# Rows with unknown cells are drawn so many times over.
GIVEN_COST = 64


@dataclass(frozen=True, slots=True)
class _Table:
    """What is known of a source of one table."""

    rows: int
    columns: frozenset[str]


async def admission_of(
    request: JobRequest, new: NewJob, context: ServiceContext, formats: tuple[str, ...]
) -> Admission:
    """What a job is whose plan is made when it is carried out.

    Raises DefinitionError, SourceNotFound, SynthesizerNotFound, Overloaded.
    """
    document = request.document
    training = None
    if "source" in document:
        training = await admitted_training(document, new.tenant, context)
        name, columns, usual = training.name, training.assessed.columns, training.assessed.rows
    else:
        stored = await synthesizers_of(context, new.tenant).get(document["synthesizer"])
        name, columns = stored.name, len(stored.description["columns"])
        usual = stored.description["rows"]
        await _check_columns(document, stored.description["columns"], new.tenant, context)
    _check_kept(document, training)
    rows = await _rows(request, usual, new.tenant, context) * document.get("copies", 1)
    if rows > context.settings.max_rows:
        message = f"{rows:,} rows are more than the {context.settings.max_rows:,} of this service"
        raise DefinitionError([Fault("n_samples", message)])
    drawn = rows * (GIVEN_COST if _table_key(document) else 1)
    return Admission(
        name=request.name or name,
        seed=_seed(request, training),
        rows=rows + (training.rows if training else 0),
        cost=drawn + (training.cost if training else 0),
        formats=formats,
        targets=tuple(request.sinks),
        estimated_bytes=rows * columns * CELL_BYTES * len(formats),
        warnings=training.assessed.warnings if training else (),
        reveals=_reveals(document, training),
        document={**document, **training.document} if training else None,
    )


def _seed(request: JobRequest, training: AdmittedTraining | None) -> int:
    if training is not None:
        return training.seed(request.seed)
    return fresh_seed() if request.seed is None else request.seed


def _reveals(document: Document, training: AdmittedTraining | None) -> tuple[str, ...]:
    """What the job lets be known of a source: where one gives cells, its rows."""
    own = training.assessed.reveals if training is not None else ()
    key = _table_key(document)
    return own if key is None else (*own, f"rows of the source that `{key}` names")


def _check_kept(document: Document, training: AdmittedTraining | None) -> None:
    """Raises DefinitionError where a source is learned whose columns keep their own values, and no
    table gives these."""
    if training is not None and training.assessed.kept and _table_key(document) is None:
        names = ", ".join(training.assessed.kept)
        message = f"has to give the columns that keep their own values: {names}"
        raise DefinitionError([Fault("given", message, "name the source here, too")])


def _table_key(document: Document) -> str | None:
    return next((key for key in ("given", "impute") if key in document), None)


async def _rows(request: JobRequest, usual: int, tenant: str, context: ServiceContext) -> int:
    """How many rows come out. Raises DefinitionError where two numbers are asked for."""
    key = _table_key(request.document)
    if key is None:
        counted = [each.get("rows") for each in request.document.get("conditions") or ()]
        whole = sum(each for each in counted if each is not None)
        return (whole or usual) if request.n_samples is None else request.n_samples
    table = await _table(request.document[key], key, tenant, context)
    if request.n_samples not in (None, table.rows):
        message = f"{request.n_samples:,} rows are asked for, and the table has {table.rows:,}"
        raise DefinitionError([Fault("n_samples", message, "leave it out")])
    return table.rows


async def _check_columns(
    document: Document, columns: list[str], tenant: str, context: ServiceContext
) -> None:
    key = _table_key(document)
    if key is None:
        return
    table = await _table(document[key], key, tenant, context)
    if not table.columns & set(columns):
        hint = "name them as the source of the synthesizer does"
        raise DefinitionError([Fault(key, "has none of the synthesizer's columns", hint)])


async def _table(source_id: str, key: str, tenant: str, context: ServiceContext) -> _Table:
    profile = await source_profile(context.sources.of(tenant), source_id, key, Use.COMPLETION)
    tables = (await asyncio.to_thread(json.loads, profile))["tables"]
    if len(tables) != 1:
        raise DefinitionError(
            [Fault(key, f"holds {len(tables)} tables: one is completed at a time")]
        )
    names = frozenset(each["name"] for each in tables[0]["columns"])
    return _Table(tables[0]["rows"], names)
