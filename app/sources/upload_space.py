"""What uploads that are under way take of their tenants' quotas, in this process.

What is stored is counted in the database, where an upload stands once it is there. Until then it
is counted here, so that many uploads at the same time come to no more than one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from app.accounts.quotas import Quotas, SourceUse, fit_source


@dataclass
class _Tenant:
    """A tenant's uploads, and what it had stored when the last one of them began or ended."""

    stored: SourceUse
    under_way: list[Upload] = field(default_factory=list)


class Upload:
    """An upload that is under way.

    Args:
        announced: bytes that it says it has.
    """

    def __init__(self, tenant: _Tenant, quotas: Quotas, announced: int) -> None:
        self.bytes = announced
        self._tenant = tenant
        self._quotas = quotas

    def grown(self, size: int) -> None:
        """It has so many bytes by now. Raises QuotaExceeded where that is too much."""
        self.bytes = max(self.bytes, size)
        others = [each.bytes for each in self._tenant.under_way if each is not self]
        stored = self._tenant.stored
        use = SourceUse(stored.number + len(others), stored.bytes + sum(others))
        fit_source(self._quotas, use, self.bytes)


class UploadSpace:
    """The uploads of all tenants."""

    def __init__(self, quotas: Quotas) -> None:
        self._quotas = quotas
        self._tenants: dict[str, _Tenant] = {}

    @contextmanager
    def taken(self, tenant: str, stored: SourceUse, announced: int) -> Iterator[Upload]:
        """An upload for this block; it counts as stored where the block ends well.

        Args:
            stored: what the tenant has stored.
            announced: bytes that the upload says it has; 0 where it does not.

        Raises QuotaExceeded.
        """
        own = self._tenants.setdefault(tenant, _Tenant(stored))
        own.stored = stored
        upload = Upload(own, self._quotas, announced)
        own.under_way.append(upload)
        try:
            upload.grown(0)
            yield upload
            own.stored = SourceUse(own.stored.number + 1, own.stored.bytes + upload.bytes)
        finally:
            own.under_way.remove(upload)
            if not own.under_way:
                self._tenants.pop(tenant, None)
