"""A training with differential privacy: checked and fixed by what is declared, and paid for in the
transaction that queues it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.engine.errors import DefinitionError, Fault
from app.jobs.kinds import Admission, NewJob
from app.jobs.models import JobRequest
from app.jobs.service_context import ServiceContext
from app.kinds.train.privacy import PrivacyOrder
from app.privacy.accounts import Spending
from app.privacy.ledger import Ledger
from app.sources.errors import SourceNotReady
from app.sources.sources import PrivateSource, TenantSources
from app.workers.private_tasks import AssessedPrivacy
from app.workers.request_workers import RequestWorkers

MODEL_BYTES = 1 << 24


@dataclass(frozen=True, slots=True)
class AskedPrivacy:
    """What a document asks for, held against its source and the account of that.

    Args:
        request: fields of the engine's `PrivacyRequest`.
        rho: what it costs, in units of 1e-12.
    """

    found: PrivateSource
    ledger: Ledger
    order: PrivacyOrder
    request: Mapping[str, Any]
    assessed: AssessedPrivacy
    rho: int


async def asked_privacy(
    source_id: str,
    order: PrivacyOrder,
    settings: Mapping[str, Any],
    sources: TenantSources,
    workers: RequestWorkers,
) -> AskedPrivacy:
    """Look at the names of columns and at what is declared, and at no row.

    Args:
        settings: of the algorithm.

    Raises:
        DefinitionError: with every fault.
        SourceNotFound, AccountDamaged, Overloaded.
    """
    try:
        found = await sources.private_source(source_id)
    except SourceNotReady:
        message = "was not read (yet); look at its status"
        raise DefinitionError([Fault("source", message)]) from None
    ledger = (await sources.accounts.state(found.account)).ledger
    if order.delta not in (None, ledger.settings.delta):
        message = f"is {order.delta:g}, and that of the account is {ledger.settings.delta:g}"
        raise DefinitionError([Fault("privacy.delta", message, "leave it out")])
    request = order.request(ledger.settings)
    assessed = await workers.assess_private(request, settings, found.file, order.drop, order.target)
    return AskedPrivacy(found, ledger, order, request, assessed, ledger.cost(order.epsilon))


async def private_admission(request: JobRequest, new: NewJob, context: ServiceContext) -> Admission:
    """What such a job is. How many rows there are shows in nothing of it. Raises as
    `asked_privacy`, and BudgetError where there is not enough left."""
    document = request.document
    sources = context.sources.of(new.tenant)
    asked = await asked_privacy(
        document["source"],
        PrivacyOrder.model_validate(document["privacy"]),
        document.get("settings", {}),
        sources,
        context.request_workers.of(new.tenant),
    )
    asked.ledger.check_cost(asked.order.epsilon)
    source = asked.found.source
    settings = asked.ledger.settings
    spending = Spending(asked.found.account, asked.order.epsilon, asked.order.algorithm, settings)

    async def reserve(session: AsyncSession, job: str) -> None:
        await sources.accounts.reserve(session, job, spending)

    fixed = {
        "source": source.id,
        "privacy": document["privacy"],
        "settings": document.get("settings", {}),
        "account": asked.found.account,
        "version": source.version,
        "request": asked.request,
        "noise_error": str(asked.ledger.noise_error),
    }
    size = 1 << source.bytes.bit_length()
    return Admission(
        name=source.name,
        seed=None,
        rows=max(1, size // 160),
        cost=size,
        targets=tuple(request.sinks),
        estimated_bytes=MODEL_BYTES,
        document=fixed,
        reserve=reserve,
    )
