"""Columns of labels: `category` and `bool`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from app.engine.generators.apportionment import (
    Apportionment,
    ExactApportionment,
    make_apportionment,
)
from app.engine.generators.base import Block, Scope, planner
from app.engine.generators.segmented import Ordered, draw_arranged, split_nulls
from app.engine.schema.models import BoolColumn, CategoryColumn


@dataclass(frozen=True, slots=True)
class CategoryGenerator:
    """Labels with declared shares; `apportionment` has one segment for each label, then nulls."""

    labels: tuple[str, ...]
    apportionment: Apportionment
    reads: frozenset[str] = frozenset()

    @property
    def type(self) -> pa.DataType:
        return pa.dictionary(_index_type(len(self.labels)), pa.string())

    def draw(self, block: Block) -> pa.Array:
        return draw_arranged(self, block)

    def ordered(self, block: Block) -> Ordered:
        counts, nulls = split_nulls(self.apportionment, block)
        codes = np.arange(len(counts), dtype=_index_type(len(self.labels)).to_pandas_dtype())
        return Ordered(np.repeat(codes, counts), nulls)

    def finished(self, arranged: pa.Array) -> pa.Array:
        return label_array(arranged, self.labels)


@dataclass(frozen=True, slots=True)
class BoolGenerator:
    """True and false; `apportionment` has the segments true, false, null."""

    apportionment: Apportionment
    reads: frozenset[str] = frozenset()

    @property
    def type(self) -> pa.DataType:
        return pa.bool_()

    def draw(self, block: Block) -> pa.Array:
        return draw_arranged(self, block)

    def ordered(self, block: Block) -> Ordered:
        counts, nulls = split_nulls(self.apportionment, block)
        return Ordered(np.repeat([True, False], counts), nulls)

    def finished(self, arranged: pa.Array) -> pa.Array:
        return arranged


def label_array(codes: pa.Array, labels: tuple[str, ...]) -> pa.DictionaryArray:
    """Labels by their codes; every block of a table carries the same dictionary."""
    return pa.DictionaryArray.from_arrays(codes, pa.array(labels, pa.string()))


def _index_type(labels: int) -> pa.DataType:
    if labels <= 128:
        return pa.int8()
    return pa.int16() if labels <= 32_768 else pa.int32()


@planner(CategoryColumn)
def plan_category(column: CategoryColumn, scope: Scope) -> CategoryGenerator:
    shares = [cat.proportion for cat in column.cats]
    apportionment = make_apportionment(scope.sampling, scope.rows, shares, column.missing)
    if column.unique and not (
        isinstance(apportionment, ExactApportionment) and max(apportionment.counts[:-1]) <= 1
    ):
        raise scope.fail(
            f"{len(column.cats)} categories of these proportions cannot give "
            f"{scope.rows} unique rows",
            "leave 'unique' out, or lower n_samples",
            "unique",
        )
    return CategoryGenerator(tuple(cat.label for cat in column.cats), apportionment)


@planner(BoolColumn)
def plan_bool(column: BoolColumn, scope: Scope) -> BoolGenerator:
    if column.unique and scope.rows > 2:
        raise scope.fail("a bool column cannot be unique over more than 2 rows", None, "unique")
    shares = [column.proportion, 1.0 - column.proportion]
    return BoolGenerator(make_apportionment(scope.sampling, scope.rows, shares, column.missing))
