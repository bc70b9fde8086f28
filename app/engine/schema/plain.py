"""Documents given as Python objects (parsed JSON) pass the same checks as a text."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.engine.errors import DefinitionError, Fault
from app.engine.schema.source import (
    MAX_DEPTH,
    MAX_INTEGER,
    MAX_NODES,
    TOO_DEEP,
    TOO_MANY,
    Path,
    Source,
    write_path,
)


def source_of_plain(data: Any) -> Source:
    """Check and copy parsed JSON; it has no lines.

    Raises:
        DefinitionError: nested too deep, or too many values.
    """
    copier = _Copier()
    copied = copier.copy(data, ())
    return Source(copied, None, tuple(copier.faults))


def scalar_problem(value: Any) -> str | None:
    """What forbids a scalar: not finite, too large, or a text that no file could hold."""
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value} is not a finite number"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > MAX_INTEGER:
        return "a whole number outside 64 bits"
    if not isinstance(value, str):
        return None
    if "\0" in value:
        return "a text with a NUL character"
    if any("\ud800" <= character <= "\udfff" for character in value):
        return "a text with a lone surrogate"
    return None


def _as_json(value: Any) -> Any:
    """Moments as texts, as JSON has them, and numpy's numbers as Python's."""
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if type(value).__module__ == "numpy" and hasattr(value, "item") and not value.shape:
        return value.item()
    return value


@dataclass(slots=True)
class _Copier:
    """Recursion here is bounded by MAX_DEPTH."""

    faults: list[Fault] = field(default_factory=list)
    count: int = 0

    def copy(self, value: Any, path: Path) -> Any:
        self.count += 1
        if self.count > MAX_NODES:
            raise DefinitionError([Fault("document", TOO_MANY)])
        if isinstance(value, Mapping):
            self._check_depth(path)
            return {
                str(key): self.copy(member, (*path, str(key)))
                for key, member in value.items()
                if self._check_key(key, path)
            }
        if isinstance(value, list | tuple):
            self._check_depth(path)
            return [self.copy(item, (*path, i)) for i, item in enumerate(value)]
        return self._scalar(value, path)

    def _check_depth(self, path: Path) -> None:
        if len(path) >= MAX_DEPTH:
            raise DefinitionError([Fault(write_path(path[:4]), TOO_DEEP)])

    def _check_key(self, key: Any, path: Path) -> bool:
        problem = scalar_problem(key) if isinstance(key, str) else f"the key {key!r} is no text"
        if problem:
            self._fault(path, problem)
        return problem is None

    def _scalar(self, value: Any, path: Path) -> Any:
        value = _as_json(value)
        if not isinstance(value, str | int | float | bool | None):
            self._fault(path, f"a {type(value).__name__} is not a value of JSON")
            return None
        problem = scalar_problem(value)
        if problem:
            self._fault(path, problem)
            return None
        return value

    def _fault(self, path: Path, problem: str) -> None:
        self.faults.append(Fault(write_path(path), problem))
