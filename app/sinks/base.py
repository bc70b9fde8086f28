"""What a sink is: it takes finished files somewhere and gives a receipt.

SinkError
├── TransientSinkError   the same delivery may work later: it is tried again
└── TerminalSinkError    the same delivery never works: it is not tried again
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

Target = Mapping[str, Any]
Receipt = dict[str, Any]


class SinkError(Exception):
    """Base of the sinks' errors; its text is meant for the user and holds no secret."""


class TransientSinkError(SinkError):
    """The same delivery may work later."""


class TerminalSinkError(SinkError):
    """The same delivery can never work."""


@dataclass(frozen=True, slots=True)
class SinkFile:
    """A finished file; `name` is what the file is called in the sink unless the target says."""

    path: Path
    name: str
    table: str
    format: str
    bytes: int
    sha256: str


class Sink(Protocol):
    """Both calls may block (they run in a thread). Delivering twice must leave the same as once:
    a delivery is repeated when the service was stopped before the receipt was stored."""

    def check(self, target: Target) -> None:
        """Look at a target without touching the outside. Raises TerminalSinkError."""

    def deliver(self, files: Sequence[SinkFile], target: Target) -> Receipt:
        """Take the files to the target. The receipt is plain JSON data.

        Raises TransientSinkError or TerminalSinkError.
        """
