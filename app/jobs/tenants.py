"""What one tenant has: its jobs, its stored definitions, its connections."""

from __future__ import annotations

from dataclasses import dataclass

from app.jobs.interactive import Interactive
from app.jobs.jobs import Jobs
from app.jobs.schemas import Schemas
from app.store.rows import DEFAULT_TENANT

__all__ = ["DEFAULT_TENANT", "Tenant"]


@dataclass(frozen=True, slots=True)
class Tenant:
    """Everything that a tenant can reach; what belongs to others is not there for it."""

    name: str
    jobs: Jobs
    schemas: Schemas
    interactive: Interactive
