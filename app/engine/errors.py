"""Every error of the engine, as a tree.

TablesmithError
├── DefinitionError      the definition is at fault: every fault with path, line and hint
│   ├── ConflictError    declared facts that cannot hold together, with what can be reached
│   └── ComputationError an expression whose values leave their range; a GenerationError, too
├── GenerationError      a plan that compiled could not be carried out
├── SourceError          a real table that cannot be read or learned; never says a value of it
├── ModelError           a model file that cannot be read
├── BudgetError          more privacy was to be spent than is left; nothing was read for it
├── Cancelled            whoever started the work has stopped it
└── FormatError          a file format cannot hold what was asked for
    └── RowLimitError    more rows than the format has room for
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

UNPLACED = "document"  # the path of faults without a place of their own


@dataclass(frozen=True, slots=True)
class Fault:
    """One problem of a definition: where it is, what is wrong, what would be right.

    Args:
        path: place in the document, such as ``schema.features.Tenure.buckets[1].std``.
        message: what is wrong.
        hint: what would be right, where that is known.
        line: line of the YAML text, counted from 1; None where the input had no lines.
    """

    path: str
    message: str
    hint: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        place = f"line {self.line}, {self.path}" if self.line else self.path
        return f"{place}: {self.message}" + (f" ({self.hint})" if self.hint else "")


class TablesmithError(Exception):
    """Base of all errors of the engine; its text is meant for the user."""


class DefinitionError(TablesmithError):
    """A definition that cannot be used; carries every fault found, not only the first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))

    def __reduce__(self) -> tuple[type[DefinitionError], tuple[tuple[Fault, ...]]]:
        return type(self), (self.faults,)


class ConflictError(DefinitionError):
    """Declared facts that cannot hold together; each fault says what can be reached."""


class GenerationError(TablesmithError):
    """A compiled plan that could not be carried out."""


class ComputationError(DefinitionError, GenerationError):
    """An expression whose values leave the range of their type, which only the data shows."""

    @classmethod
    def of(cls, message: str) -> ComputationError:
        """One whose place in the definition is not known yet."""
        return cls([Fault(UNPLACED, message, "smaller numbers, or fractions such as 1.0")])

    def at(self, path: str) -> ComputationError:
        """The same error at a place in the definition, where it has none of its own."""
        return ComputationError(
            [replace(each, path=path) if each.path == UNPLACED else each for each in self.faults]
        )


class SourceError(TablesmithError):
    """A real table that cannot be read or learned. Its text names files, columns and rows by
    their number, never a value: a source is personal data."""


class ModelError(TablesmithError):
    """A model file that is damaged, of another version, or not a model at all."""


class BudgetError(TablesmithError):
    """More of a budget of differential privacy was to be spent than is left; nothing was read for
    it."""


class Cancelled(TablesmithError):  # noqa: N818
    """Whoever started the work has stopped it; nothing half-written is left."""


class FormatError(TablesmithError):
    """A file format that cannot hold what was asked for."""


class RowLimitError(FormatError):
    """More rows than the format has room for."""
