"""The columns of a source's table, one at a time: in memory where small, else in a Parquet file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from app.engine.sources.tables import SourceTable

IN_MEMORY = 128 << 20
ROWS_OF_GROUP = 1 << 17


class ColumnStore:
    """The columns of a table, each as one chunked array with the type of its source."""

    def __init__(self, schema: pa.Schema, rows: int, table: pa.Table | None, path: Path | None):
        self.schema = schema
        self.rows = rows
        self._table = table
        self._path = path

    @property
    def names(self) -> list[str]:
        return list(self.schema.names)

    def column(self, name: str) -> pa.ChunkedArray:
        """All values of a column; raises KeyError where there is none of this name."""
        if self._table is not None:
            return self._table.column(name)
        from pyarrow import parquet

        place = self.schema.get_field_index(name)
        if place < 0:
            raise KeyError(name)
        with parquet.ParquetFile(self._path) as file:
            # By its place: names may hold dots, which Parquet takes for paths.
            found = file.reader.read_all(column_indices=[place], use_threads=False)
        return found.column(0).cast(self.schema.field(place).type)


@contextmanager
def store_columns(table: SourceTable, in_memory: int = IN_MEMORY) -> Iterator[ColumnStore]:
    """The columns of a table, while the block lasts.

    Args:
        in_memory: bytes up to which rows are kept in memory.

    Raises:
        SourceError: where the rows cannot be read.
    """
    batches: list[pa.RecordBatch] = []
    size = 0
    rest = table.batches()
    for batch in rest:
        batches.append(batch)
        size += batch.nbytes
        if size > in_memory:
            break
    else:
        whole = pa.Table.from_batches(batches, table.schema)
        yield ColumnStore(table.schema, whole.num_rows, whole, None)
        return
    with tempfile.TemporaryDirectory(prefix="tablesmith-columns-") as folder:
        path = Path(folder) / "columns.parquet"
        rows = _spool(path, table.schema, batches, rest)
        yield ColumnStore(table.schema, rows, None, path)


def _spool(path: Path, schema: pa.Schema, held: list[Any], rest: Iterator[Any]) -> int:
    from pyarrow import parquet

    rows = 0
    with parquet.ParquetWriter(path, schema, compression="lz4", write_statistics=False) as writer:
        while held:
            rows += sum(each.num_rows for each in held)
            writer.write_table(pa.Table.from_batches(held, schema), row_group_size=ROWS_OF_GROUP)
            held.clear()
            for batch in rest:
                held.append(batch)
                if sum(each.num_rows for each in held) >= ROWS_OF_GROUP:
                    break
    return rows
