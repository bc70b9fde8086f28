"""The accumulator of what must hold in every row: how many rows break it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.evaluation.accumulator import Outcome

Check = Callable[[pa.RecordBatch], NDArray[np.bool_]]
"""Where the rows of a batch break the fact, shape (rows,)."""


class ViolationsAccumulator:
    def __init__(self, broken: Check) -> None:
        self.broken = broken
        self.rows = 0

    def add(self, batch: pa.RecordBatch) -> None:
        self.rows += int(np.count_nonzero(self.broken(batch)))

    def outcomes(self) -> list[Outcome]:
        return [Outcome(self.rows, not self.rows)]
