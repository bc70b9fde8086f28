from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pyarrow as pa
import pytest

from app.sinks.base import TerminalSinkError
from app.sinks.copy_binary import HEADER, TRAILER, encode_rows, type_name
from tests.components.postgres import PostgresServer

TABLE = pa.table(
    {
        "bool": pa.array([True, None, False, True], pa.bool_()),
        "int8": pa.array([-128, None, 127, 0], pa.int8()),
        "uint8": pa.array([0, None, 255, 1], pa.uint8()),
        "int16": pa.array([-(2**15), None, 2**15 - 1, 0], pa.int16()),
        "uint16": pa.array([0, None, 2**16 - 1, 1], pa.uint16()),
        "int32": pa.array([-(2**31), None, 2**31 - 1, 0], pa.int32()),
        "uint32": pa.array([0, None, 2**32 - 1, 1], pa.uint32()),
        "int64": pa.array([-(2**63), None, 2**63 - 1, 0], pa.int64()),
        "float32": pa.array([-1.5, None, float("inf"), 0.0], pa.float32()),
        "float64": pa.array([1e-300, None, float("-inf"), 0.1], pa.float64()),
        "date": pa.array([-800_000 + 800_000, None, 20_000, -1], pa.date32()),
        "moment": pa.array([0, None, -5, 1_700_000_000_123_456], pa.timestamp("us")),
        "time": pa.array([0, None, 86_399_999_999, 1], pa.time64("us")),
        "text": pa.array(["", None, "ä\n\\N\"'", "x" * 70_000], pa.string()),
        "large": pa.array(["a", None, "b", ""], pa.large_string()),
        "label": pa.array(["yes", None, "no", "yes"]).dictionary_encode(),
        "all there": pa.array([1, 2, 3, 4], pa.int64()),
    }
)


async def _round_trip(url: str, batches: list[pa.RecordBatch]) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(url)
    schema = batches[0].schema
    columns = ", ".join(f'"{each.name}" {type_name(each.type)}' for each in schema)

    async def stream() -> AsyncIterator[bytes | memoryview]:
        yield HEADER
        for batch in batches:
            yield encode_rows(batch)
        yield TRAILER

    try:
        await connection.execute(f"CREATE TABLE types ({columns})")
        await connection.copy_to_table("types", source=stream(), format="binary")
        return [tuple(row) for row in await connection.fetch("SELECT * FROM types")]
    finally:
        await connection.close()


@pytest.mark.parametrize("rows", [1, 2, 4])
def test_the_server_reads_what_arrow_holds(
    postgres: PostgresServer, postgres_database: str, rows: int
) -> None:
    """Whole and in slices, whose arrays begin in the middle of their buffers."""
    (whole,) = TABLE.to_batches()
    slices = [whole.slice(start, rows) for start in range(0, 4, rows)]
    found = asyncio.run(_round_trip(postgres.url(postgres_database, "postgresql"), slices))
    columns = [column.to_pylist() for column in TABLE.columns]
    assert found == list(zip(*columns, strict=True))


def test_no_rows_are_no_bytes() -> None:
    assert bytes(encode_rows(TABLE.to_batches()[0].slice(0, 0))) == b""


@pytest.mark.parametrize("kind", [pa.list_(pa.int8()), pa.timestamp("ns"), pa.binary()])
def test_what_has_no_place_in_a_table_is_refused(kind: pa.DataType) -> None:
    with pytest.raises(TerminalSinkError, match="no column type"):
        type_name(kind)
