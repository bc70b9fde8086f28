"""The stored models of a tenant, as jobs use them."""

from __future__ import annotations

from app.accounts.quotas import quotas_of
from app.jobs.service_context import ServiceContext
from app.models.synthesizers import Synthesizers


def synthesizers_of(context: ServiceContext, tenant: str) -> Synthesizers:
    """The stored models of a tenant."""
    return Synthesizers(
        context.state_writer.database,
        context.model_files,
        context.request_workers.of(tenant),
        tenant,
        quotas_of(context.settings),
        context.credential_store.box,
    )
