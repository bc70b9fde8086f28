"""Rows of drivers as Parquet: types that grow from batch to batch, and what no type holds."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.engine.errors import SourceError
from app.engine.sources.limits import SourceLimits
from app.sinks.reading.row_batches import write_rows

MOMENT = dt.datetime(2024, 5, 6, 7, 8, 9)
TENTHS, CENTS = Decimal("1.5"), Decimal("20.25")
SECRET = "Hildegard"


def written(folder: Path, *batches: list[Any], **more: Any) -> pa.Table:
    """A table of one column, batch by batch."""
    file = folder / "t.parquet"
    size = write_rows("t", ["x"], [[(cell,) for cell in batch] for batch in batches], file, **more)
    assert size == file.stat().st_size and list(folder.iterdir()) == [file]
    return pq.read_table(file)


@pytest.mark.parametrize(
    ("batches", "kind", "cells"),
    [
        ([[1], [2**40]], pa.int64(), [1, 2**40]),
        ([[None], [1], [2.5]], pa.float64(), [None, 1.0, 2.5]),
        ([[None], [None]], pa.string(), [None, None]),
        ([[1], ["a"]], pa.string(), ["1", "a"]),
        ([[2**70], [1]], pa.string(), [str(2**70), "1"]),
        ([[TENTHS], [CENTS]], pa.decimal128(4, 2), [Decimal("1.50"), CENTS]),
        ([[Decimal("NaN"), Decimal("1.5")]], pa.string(), ["NaN", "1.5"]),
        ([[dt.date(2024, 1, 2)]], pa.date32(), [dt.date(2024, 1, 2)]),
        ([[MOMENT], [None]], pa.timestamp("us"), [MOMENT, None]),
        ([[True], [None]], pa.bool_(), [True, None]),
        ([[uuid.UUID(int=1)]], pa.string(), [str(uuid.UUID(int=1))]),
        ([[{"a": [1, "ä"]}]], pa.string(), ['{"a": [1, "ä"]}']),
        ([[memoryview(b"x")]], pa.binary(), [b"x"]),
        ([["x", 1, MOMENT]], pa.string(), ["x", "1", "2024-05-06 07:08:09"]),
    ],
)  # fmt: skip
def test_a_column_has_the_type_that_holds_all_of_its_batches(
    batches: list[list[Any]], kind: pa.DataType, cells: list[Any], tmp_path: Path
) -> None:
    table = written(tmp_path, *batches)
    assert table.schema.field("x").type == kind
    assert table["x"].to_pylist() == cells


def test_no_rows_are_a_table_without_rows(tmp_path: Path) -> None:
    assert written(tmp_path).num_rows == 0


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"most": 10}, "more bytes than there is room for"),
        ({"limits": SourceLimits(cells=3)}, "more than 3 cells"),
    ],
)
def test_too_much_is_refused_without_a_value(
    more: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match=reason) as caught:
        written(tmp_path, [SECRET] * 2, [SECRET] * 2, **more)
    assert SECRET not in str(caught.value)


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="two columns have one name"):
        write_rows("t", ["a", "a"], [], tmp_path / "t.parquet")
