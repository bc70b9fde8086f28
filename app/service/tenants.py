"""What one tenant has: jobs, stored definitions, connections, keys, the log of what it did."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.accounts.audit import Audit
from app.accounts.keys import Keys
from app.connections.connections import Connections
from app.definitions.definitions import Definitions
from app.jobs.jobs import Jobs
from app.models.synthesizers import Synthesizers
from app.sources.sources import TenantSources
from app.store.tables.base import DEFAULT_TENANT
from app.webhooks.webhooks import Webhooks
from app.workers.request_workers import RequestWorkers

__all__ = ["DEFAULT_TENANT", "TENANT_NAME", "Tenant"]

TENANT_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Tenant:
    """Everything that a tenant can reach; what belongs to others is not there for it."""

    name: str
    jobs: Jobs
    definitions: Definitions
    connections: Connections
    keys: Keys
    audit: Audit
    webhooks: Webhooks
    sources: TenantSources
    synthesizers: Synthesizers
    request_workers: RequestWorkers
