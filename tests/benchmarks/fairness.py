"""How fair a synthetic column is between groups, and what that costs models trained on it.

    python -m tests.benchmarks.fairness FILE [--protected sex] [--target income] [--seeds 0,1,2]

FILE is a public table, such as Adult as Parquet; it is not part of this project. Each seed learns
70 % of its rows three times, as they are and with each notion of fairness, and draws as many rows
as were learned; the judge of reports compares both with the other 30 %. *Looked* is the share of
held-out rows whose target is drawn otherwise, by the same random numbers and with every other cell
the same, where the protected column is that of other rows: 0 where it is not looked at. Prints a
Markdown table for docs/evidence-learned.md and the figures as JSON.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pyarrow as pa

from app.engine.evaluation.contest import contest
from app.engine.evaluation.utility.fairness import check_protected, fairness_figures
from app.engine.plan.learned import Request, learned_plan
from app.engine.synthesis.models import Fairness, Notion
from app.engine.synthesizers.learning import LearnedTable, learn
from app.engine.synthesizers.table import encode

TRAIN_SHARE = 0.7
AS_THEY_ARE = "as they are"
REAL = "real rows"
FIGURES = (
    "parity_difference",
    "parity_ratio",
    "predicted_parity_difference",
    "equalized_odds_difference",
    "trained_score",
    "looked",
)

Run = dict[str, dict[str, float | None]]


def main() -> None:
    arguments = _arguments()
    frame = pd.read_parquet(arguments.file)
    real = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()
    runs = []
    for seed in map(int, arguments.seeds.split(",")):
        runs.append(measured(real, arguments.protected, arguments.target, seed))
        print(seed, json.dumps(runs[-1]), flush=True)
    print("\n".join(markdown(runs)))


def measured(real: pa.Table, protected: str, target: str, seed: int) -> Run:
    """Figures of one split: of the real rows, and of rows drawn with each notion and with none."""
    order = np.random.default_rng(seed).permutation(real.num_rows)
    cut = round(TRAIN_SHARE * real.num_rows)
    train, holdout = real.take(order[:cut]), real.take(order[cut:])
    found: Run = {REAL: {}}
    for notion in (None, *get_args(Notion)):
        fairness = notion and Fairness(protected=protected, target=target, notion=notion)
        learned = learn(encode(train), seed=seed, target=target, fairness=fairness)
        met = contest(train, holdout, drawn(learned, seed, cut), target, seed)
        figures = fairness_figures(met, check_protected(met, protected))
        assert figures is not None  # the groups are large
        for name, each in figures.figures.items():
            found[REAL][name] = each.before
            found.setdefault(notion or AS_THEY_ARE, {})[name] = each.after
        found[notion or AS_THEY_ARE]["looked"] = looked(learned, holdout, protected, target, seed)
    return found


def drawn(
    learned: LearnedTable, seed: int, rows: int | None = None, given: pa.Table | None = None
) -> pa.Table:
    """Rows of a model; those of a table that gives some of their cells."""
    request = None if given is None else Request(given=given)
    table = learned_plan(learned, "synthetic", rows=rows, seed=seed, request=request).tables[0]
    return pa.Table.from_batches([table.block(number) for number in range(table.blocks)])


def looked(learned: LearnedTable, rows: pa.Table, protected: str, target: str, seed: int) -> float:
    """Share of rows whose target is drawn otherwise where the protected column is permuted."""
    given = rows.drop_columns([target])
    order = np.random.default_rng(seed).permutation(rows.num_rows)
    place = given.column_names.index(protected)
    permuted = given.set_column(place, protected, given[protected].take(order))
    first, second = (drawn(learned, seed, given=each)[target] for each in (given, permuted))
    return float(np.mean(np.array(first.to_pylist()) != np.array(second.to_pylist())))


def markdown(runs: list[Run]) -> Iterator[str]:
    """A line for each kind of rows: means over the seeds, from the least to the most."""
    yield "| rows | " + " | ".join(FIGURES) + " |"
    yield "|---" * (len(FIGURES) + 1) + "|"
    for rows in runs[0]:
        cells = []
        for name in FIGURES:
            values = [value for run in runs if (value := run[rows].get(name)) is not None]
            cells.append(_spread(values) if values else "")
        yield f"| {rows} | {' | '.join(cells)} |"


def _spread(values: list[float]) -> str:
    return f"{np.mean(values):.4f} ({min(values):.4f} to {max(values):.4f})"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--protected", default="sex")
    parser.add_argument("--target", default="income")
    parser.add_argument("--seeds", default="0,1,2")
    return parser.parse_args()


if __name__ == "__main__":
    main()
