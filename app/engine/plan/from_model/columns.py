"""Learned columns as planned ones: what a model draws has a type and a population, too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from app.engine.errors import GenerationError
from app.engine.generators.arranging.marginals import NumberMarginal, marginal, numeric_values
from app.engine.generators.base import Block
from app.engine.generators.numbers.places import UNITS, Unit
from app.engine.schema.learned import LearnedColumn, LearnedMoment
from app.engine.schema.models import Column, Table
from app.engine.synthesizers.model_rows import ModelRows

UNLEARNED = "\0from\0"


@dataclass(frozen=True, eq=False, slots=True)
class LearnedGenerator:
    """A column that is drawn together with the others of its model.

    Args:
        name: what the model calls it.
        unit: the step of moments; None for other kinds.
        reach: first and last moment, in steps of the unit.
    """

    name: str
    rows: ModelRows
    unit: Unit | None = None
    reach: tuple[int, int] = (0, 0)
    reads: frozenset[str] = frozenset()

    @property
    def type(self) -> pa.DataType:
        return self.rows.schema.field(self.name).type

    @property
    def sample(self) -> pa.Array:
        """The column in the model's sample."""
        return self.rows.sample.column(self.name)

    def draw(self, block: Block) -> pa.Array:
        """Raises GenerationError: rows of a model are drawn whole."""
        raise GenerationError("a learned column is drawn with the others of its model")


@marginal.register
def _(generator: LearnedGenerator) -> NumberMarginal | None:
    """What the sample shows of numbers, moments in steps, and truth values as 0 and 1; None for
    labels, and for nothing."""
    column = generator.sample
    present = column.drop_null()
    if pa.types.is_string(column.type) or not len(present):
        return None
    clock = pa.types.is_timestamp(column.type) or pa.types.is_time(column.type)
    values, counts = np.unique(numeric_values(present), return_counts=True)
    missing = column.null_count / len(column)
    return NumberMarginal(values / (1_000_000 if clock else 1), counts / counts.sum(), missing)


def learned_columns(table: Table) -> dict[str, LearnedColumn]:
    """The columns of a table that its model draws, by name."""
    return {n: each for n, each in table.features.items() if isinstance(each, LearnedColumn)}


def learned_name(name: str) -> str:
    """Under what a learned column is drawn that is made again as the target."""
    return f"{UNLEARNED}{name}"


def learned_generators(table: Table) -> dict[str, LearnedGenerator]:
    """The generators of a table's learned columns, by the names under which they are drawn."""
    if table.model is None:
        return {}
    rows: ModelRows = table.model.rows_source
    found = {name: _generator(name, each, rows) for name, each in learned_columns(table).items()}
    if table.target is not None and table.target.is_learned:
        found[learned_name(table.target.name)] = LearnedGenerator(table.target.name, rows)
    return found


def _generator(name: str, column: Column, rows: ModelRows) -> LearnedGenerator:
    if not isinstance(column, LearnedMoment) or column.start is None or column.end is None:
        return LearnedGenerator(name, rows)
    unit = UNITS[column.type]
    return LearnedGenerator(name, rows, unit, (unit.place(column.start), unit.place(column.end)))
