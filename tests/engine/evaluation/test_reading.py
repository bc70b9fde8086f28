"""Every format reads back as the table that was written."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.engine.evaluation.reading import (
    TableFile,
    UnreadableFile,
    batches,
    best_files,
    plain_schema,
)
from app.engine.formats import FORMATS, FormatOptions

LABELS = pa.dictionary(pa.int8(), pa.string())
TABLE = pa.record_batch(
    {
        "whole": pa.array([1, None, -(2**40)]),
        "real": pa.array([0.1, 1e-300, None]),
        "flag": pa.array([True, None, False]),
        "day": pa.array([dt.date(2020, 2, 29), None, dt.date(1999, 12, 31)]),
        "moment": pa.array(
            [dt.datetime(2020, 1, 2, 3, 4, 5), None, dt.datetime(2021, 1, 1)], pa.timestamp("us")
        ),
        "clock": pa.array([dt.time(1, 2, 3), None, dt.time(0)], pa.time64("us")),
        "label": pa.array(["a", None, "b"]).cast(LABELS),
        "text": pa.array(['a,"b"\n', None, "007"]),
    }
)


def written(batch: pa.RecordBatch, name: str, folder: Path, escape: bool = False) -> Path:
    options = FormatOptions(escape_formulas=escape)
    target = FORMATS[name]
    part = folder / "part"
    part.write_bytes(bytes(target.encode(batch, options)))
    path = folder / f"t.{target.suffix}"
    assembler = target.assembler(path, "t", batch.schema, options)
    assembler.append(part)
    assembler.finish()
    return path


def read(file: TableFile, schema: pa.Schema) -> pa.Table:
    return pa.Table.from_batches(batches(file, schema), plain_schema(schema))


@pytest.mark.parametrize("name", FORMATS)
def test_what_was_written_is_read(name: str, tmp_path: Path) -> None:
    path = written(TABLE, name, tmp_path)
    found = read(TableFile(path, name), TABLE.schema)
    assert found.to_pylist() == TABLE.to_pylist()


@pytest.mark.parametrize("name", ["csv", "tsv"])
def test_a_table_of_one_column_keeps_its_nulls(name: str, tmp_path: Path) -> None:
    batch = TABLE.select(["whole"])
    found = read(TableFile(written(batch, name, tmp_path), name), batch.schema)
    assert found.to_pylist() == batch.to_pylist()


@pytest.mark.parametrize("name", FORMATS)
def test_a_table_without_rows_is_read(name: str, tmp_path: Path) -> None:
    path = written(TABLE.slice(0, 0), name, tmp_path)
    assert read(TableFile(path, name), TABLE.schema).num_rows == 0


def test_escaped_formulas_are_read_as_they_were(tmp_path: Path) -> None:
    batch = pa.record_batch({"x": pa.array(["=1+1", "'quoted", "plain", None])})
    path = written(batch, "csv", tmp_path, escape=True)
    assert "'=1+1" in path.read_text()
    found = read(TableFile(path, "csv", FormatOptions(escape_formulas=True)), batch.schema)
    assert found.to_pylist() == batch.to_pylist()


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_that_is_cut_off_cannot_be_read(name: str, tmp_path: Path) -> None:
    path = written(TABLE, name, tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    with pytest.raises(UnreadableFile, match=path.name):
        read(TableFile(path, name), TABLE.schema)


@dataclass(frozen=True)
class Written:
    table: str
    format: str
    path: Path


def test_the_file_that_keeps_types_best_is_chosen() -> None:
    files = [Written("t", name, Path(f"t.{name}")) for name in ("xlsx", "csv", "parquet")]
    options = FormatOptions(escape_formulas=True)
    assert best_files(files) == {"t": TableFile(Path("t.parquet"), "parquet")}
    assert best_files(files[:2], options) == {"t": TableFile(Path("t.csv"), "csv", options)}


def test_a_parquet_file_is_read_in_constant_memory(tmp_path: Path) -> None:
    rows = 1 << 20
    path = tmp_path / "t.parquet"
    schema = pa.schema([("x", pa.float64())])
    with pq.ParquetWriter(path, schema) as writer:
        for number in range(16):
            numbers = np.random.default_rng(number).random(rows // 16)
            writer.write_batch(pa.record_batch([numbers], schema=schema))
    pool = pa.default_memory_pool()
    before, most = pool.bytes_allocated(), 0
    for batch in batches(TableFile(path, "parquet"), schema):
        assert batch.num_rows <= 65_536
        most = max(most, pool.bytes_allocated() - before)
    assert 0 < most < path.stat().st_size / 2
