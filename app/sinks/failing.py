"""A sink that fails on demand, for tests of what stands around sinks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.sinks.base import Receipt, SinkError, SinkFile, Target


@dataclass
class FailingSink:
    """Raises `failures` one after another, then takes the files and remembers their names."""

    failures: list[SinkError] = field(default_factory=list)
    delivered: list[tuple[str, ...]] = field(default_factory=list)

    def check(self, target: Target) -> None:
        """Every target is fine."""

    def deliver(self, files: Sequence[SinkFile], target: Target) -> Receipt:
        if self.failures:
            raise self.failures.pop(0)
        self.delivered.append(tuple(file.name for file in files))
        return {"files": [{"path": file.name, "bytes": file.bytes} for file in files]}
