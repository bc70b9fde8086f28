"""What every synthesizer and every model is.

A synthesizer reads private rows: settings and a table go in, a model comes out. A model only
draws: it is a frozen value of plain arrays and holds no reference to the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import pyarrow as pa
from pydantic import BaseModel

from app.engine.seeds import Stream, permutation
from app.engine.synthesis.models import Fairness
from app.engine.synthesizers.drawing import Drawing
from app.engine.synthesizers.explanation import ExplainedColumn
from app.engine.synthesizers.row_rules import RowRules
from app.engine.synthesizers.table import EncodedTable
from app.engine.synthesizers.values import Floats, Protection

BLOCK_ROWS = 2**16

S_contra = TypeVar("S_contra", bound=BaseModel, contravariant=True)
S = TypeVar("S", bound=BaseModel)


class Map(Protocol):
    """The built-in `map`, or that of an executor, which keeps the order of what it is given."""

    def __call__(self, function: Callable[[Any], Any], items: Iterable[Any], /) -> Iterable[Any]:
        """Results in the order of the items."""


class Model(Protocol):
    """What was learned of one table."""

    @property
    def schema(self) -> pa.Schema:
        """Names and types of the source, in its order."""

    def block(self, rows: int, stream: Stream) -> pa.RecordBatch:
        """Rows of one block, a pure function of the model, their number and the stream.

        Args:
            rows: at most BLOCK_ROWS.
            stream: of this block alone.
        """

    def explained(self) -> tuple[ExplainedColumn, ...]:
        """The columns in the order in which they are drawn, each with what it depends on."""

    def drawing(self, rows: int) -> Drawing:
        """Rows that are drawn column by column, some of whose cells may be given."""

    @property
    def determined(self) -> Mapping[str, str]:
        """Columns that another one says in every row, with the name of that one."""

    @property
    def rules(self) -> RowRules:
        """What else holds between the columns of every row."""


class Fit(Protocol[S_contra]):
    """How a synthesizer learns."""

    def __call__(self, table: EncodedTable, settings: S_contra, context: FitContext, /) -> Model:
        """The model of a table; the same for the same table, settings and stream."""


@dataclass(frozen=True, slots=True)
class FitContext:
    """What fitting needs beside the table and its settings.

    Args:
        stream: where its random numbers come from.
        map: runs functions of this package on items that can be pickled, here or elsewhere.
        target: the column that models will be trained on, where one was named.
        fairness: of one column between the groups of another; None for as in the table.
    """

    stream: Stream
    protection: Protection = field(default_factory=Protection)
    map: Map = map
    target: str | None = None
    fairness: Fairness | None = None


@dataclass(frozen=True, slots=True)
class Synthesizer(Generic[S]):
    """One way to learn a table.

    Args:
        label, summary: what people read.
        settings: the model of its settings; all have defaults.
        model: the type of its models, which the file of a model is read into.
        is_fair: whether it does what `FitContext.fairness` says.
    """

    name: str
    label: str
    summary: str
    settings: type[S]
    fit: Fit[S]
    model: type[Any]
    is_fair: bool = False

    @property
    def sizes(self) -> Mapping[str, Mapping[str, Any]]:
        """What model sizes stand for: `sizes` of its settings, where they have any; settings that
        differ from their defaults, by name."""
        return getattr(self.settings, "sizes", {})


def block_of(model: Model, rows: int, seed: int, number: int) -> pa.RecordBatch:
    """One block of a table, in any process.

    Args:
        rows: of this block.
        number: of the block, from 0.
    """
    return model.block(rows, Stream(seed).child("synthesize", "block", number))


def drawn_block(model: Model, rows: int, stream: Stream) -> pa.RecordBatch:
    """Rows of one block, drawn column by column."""
    drawing = model.drawing(rows)
    for column in drawing.columns:
        drawing.advance(even_uniforms(rows, stream.child("column", column.name)))
    cells = drawing.cells(model.schema.names)
    return pa.record_batch([cells[name] for name in model.schema.names], schema=model.schema)


def even_uniforms(rows: int, stream: Stream) -> Floats:
    """Uniform numbers in [0, 1), one of each of `rows` equal slices, in random order; (rows,)."""
    rng = stream.generator()
    slices = permutation(rng, rows)
    return np.minimum((slices + rng.random(rows)) / rows, np.nextafter(1.0, 0.0))
