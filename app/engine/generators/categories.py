"""Columns of labels: `category` and `bool`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from app.engine.generators.apportionment import (
    Apportionment,
    ExactApportionment,
    make_apportionment,
)
from app.engine.generators.base import Block, Scope
from app.engine.generators.segmented import Ordered, draw_arranged, split_nulls
from app.engine.schema.models import BoolColumn, CategoryColumn, LabelKind


@dataclass(frozen=True, slots=True)
class CategoryGenerator:
    """Labels with declared shares; `apportionment` has one segment for each label, then nulls.

    Labels of another kind than text are values of that kind, with no dictionary.
    """

    labels: tuple[str, ...]
    apportionment: Apportionment
    kind: LabelKind = "text"
    reads: frozenset[str] = frozenset()

    @property
    def type(self) -> pa.DataType:
        if self.kind != "text":
            return LABEL_TYPES[self.kind]
        return pa.dictionary(self.index_type, pa.string())

    @property
    def index_type(self) -> pa.DataType:
        """Of the codes that `finished` takes."""
        return _index_type(len(self.labels))

    def draw(self, block: Block) -> pa.Array:
        return draw_arranged(self, block)

    def ordered(self, block: Block) -> Ordered:
        counts, nulls = split_nulls(self.apportionment, block)
        codes = np.arange(len(counts), dtype=_index_type(len(self.labels)).to_pandas_dtype())
        return Ordered(np.repeat(codes, counts), nulls)

    def finished(self, arranged: pa.Array) -> pa.Array:
        if self.kind != "text":
            return typed_labels(self.labels, self.type).take(arranged)
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
    """Labels by their codes, shape (rows,), null where the code is; every block of a table carries
    the same dictionary."""
    return pa.DictionaryArray.from_arrays(codes, pa.array(labels, pa.string()))


LABEL_TYPES: dict[LabelKind, pa.DataType] = {
    "text": pa.string(),
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "date": pa.date32(),
}


def typed_labels(labels: Sequence[str], kind: pa.DataType) -> pa.Array:
    """Labels as values of a column of this type, shape (labels,); texts for labels with a
    dictionary. Raises pyarrow.ArrowInvalid where a label is none of the type."""
    return pa.array(labels, pa.string()).cast(pa.string() if pa.types.is_dictionary(kind) else kind)


def _index_type(labels: int) -> pa.DataType:
    if labels <= 128:
        return pa.int8()
    return pa.int16() if labels <= 32_768 else pa.int32()


def plan_category(column: CategoryColumn, scope: Scope) -> CategoryGenerator:
    shares = [cat.proportion for cat in column.cats]
    apportionment = make_apportionment(scope.sampling, scope.rows, shares, column.missing)
    if column.unique and not _is_distinct(apportionment):
        raise scope.fail(
            f"{len(column.cats)} categories of these proportions cannot give "
            f"{scope.rows} unique rows",
            "leave 'unique' out, or lower n_samples",
            "unique",
        )
    labels = tuple(cat.label for cat in column.cats)
    longest = max(labels, key=len)
    if column.max_length is not None and len(longest) > column.max_length:
        message = f"the label {longest[:100]!r} has {len(longest)} characters"
        raise scope.fail(message, f"at least {len(longest)}, or a shorter label", "max_length")
    return CategoryGenerator(labels, apportionment, column.kind)


def plan_bool(column: BoolColumn, scope: Scope) -> BoolGenerator:
    shares = [column.proportion, 1.0 - column.proportion]
    apportionment = make_apportionment(scope.sampling, scope.rows, shares, column.missing)
    if column.unique and not _is_distinct(apportionment):
        raise scope.fail("a bool column has two values, so two unique rows at most", None, "unique")
    return BoolGenerator(apportionment)


def _is_distinct(apportionment: Apportionment) -> bool:
    """Whether every label occurs once at the most; random sampling promises it of none."""
    return isinstance(apportionment, ExactApportionment) and max(apportionment.counts[:-1]) <= 1
