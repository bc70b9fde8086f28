"""A sink that fails on demand, for tests of what stands around sinks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from pydantic import BaseModel

from app.sinks.base import DeliveryAttempt, Receipt, SinkError, SinkFile, Target
from app.sinks.targets import TargetModel


@dataclass
class FailingSink:
    """Raises `failures` one after another, then takes the files and remembers their names."""

    credentials: ClassVar[type[BaseModel] | None] = None
    formats: ClassVar[tuple[str, ...] | None] = None
    foreign: ClassVar[bool] = False
    target: ClassVar[type[TargetModel]] = TargetModel

    failures: list[SinkError] = field(default_factory=list)
    delivered: list[tuple[str, ...]] = field(default_factory=list)
    known: list[BaseModel | None] = field(default_factory=list)

    def check(self, target: Target) -> None:
        """Every target is fine."""

    def deliver(
        self,
        files: Sequence[SinkFile],
        target: Target,
        credentials: BaseModel | None,
        attempt: DeliveryAttempt,
    ) -> Receipt:
        self.known.append(credentials)
        if self.failures:
            raise self.failures.pop(0)
        self.delivered.append(tuple(file.name for file in files))
        return {"files": [{"path": file.name, "bytes": file.bytes} for file in files]}
