from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pyarrow as pa
import pytest

from app.sinks.base import TerminalSinkError
from app.sinks.copy_binary import encode_rows, type_name
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
        "date": pa.array([-719_162, None, 2_932_896, -1], pa.date32()),  # years 1 and 9999
        "moment": pa.array(
            [-62_135_596_800_000_000, None, -5, 253_402_300_799_999_999], pa.timestamp("us")
        ),
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

    async def stream() -> AsyncIterator[bytes]:
        for piece in encode_rows(schema, batches):
            yield piece

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


def test_no_rows_are_a_header_and_a_trailer() -> None:
    """https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format"."""
    stream = b"".join(encode_rows(TABLE.schema, [TABLE.to_batches()[0].slice(0, 0)]))
    assert stream == b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"\xff\xff"


def test_the_stream_is_laid_out_as_the_server_describes_it() -> None:
    """Fields, length, value, in network byte order; a null has the length -1 and no value."""
    batch = pa.record_batch(
        {
            "n": pa.array([1, None], pa.int16()),
            "day": pa.array([10_957, 10_956], pa.date32()),
            "label": pa.array(["é", None]).dictionary_encode(),
        }
    )
    rows = b"".join(encode_rows(batch.schema, [batch]))[19:-2]
    first = "0003 00000002 0001 00000004 00000000 00000002 c3a9"
    second = "0003 ffffffff 00000004 ffffffff ffffffff"
    assert rows == bytes.fromhex(first + second)


def test_rows_come_in_bounded_pieces() -> None:
    batch = pa.record_batch({"text": pa.array(["x" * 1000] * 1000)})
    sizes = [len(piece) for piece in encode_rows(batch.schema, [batch] * 20)]
    assert sum(sizes) == 19 + 20 * 1000 * 1006 + 2
    assert max(sizes) < 4 * 2**20


def test_a_column_that_a_file_declares_without_nulls() -> None:
    field = pa.field("n", pa.int64(), nullable=False)
    batch = pa.record_batch([pa.array([7, 8])], schema=pa.schema([field]))
    rows = b"".join(encode_rows(batch.schema, [batch]))[19:-2]
    assert rows == bytes.fromhex("0001 00000008 0000000000000007 0001 00000008 0000000000000008")


@pytest.mark.parametrize("kind", [pa.list_(pa.int8()), pa.timestamp("ns"), pa.binary()])
def test_what_has_no_place_in_a_table_is_refused(kind: pa.DataType) -> None:
    with pytest.raises(TerminalSinkError, match="no column type"):
        type_name(kind)
