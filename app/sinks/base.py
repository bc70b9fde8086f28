"""What a sink is: it takes finished files somewhere and gives a receipt.

SinkError
├── TransientSinkError   the same delivery may work later: it is tried again
├── TerminalSinkError    the same delivery never works: it is not tried again
└── Stopped              whoever asked for the delivery does not want it any more
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import BaseModel

if TYPE_CHECKING:
    from app.sinks.egress import EgressPolicy

Target = Mapping[str, Any]
Receipt = dict[str, Any]

MANIFEST = "manifest"


class SinkError(Exception):
    """Base of the sinks' errors; its text is meant for the user and holds no secret."""


class TransientSinkError(SinkError):
    """The same delivery may work later; after `retry_after` seconds where the other side says."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TerminalSinkError(SinkError):
    """The same delivery can never work."""


class Stopped(SinkError):  # noqa: N818
    """The delivery was stopped on the way."""


@dataclass(frozen=True, slots=True)
class SinkFile:
    """A finished file; `name` is what the file is called in the sink unless the target says.

    The signed manifest of a job, its signature and its public key have the format "manifest" and
    no table; what else is no table, such as a report, has the format of its file.
    """

    path: Path
    name: str
    table: str
    format: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """One attempt at a delivery.

    Args:
        delivery: names the delivery, the same at every attempt and different from any other's:
            what it left behind before it was cut off is known by this.
        tenant: whose it is; a sink that lies on this machine keeps tenants apart.
        stopping: set when the delivery shall stop; a sink looks between the pieces of its work.
    """

    delivery: str
    tenant: str = "default"
    stopping: threading.Event = field(default_factory=threading.Event)

    def go_on(self) -> None:
        """Raises Stopped where the delivery shall stop."""
        if self.stopping.is_set():
            raise Stopped("the delivery was stopped")


class Sink(Protocol):
    """Both calls may block. Delivering twice must leave the same as once:
    a delivery is repeated when the service was stopped before the receipt was stored."""

    @property
    def target(self) -> type[BaseModel]:
        """The model of its targets, which says what each field means."""

    @property
    def credentials(self) -> type[BaseModel] | None:
        """The model of what the target's owner knows and nobody else: a frozen model whose
        secrets are `SecretStr`; None for a sink that needs none."""

    @property
    def foreign(self) -> bool:
        """Whether it talks to servers of strangers: then each attempt has a process of its own, and
        the sink can be pickled."""

    @property
    def formats(self) -> tuple[str, ...] | None:
        """The file formats that it can read, the best one first; None where any will do."""

    def check(self, target: Target) -> None:
        """Look at a target without touching the outside. Raises TerminalSinkError."""

    def deliver(
        self,
        files: Sequence[SinkFile],
        target: Target,
        credentials: BaseModel | None,
        attempt: DeliveryAttempt,
    ) -> Receipt:
        """Take the files to the target. The receipt is plain JSON data.

        Raises TransientSinkError, TerminalSinkError or Stopped.
        """


@dataclass(frozen=True, slots=True)
class Environment:
    """What an installation has for its sinks.

    Args:
        egress: which addresses may be reached.
        local_root: folder for what stays on this machine; None where nothing may.
    """

    egress: EgressPolicy
    local_root: Path | None = None


@dataclass(frozen=True, slots=True)
class SinkKind:
    """A kind of sink, known by being the `KIND` of a module in `app/sinks/kinds/`.

    Args:
        name: that of its module, and the `kind` that a request names.
        label: its name on pages.
        sink: the class of its sinks.
        make: the sink of an installation; None where the installation lacks what it takes.
        needs: in words, what an installation has to have for it; empty where that is nothing.
    """

    name: str
    label: str
    sink: type[Any]
    make: Callable[[Environment], Sink | None]
    needs: str = ""


def egress_kind(name: str, label: str, sink: type[Any]) -> SinkKind:
    """A kind whose sinks need the policy of egress and nothing else."""
    return SinkKind(name, label, sink, lambda environment: sink(environment.egress))
