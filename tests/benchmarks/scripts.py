"""`python -m tests.benchmarks.scripts [ROWS]`: a script beside the same lines as plain Python.

CPU seconds count those of the process that the script runs in. Compare the ratio; the seconds are
of this machine. The target is 20 s for a million rows on one core.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from app.engine.generators.base import BLOCK_ROWS
from app.engine.generators.scripts import script_values
from app.engine.scripts.running import close_all

SCRIPT = """
def value(row):
    total = row["qty"] * row["price"]
    discount = 0.1 if row["plan"] == "Gold" else 0.0
    return total * (1.0 - discount)
"""


def block(rows: int) -> dict[str, pa.Array]:
    """Columns of a block, the same for both."""
    drawn = np.random.default_rng(7)
    return {
        "qty": pa.array(drawn.integers(1, 10, rows)),
        "price": pa.array(np.round(drawn.uniform(1, 50, rows), 2)),
        "plan": pa.array(drawn.choice(["Gold", "Silver"], rows)),
    }


def plainly(columns: dict[str, pa.Array], rows: int) -> pa.Array:
    """What the script gives, by Python itself."""
    known: dict[str, Any] = {}
    exec(SCRIPT, known)
    cells = zip(*(columns[name].to_pylist() for name in columns), strict=True)
    return pa.array([known["value"](dict(zip(columns, row, strict=True))) for row in cells])


def scripted(columns: dict[str, pa.Array], rows: int) -> pa.Array:
    return script_values(SCRIPT, "float", columns, rows)


def measured(make: Callable[[dict[str, pa.Array], int], pa.Array], rows: int) -> tuple[float, ...]:
    """Seconds of CPU and of wall clock for so many rows, block by block."""
    columns = block(BLOCK_ROWS)
    began, before = time.perf_counter(), _cpu()
    for first in range(0, rows, BLOCK_ROWS):
        size = min(BLOCK_ROWS, rows - first)
        make({name: each[:size] for name, each in columns.items()}, size)
    close_all()
    return _cpu() - before, time.perf_counter() - began


def _cpu() -> float:
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(sum(resource.getrusage(each)[:2]) for each in who)


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    columns = block(1000)
    assert scripted(columns, 1000).equals(plainly(columns, 1000))
    floor, _ = measured(plainly, rows)
    cpu, wall = measured(scripted, rows)
    print(f"{rows:,} rows: {cpu:.2f} s of CPU, {wall:.2f} s; plain Python {floor:.2f} s of CPU")
    print(f"ratio {cpu / floor:.2f}")


if __name__ == "__main__":
    main()
