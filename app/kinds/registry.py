"""Every kind of job that there is."""

from __future__ import annotations

from collections.abc import Mapping

from app.jobs.kinds import JobKind
from app.kinds.generate.kind import Generate

KINDS: Mapping[str, JobKind] = {kind.name: kind for kind in (Generate(),)}
