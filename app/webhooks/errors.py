# ruff: noqa: N818 (named for what happened, which reads better in an except clause)
"""What can go wrong with webhooks.

ServiceError
├── EndpointNotFound  no endpoint has this id
├── EndpointExists    the tenant has an endpoint at this address
├── MessageNotFound   the job has sent no such message
└── InvalidWebhook    an address or a secret that cannot be used
"""

from __future__ import annotations

from collections.abc import Sequence

from app.engine.errors import Fault
from app.store.errors import ServiceError


class EndpointNotFound(ServiceError):
    def __init__(self, endpoint_id: str) -> None:
        super().__init__(f"there is no endpoint {endpoint_id!r}")


class EndpointExists(ServiceError):
    def __init__(self, url: str) -> None:
        super().__init__(f"there is an endpoint at {url!r} already; rotate its secret instead")


class MessageNotFound(ServiceError):
    def __init__(self, message_id: str) -> None:
        super().__init__(f"the job has sent no message {message_id!r}")


class InvalidWebhook(ServiceError):
    """An address or a secret that cannot be used; no fault holds the secret."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults)))
