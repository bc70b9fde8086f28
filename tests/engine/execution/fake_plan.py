"""A plan whose rows are computed from their numbers, with the interface of a compiled one."""

from __future__ import annotations

import errno
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

BLOCK = 1000


@dataclass(frozen=True)
class FakeTable:
    """A table of numbers, labels and texts.

    Args:
        killed_once: a file; the first worker that makes block 1 creates it and dies by SIGKILL.
        deadly: every worker that makes block 1 dies.
        fails_at: number of a block that raises.
        seconds: time that a block takes, but for the first `instant` of them.
        made: a folder that gets a file for every block made.
        full_disk: every block meets a full disk.
    """

    name: str
    rows: int
    block_size: int = BLOCK
    killed_once: Path | None = None
    deadly: bool = False
    fails_at: int | None = None
    seconds: float = 0.0
    instant: int = 0
    made: Path | None = None
    full_disk: bool = False
    sheet: str = "data"

    @property
    def schema(self) -> pa.Schema:
        return pa.schema(
            [
                ("number", pa.int64()),
                ("half", pa.float64()),
                ("label", pa.dictionary(pa.int8(), pa.string())),
                ("text", pa.string()),
            ]
        )

    @property
    def blocks(self) -> int:
        return max(1, -(-self.rows // self.block_size))

    def block_rows(self, number: int) -> int:
        return min(self.block_size, self.rows - number * self.block_size)

    def first_row(self, number: int) -> int:
        return number * self.block_size

    def block(self, number: int) -> pa.RecordBatch:
        self._misbehave(number)
        numbers = np.arange(self.block_rows(number)) + self.first_row(number)
        label = pa.DictionaryArray.from_arrays(
            pa.array((numbers % 3).astype(np.int8)), pa.array(["x", "y", 'z "quoted"'])
        )
        text = pa.array([None if row % 7 == 0 else f"row {row}, {self.name}" for row in numbers])
        columns = [pa.array(numbers), pa.array(numbers / 2), label, text.cast(pa.string())]
        return pa.record_batch(columns, schema=self.schema)

    def _misbehave(self, number: int) -> None:
        if self.made:
            (self.made / f"{number}.{time.monotonic_ns()}").touch()
        if number == self.fails_at:
            raise ZeroDivisionError(f"block {number} cannot be made")
        if self.deadly and number == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.killed_once and number == 1 and not self.killed_once.exists():
            self.killed_once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if self.full_disk:
            raise OSError(errno.ENOSPC, "No space left on device", "part")
        if number >= self.instant:
            time.sleep(self.seconds)


@dataclass(frozen=True)
class FakePlan:
    tables: tuple[FakeTable, ...]
    name: str = "fake"
    seed: int = 1
    output_file: str | None = None

    def table(self, name: str) -> FakeTable:
        return next(table for table in self.tables if table.name == name)
