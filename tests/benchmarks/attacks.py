"""Which attacks see copies, few copies among many rows and independent columns of real tables.

    python -m tests.benchmarks.attacks FOLDER [--tables telco,adult,california] [--rows 2000]

FOLDER holds the public tables named in `tests.benchmarks.learning`. Of each table three parts of as
many rows are drawn: one is learned, one is the control, and of the third the rows are made that
nobody has learned. Prints a Markdown table for docs/evidence-learned.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from app.engine.evaluation.measures import MEASURES
from app.engine.evaluation.privacy.closeness import copied_share
from app.engine.evaluation.row_space import row_hashes
from tests.benchmarks.learning import TABLES
from tests.engine.evaluation.privacy.tables import (
    attacked,
    caught,
    copied,
    independent,
    privacy_of,
    with_copies,
)

HIDDEN = 0.02  # share of the learned rows that are hidden among others
DRAWS = 20  # of rows that nobody has learned
MEMBERSHIP = next(each for each in MEASURES if "membership_auc" in each.meanings)


def parts(real: pa.Table, rows: int, seed: int) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Rows that are learned, the control, and rows that nobody has learned; as many of each."""
    order = np.random.default_rng(seed).permutation(real.num_rows)[: 3 * rows]
    size = len(order) // 3
    first, second, third = (real.take(order[at * size : (at + 1) * size]) for at in range(3))
    return first, second, third


def steps(real: pa.Table, rows: int, seed: int = 0) -> dict[str, set[str]]:
    """The attacks that learn something, by what they are made on; `copied_share` where more rows
    are copies than real rows are."""
    train, others, fresh = parts(real, rows, seed)
    made = {
        "bootstrap copy": copied(train, seed),
        "2 % copied": with_copies(train, fresh, HIDDEN, seed),
        "fresh rows": fresh,
        "independent columns": independent(fresh, seed),
    }
    return {name: _caught(train, others, each, seed) for name, each in made.items()}


def _caught(train: pa.Table, others: pa.Table, made: pa.Table, seed: int) -> set[str]:
    met = attacked(train, others, made, seed)
    figures = privacy_of(met)
    copies, found = figures["copied_share"].interval, caught(figures)
    assert copies is not None
    beside = copied_share(row_hashes(met.holdout), row_hashes(met.train))
    return found | {"copied_share"} if copies.low > beside else found


def coins(real: pa.Table, rows: int, draws: int = DRAWS) -> list[float]:
    """The membership AUC of rows that nobody has learned, by draw."""
    found = []
    for seed in range(draws):
        met = attacked(*parts(real, rows, 100 + seed), seed)
        found.append(MEMBERSHIP.take(met, met.synthetic)["membership_auc"].value)
    return found


def markdown(found: Mapping[str, Mapping[str, set[str]]]) -> Iterator[str]:
    """A line for each table and step."""
    yield "| table | rows that are attacked | caught by |"
    yield "|---|---|---|"
    for table, steps_of in found.items():
        for step, names in steps_of.items():
            yield f"| {table} | {step} | {', '.join(sorted(names)) or 'none'} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tables", default="telco,adult,california")
    parser.add_argument("--rows", type=int, default=2_000)
    arguments = parser.parse_args()
    with threadpool_limits(limits=1, user_api="blas"):
        for name in arguments.tables.split(","):
            real = TABLES[name].read(arguments.folder)
            print("\n".join(markdown({name: steps(real, arguments.rows)})), flush=True)
            values = coins(real, arguments.rows)
            mean, low, high = np.mean(values), min(values), max(values)
            print(f"{name}: membership AUC {mean:.3f} ({low:.3f} to {high:.3f})", flush=True)


if __name__ == "__main__":
    main()
