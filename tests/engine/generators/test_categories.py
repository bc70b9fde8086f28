from __future__ import annotations

import pyarrow.compute as pc
import pytest

from app.engine.errors import DefinitionError
from app.engine.schema.models import BoolColumn, CategoryColumn
from tests.engine.planning import SEVERAL_BLOCKS, categories, column_of, plan_of


def counts_of(rows: int, column: CategoryColumn | BoolColumn) -> dict[object, int]:
    counted = pc.value_counts(column_of(rows, column).combine_chunks())
    return {item["values"]: item["counts"] for item in counted.to_pylist()}


@pytest.mark.parametrize("rows", [7, 1_000, SEVERAL_BLOCKS])
def test_each_label_is_off_by_less_than_one(rows: int) -> None:
    shares = {"Gold": 0.5, "Silver": 0.3, "Bronze": 0.2}
    counts = counts_of(rows, CategoryColumn(type="category", cats=categories(**shares)))
    for label, share in shares.items():
        assert abs(counts[label] - rows * share) < 1


def test_nulls_and_labels_are_both_exact() -> None:
    column = CategoryColumn(type="category", cats=categories(a=0.75, b=0.25), missing=0.2)
    assert counts_of(1_000, column) == {"a": 600, "b": 200, None: 200}


def test_true_false_and_null_are_exact() -> None:
    column = BoolColumn(type="bool", proportion=0.35, missing=0.05)
    assert counts_of(10_000, column) == {True: 3_325, False: 6_175, None: 500}


def test_every_block_carries_the_same_dictionary() -> None:
    column = CategoryColumn(type="category", cats=categories(a=0.999, b=0.001))
    chunks = column_of(SEVERAL_BLOCKS, column).chunks
    assert {tuple(chunk.dictionary.to_pylist()) for chunk in chunks} == {("a", "b")}


def test_many_labels_get_a_wider_index() -> None:
    labels = {f"label {i}": 1 / 200 for i in range(200)}
    column = CategoryColumn(type="category", cats=categories(**labels))
    assert str(column_of(400, column).type.index_type) == "int16"


def test_unique_labels_need_as_many_labels_as_rows() -> None:
    column = CategoryColumn(type="category", cats=categories(a=0.5, b=0.5), unique=True)
    assert sorted(column_of(2, column).to_pylist()) == ["a", "b"]
    with pytest.raises(DefinitionError, match="cannot give 3 unique rows"):
        plan_of(3, x=column)
