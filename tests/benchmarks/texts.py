"""How near learned texts come to real ones, and what of learned ones comes back.

    python -m tests.benchmarks.texts FILE [--seeds 7001,7002,7003]

FILE is the SMS Spam Collection as CSV with the columns `label` and `message`; it is no part of this
project. One half of its rows is learned, the other half judges. Prints a Markdown table for
docs/evidence-learned.md.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from app.engine.evaluation.contest import contest
from app.engine.evaluation.fidelity import text_likeness
from app.engine.evaluation.judgement import Figure, figures_of
from app.engine.evaluation.privacy import text_exposure
from app.engine.evaluation.utility import text_models
from app.engine.plan.learned import learned_plan
from app.engine.synthesizers.cell_formats import encode_texts
from app.engine.synthesizers.learning import learn

LABEL = "label"
SEEDS = "7001,7002,7003"  # none of which anything was chosen by
FIGURES = (
    "text_trained_score", "text_words_auc", "text_characters_auc", "text_copies", "text_exposure",
)  # fmt: skip
MEASURES = (*text_likeness.MEASURES, *text_models.MEASURES, *text_exposure.MEASURES)


def main() -> None:
    arguments = _arguments()
    frame = pd.read_csv(arguments.file, dtype=str, keep_default_na=False)
    real = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()
    (text,) = (name for name in real.column_names if name != LABEL)
    runs = [measured(real, text, seed) for seed in map(int, arguments.seeds.split(","))]
    print("\n".join(markdown(runs)))


def measured(real: pa.Table, text: str, seed: int) -> dict[str, tuple[float | None, ...]]:
    """Figures of one split, each of synthetic rows, held-out ones in their place, words dealt by
    chance, and a copy; CPU seconds of fitting and drawing."""
    order = np.random.default_rng(seed).permutation(real.num_rows)
    half = real.num_rows // 2
    train, holdout = real.take(order[:half]), real.take(order[half:])
    started = time.process_time()
    learned = learn(encode_texts(train, [text], {}, (), ()), seed=seed, target=LABEL)
    fitted = time.process_time()
    table = learned_plan(learned, "synthetic", rows=half, seed=seed).tables[0]
    rows = pa.Table.from_batches([table.block(number) for number in range(table.blocks)])
    seconds = fitted - started, time.process_time() - fitted
    met = contest(train, holdout, rows, LABEL, seed, texts=[text])
    found = {each.name: _values(each) for each in figures_of(met, measures=MEASURES)}
    return {"seed": (seed,), "seconds": seconds, **found}


def markdown(runs: list[dict[str, tuple[float | None, ...]]]) -> Iterator[str]:
    """A line for each seed: synthetic / held-out / words dealt by chance / copy."""
    yield f"| seed | fit s | draw s | {' | '.join(FIGURES)} |"
    yield "|---" * (3 + len(FIGURES)) + "|"
    for run in runs:
        cells = [f"{run['seed'][0]}", *(f"{each:.1f}" for each in run["seconds"])]
        for name in FIGURES:
            shown = ("" if each is None else f"{each:.4f}" for each in run[name])
            cells.append(" / ".join(shown))
        yield f"| {' | '.join(cells)} |"


def _values(figure: Figure) -> tuple[float | None, ...]:
    return figure.value, figure.ceiling, figure.floor, figure.copy


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seeds", default=SEEDS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
