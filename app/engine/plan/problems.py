"""Faults and warnings gathered while planning, so that the user sees them all at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from app.engine.errors import DefinitionError, Fault


@dataclass(slots=True)
class Problems:
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    kinds: set[type[DefinitionError]] = field(default_factory=set)

    @contextmanager
    def collected(self) -> Iterator[None]:
        """Keep the faults of what is raised inside, and go on; an error without faults follows from
        one that has some."""
        try:
            yield
        except DefinitionError as error:
            self.faults += [fault for fault in error.faults if fault not in self.faults]
            if error.faults:
                self.kinds.add(type(error))

    def raise_any(self) -> None:
        """Raises:
        ConflictError: where there are conflicts alone.
        DefinitionError: where there are other faults.
        """
        if self.faults:
            kind = next(iter(self.kinds)) if len(self.kinds) == 1 else DefinitionError
            raise kind(self.faults)
