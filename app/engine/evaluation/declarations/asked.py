"""Counts that were asked of the rows of a model: conditions and shares."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from app.engine.evaluation.accumulator import Outcome
from app.engine.evaluation.measurement import DeclaredFact, Measurement
from app.engine.evaluation.reading import plain_type
from app.engine.formats.cells.cells import read_cells
from app.engine.plan.asked.conditioned import ConditionedRows
from app.engine.plan.asked.splits import ConditionSplit, ShareSplit, Split
from app.engine.plan.learned import LearnedRows
from app.engine.plan.plan import TablePlan


def asked_facts(table: TablePlan) -> Iterator[Measurement]:
    """How many rows fulfil each condition, and have each value that a share was asked of."""
    source = table.source
    if not isinstance(source, LearnedRows) or not isinstance(source.asked, ConditionedRows):
        return
    for split in source.asked.promised:
        pairs = zip(_words(split, source), split.counts, strict=False)
        facts = tuple(DeclaredFact(table.name, words, count) for words, count in pairs)
        yield Measurement(facts, partial(PartsAccumulator, split, source))


def _words(split: Split, source: LearnedRows) -> list[str]:
    """What is said of each part but the rest."""
    if isinstance(split, ConditionSplit):
        return [f"rows with {split.condition.expression.text}"]
    if isinstance(split, ShareSplit):
        values = _values(split, source)
        return [f"rows with {split.column} = {value}" for value in values]
    return []


def _values(split: ShareSplit, source: LearnedRows) -> list[Any]:
    """Truth values are those of the real table, such as Yes and No."""
    values = split.values.to_pylist()
    if not pa.types.is_boolean(source.learned.schema.field(split.column).type):
        return values
    formats = (each.format for each in source.learned.cells if each.name == split.column)
    no, yes = next((each.labels for each in formats if each.labels), ("false", "true"))
    return [{"false": no, "true": yes}.get(str(each).lower(), each) for each in values]


class PartsAccumulator:
    """Rows in each part of a split.

    Args:
        source: whose rows they are; it says how a file's cells are written.
    """

    def __init__(self, split: Split, source: LearnedRows) -> None:
        self.split, self.source = split, source
        self.counts = np.zeros(len(split.counts), dtype=np.int64)
        self.stated = len(_words(split, source))

    def add(self, batch: pa.RecordBatch) -> None:
        cells = {name: self._cells(batch, name) for name in self.split.columns}
        self.counts += np.bincount(self.split.parts(cells), minlength=len(self.counts))

    def outcomes(self) -> list[Outcome]:
        pairs = zip(self.counts.tolist(), self.split.counts, strict=True)
        return [Outcome(seen, seen == wanted) for seen, wanted in pairs][: self.stated]

    def _cells(self, batch: pa.RecordBatch, name: str) -> pa.Array:
        """A column as the model draws it."""
        cells = batch.column(name)
        for each in self.source.learned.cells if self.source.as_written else ():
            if each.name == name:
                cells = read_cells(cells, each.format, each.kind)
        return cells.cast(plain_type(self.source.learned.schema.field(name).type))
