"""What compiling a target needs to know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from app.engine.generators.base import Generator
from app.engine.schema.models import Column, Rule, Target

SAMPLE_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class TargetRequest:
    """A target with everything it may depend on.

    Args:
        target: as declared; its shares are those of `generator`.
        generator: the planned column of the target on its own.
        columns: the declared columns the target may depend on, by the name under which the drawn
            values will stand; ``table.column`` for those of a parent table.
        generators: their generators; none for what only `sample` knows (formulas may be left out).
        types: Arrow types of the columns, for checking rules.
        paths: their places in the document.
        path: place of the target in the document.
        rules: rules written by the user, and their place in the document.
        sample: draws about SAMPLE_ROWS rows of the columns together. Needed only where inputs
            depend on one another (`joint`), or where a rule or an effect reads a column whose
            generator has no simple population.
        joint: whether inputs depend on one another.
        learned: under what `sample` has the target as a model has learned it; None where it has
            not.
    """

    target: Target
    generator: Generator
    columns: Mapping[str, Column]
    generators: Mapping[str, Generator]
    types: Mapping[str, pa.DataType]
    paths: Mapping[str, str]
    path: str
    rules: tuple[Rule, ...] = ()
    rules_path: str = "rules"
    sample: Callable[[], Mapping[str, pa.Array]] | None = None
    joint: bool = False
    learned: str | None = None
    _drawn: list[Mapping[str, pa.Array]] = field(default_factory=list, compare=False)

    def drawn(self) -> Mapping[str, pa.Array]:
        """The sample, drawn once: its columns by name, all of one length.

        Raises:
            ValueError: where none was given.
        """
        if not self._drawn:
            if self.sample is None:
                raise ValueError("these inputs need a drawn sample of the columns")
            self._drawn.append(self.sample())
        return self._drawn[0]
