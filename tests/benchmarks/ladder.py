"""Real rows, then learned ones, then independent columns: whether each step is seen.

    python -m tests.benchmarks.ladder FOLDER [--tables telco,california,adult] [--rows 4000]

FOLDER holds the public tables named in `tests.benchmarks.learning`. Of each table so many rows are
drawn and halved: one half is learned, the other is what the rows are measured beside. Prints a
Markdown table for docs/evidence-learned.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from app.engine.evaluation.contest import Contest, contest
from app.engine.evaluation.measure import Estimate
from app.engine.evaluation.measures import MEASURES
from app.engine.plan.learned import learned_plan
from app.engine.synthesizers.learning import learn
from app.engine.synthesizers.table import encode
from tests.benchmarks.learning import TABLES

REAL, INDEPENDENT = "real rows", "independent"
STEPS = (REAL, "sequential", "copula", INDEPENDENT)
FIGURES: Mapping[str, tuple[str, ...]] = {
    "two_sample_auc": STEPS,
    "pair_distance": STEPS,
    "trained_score": (REAL, "sequential", INDEPENDENT),
}
"""What is measured, and of which steps an order is expected, the best first."""

Steps = dict[str, Estimate]


def ladder(real: pa.Table, target: str, rows: int, seed: int = 0) -> dict[str, Steps]:
    """Each figure by step, of so many rows of a table."""
    order = np.random.default_rng(seed).permutation(real.num_rows)[:rows]
    train, holdout = real.take(order[: rows // 2]), real.take(order[rows // 2 :])
    found: dict[str, Steps] = {name: {} for name in FIGURES}
    for step in STEPS:
        made = train if step == REAL else _drawn(train, target, step, seed)
        met = contest(train, holdout, made, target, seed)
        for name, estimate in _taken(met).items():
            found[name][step] = estimate
    return found


def unseen_steps(found: Mapping[str, Steps]) -> list[str]:
    """Steps of the ladder whose difference their intervals do not show, in words."""
    return [
        f"{name}: {better} and {worse}"
        for name, steps in FIGURES.items()
        for better, worse in pairwise(steps)
        if not _is_apart(found[name][better], found[name][worse], rising=name != "trained_score")
    ]


def _is_apart(better: Estimate, worse: Estimate, *, rising: bool) -> bool:
    """Whether the step is larger than its interval: that of a difference of two figures."""
    if better.interval is None or worse.interval is None:
        return False
    halves = [(each.interval.high - each.interval.low) / 2 for each in (better, worse)]  # type: ignore[union-attr]
    step = worse.value - better.value
    return (step if rising else -step) > float(np.hypot(*halves))


def _drawn(train: pa.Table, target: str, synthesizer: str, seed: int) -> pa.Table:
    learned = learn(encode(train), synthesizer, seed=seed, target=target)
    table = learned_plan(learned, "synthetic", rows=train.num_rows, seed=seed + 1).tables[0]
    return pa.Table.from_batches([table.block(number) for number in range(table.blocks)])


def _taken(met: Contest) -> Steps:
    measures = [each for each in MEASURES if set(each.meanings) & set(FIGURES)]
    with threadpool_limits(limits=1, user_api="blas"):
        taken = [each.take(met, met.synthetic) for each in measures]
    return {name: each[name] for each in taken for name in each if name in FIGURES}


def markdown(found: Mapping[str, Mapping[str, Steps]]) -> Iterator[str]:
    """A line for each table and figure."""
    yield f"| table | figure | {' | '.join(STEPS)} |"
    yield "|---" * (len(STEPS) + 2) + "|"
    for table, figures in found.items():
        for name, steps in figures.items():
            cells = [_cell(steps.get(step)) for step in STEPS]
            yield f"| {table} | `{name}` | {' | '.join(cells)} |"


def _cell(estimate: Estimate | None) -> str:
    if estimate is None:
        return "–"
    if estimate.interval is None:
        return f"{estimate.value:.3f}"
    half = (estimate.interval.high - estimate.interval.low) / 2
    return f"{estimate.value:.3f} ± {half:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tables", default="telco,california,adult")
    parser.add_argument("--rows", type=int, default=4_000)
    arguments = parser.parse_args()
    found = {}
    for name in arguments.tables.split(","):
        table = TABLES[name]
        found[name] = ladder(table.read(arguments.folder), table.target, arguments.rows)
        unseen = ", ".join(unseen_steps(found[name])) or "none"
        print(f"{name}: steps that are not seen: {unseen}", flush=True)
        print("\n".join(markdown({name: found[name]})), flush=True)


if __name__ == "__main__":
    main()
