"""How near learned rows come to real ones: real tables, three splits, floor and ceiling beside.

    python -m tests.benchmarks.learning FOLDER [--tables adult,telco] [--seeds 0,1,2]

FOLDER holds the public tables named in TABLES; none of them is part of this project. Prints a
Markdown table for docs/evidence-learned.md and the figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from app.engine.evaluation.judgement import Figure, judge
from app.engine.plan.learned import learned_plan
from app.engine.synthesizers.learning import learn
from app.engine.synthesizers.registry import DEFAULT_SYNTHESIZER, SYNTHESIZERS
from app.engine.synthesizers.table import encode

TRAIN_SHARE = 0.7
FIGURES = ("two_sample_auc", "trained_score", "closer_share", "membership_auc", "copied_share")


@dataclass(frozen=True)
class RealTable:
    """A table of the benchmark: its file, the column to predict, columns that are left out."""

    file: str
    target: str
    left_out: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    positive_above: float | None = None

    def read(self, folder: Path) -> pa.Table:
        """The table; a numeric target with a threshold becomes two labels."""
        path = folder / self.file
        frame = (
            pd.read_parquet(path)
            if path.suffix == ".parquet"
            else pd.read_csv(path, sep=None, engine="python")
        )
        frame = frame.drop(columns=list(self.left_out))
        for name in self.numbers:
            frame[name] = pd.to_numeric(frame[name], errors="coerce")
        if self.positive_above is not None:
            above = frame[self.target] > self.positive_above
            frame[self.target] = np.where(above, "above", "not above")
        return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()


TABLES = {
    "adult": RealTable("adult.parquet", "income"),
    "telco": RealTable("telco_customer_churn.csv", "Churn", ("customerID",), ("TotalCharges",)),
    "california": RealTable("california_housing.csv", "median_house_value"),
    "mammography": RealTable("mammography.csv", "class"),
    "wine": RealTable("winequality_white.csv", "quality"),
    "heart": RealTable("heart_cleveland.csv", "num", positive_above=0),
}


def main() -> None:
    arguments = _arguments()
    found: dict[str, list[dict[str, Any]]] = {}
    for name in arguments.tables.split(","):
        real = TABLES[name].read(arguments.folder)
        found[name] = []
        for seed in map(int, arguments.seeds.split(",")):
            run = measured(real, TABLES[name].target, seed, arguments.synthesizer)
            found[name].append(run)
            print(name, seed, json.dumps(run), flush=True)
    print("\n".join(markdown(found)))


def measured(real: pa.Table, target: str, seed: int, synthesizer: str) -> dict[str, Any]:
    """Figures and CPU seconds of one split: learned from 70 %, judged by the other 30 %."""
    order = np.random.default_rng(seed).permutation(real.num_rows)
    cut = round(TRAIN_SHARE * real.num_rows)
    train, holdout = real.take(order[:cut]), real.take(order[cut:])
    started = time.process_time()
    learned = learn(encode(train), synthesizer, seed=seed, target=target)
    fitted = time.process_time()
    table = learned_plan(learned, "synthetic", rows=cut, seed=seed).tables[0]
    rows = pa.Table.from_batches([table.block(number) for number in range(table.blocks)])
    drawn = time.process_time()
    figures = [each for each in judge(train, holdout, rows, target, seed) if each.name in FIGURES]
    return {
        "rows": cut,
        "fit_seconds": round(fitted - started, 2),
        "draw_seconds": round(drawn - fitted, 2),
        **{each.name: _values(each) for each in figures},
    }


def markdown(found: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """A line for each table: means over the seeds, as synthetic / real / floor / copy."""
    yield "| table | rows | fit s | draw s | " + " | ".join(FIGURES) + " |"
    yield "|---" * (len(FIGURES) + 4) + "|"
    for table, runs in found.items():
        cells = [table, f"{runs[0]['rows']:,}"]
        cells += [
            f"{np.mean([run[key] for run in runs]):.1f}" for key in ("fit_seconds", "draw_seconds")
        ]
        for name in FIGURES:
            means = np.nanmean(np.array([run[name] for run in runs], dtype=float), axis=0)
            cells.append(" / ".join(f"{mean:.3f}" for mean in means))
        yield f"| {' | '.join(cells)} |"


def _values(figure: Figure) -> list[float | None]:
    values = (figure.value, figure.ceiling, figure.floor, figure.copy)
    return [None if value is None else round(value, 4) for value in values]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--synthesizer", default=DEFAULT_SYNTHESIZER, choices=list(SYNTHESIZERS))
    return parser.parse_args()


if __name__ == "__main__":
    main()
