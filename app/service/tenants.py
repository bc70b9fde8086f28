"""What one tenant has: jobs, stored definitions, connections, keys, the log of what it did."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.jobs.accounts.audit import Audit
from app.jobs.accounts.keys import Keys
from app.jobs.connections import Connections
from app.jobs.jobs import Jobs
from app.jobs.schemas import Schemas
from app.jobs.webhooks.webhooks import Webhooks
from app.store.rows import DEFAULT_TENANT
from app.workers.interactive import Interactive

__all__ = ["DEFAULT_TENANT", "TENANT_NAME", "Tenant"]

TENANT_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Tenant:
    """Everything that a tenant can reach; what belongs to others is not there for it."""

    name: str
    jobs: Jobs
    schemas: Schemas
    connections: Connections
    keys: Keys
    audit: Audit
    webhooks: Webhooks
    interactive: Interactive
