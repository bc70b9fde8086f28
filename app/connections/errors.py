# ruff: noqa: N818 (named for what happened, which reads better in an except clause)
"""What can go wrong with connections and credentials.

ServiceError
├── ConnectionNotFound   no connection has this name
├── ConnectionExists     a connection of this name is stored already
└── InvalidCredentials   credentials that a kind of sink cannot use
"""

from __future__ import annotations

from collections.abc import Sequence

from app.engine.errors import Fault
from app.store.errors import ServiceError


class ConnectionNotFound(ServiceError):
    def __init__(self, name: str) -> None:
        super().__init__(f"there is no connection {name!r}")


class ConnectionExists(ServiceError):
    def __init__(self, name: str) -> None:
        super().__init__(f"a connection named {name!r} is stored already; PUT replaces it")


class InvalidCredentials(ServiceError):
    """Credentials that cannot be used; each fault has the path of a field and never its value."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults)))
