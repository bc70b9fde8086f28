"""How near imputed cells come to the truth, beside simpler ways.

    python -m tests.benchmarks.imputation FILE [--seeds 0,1,2] [--rows N]

FILE is a public table, such as Adult as Parquet; it is not part of this project. 70 % of its rows
are learned; of the cells of the other 30 % every fifth is taken away at random and filled in again.
Beside the model: medians and modes of the learned rows, and scikit-learn's IterativeImputer with
its own settings, fitted to the same rows, labels as numbers in the order of their frequency (its
fills are rounded to the nearest label). Root mean squared errors are in standard deviations of the
learned rows' column, of labels the share that comes out right counts; both are means over columns.
Prints a Markdown table for docs/evidence-learned.md and the figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.plan.learned import Request, learned_plan
from app.engine.synthesizers.learning import learn
from app.engine.synthesizers.table import encode

TRAIN_SHARE = 0.7
HOLES = 0.2

Mask = NDArray[np.bool_]
Way = Callable[[pd.DataFrame, pd.DataFrame, int], pd.DataFrame]


def main() -> None:
    arguments = _arguments()
    real = pd.read_parquet(arguments.file)
    real = real if arguments.rows is None else real.iloc[: arguments.rows]
    found: dict[str, list[dict[str, float]]] = {name: [] for name in WAYS}
    for seed in map(int, arguments.seeds.split(",")):
        train, whole, holes = split(real, seed)
        for name, way in WAYS.items():
            started = time.process_time()
            filled = way(train, whole.mask(holes), seed)
            run = {**scores(train, whole, filled, holes), "seconds": time.process_time() - started}
            found[name].append(run)
            print(seed, name, json.dumps(run), flush=True)
    print("\n".join(markdown(found)))


def split(real: pd.DataFrame, seed: int) -> tuple[pd.DataFrame, pd.DataFrame, Mask]:
    """Rows to be learned, other rows, and which of their cells are taken away."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(real))
    cut = round(TRAIN_SHARE * len(real))
    train, whole = (real.iloc[part].reset_index(drop=True) for part in (order[:cut], order[cut:]))
    holes = (rng.random(whole.shape) < HOLES) & whole.notna().to_numpy()
    return train, whole, holes


def scores(
    train: pd.DataFrame, whole: pd.DataFrame, filled: pd.DataFrame, holes: Mask
) -> dict[str, float]:
    """Mean error of numbers in standard deviations, and mean share of labels that are right."""
    errors, right = [], []
    for place, name in enumerate(whole.columns):
        rows = holes[:, place]
        real, made = whole[name][rows], filled[name][rows]
        if pd.api.types.is_numeric_dtype(whole[name]):
            difference = made.astype(float) - real.astype(float)
            errors.append(float(np.sqrt((difference**2).mean()) / train[name].std()))
        else:
            right.append(float((made.astype(str) == real.astype(str)).mean()))
    return {"rmse": float(np.mean(errors)), "accuracy": float(np.mean(right))}


def by_model(train: pd.DataFrame, holed: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The default synthesizer."""
    learned = learn(encode(_arrow(train)), seed=seed)
    table = _arrow(holed)
    plan = learned_plan(learned, "filled", seed=seed, request=Request(impute=table))
    parts = [plan.tables[0].block(number) for number in range(plan.tables[0].blocks)]
    return pa.Table.from_batches(parts).to_pandas()


def by_usual_values(train: pd.DataFrame, holed: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Medians and modes."""
    is_number = {name: pd.api.types.is_numeric_dtype(train[name]) for name in train.columns}
    usual = {n: train[n].median() if is_number[n] else train[n].mode()[0] for n in train.columns}
    return holed.fillna(usual)


def by_regressions(train: pd.DataFrame, holed: pd.DataFrame, seed: int) -> pd.DataFrame:
    """scikit-learn's IterativeImputer; it learns from rows that have holes, too."""
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401
    from sklearn.impute import IterativeImputer

    rng = np.random.default_rng(seed)
    coded, labels = _coded(train, train)
    punched = coded.mask(rng.random(coded.shape) < HOLES)
    imputer = IterativeImputer(random_state=seed)
    imputer.fit(punched)
    found = pd.DataFrame(imputer.transform(_coded(holed, train)[0]), columns=holed.columns)
    for name, known in labels.items():
        places = found[name].round().clip(0, len(known) - 1).astype(int)
        found[name] = np.asarray(known, dtype=object)[places]
    return found


def _coded(frame: pd.DataFrame, train: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Labels as their rank among those of the learned rows, the most frequent first."""
    found, labels = frame.copy(), {}
    for name in frame.columns:
        if not pd.api.types.is_numeric_dtype(train[name]):
            labels[name] = train[name].astype(object).value_counts().index.tolist()
            ranks = {label: rank for rank, label in enumerate(labels[name])}
            found[name] = frame[name].astype(object).map(ranks)
    return found.astype(float), labels


def markdown(found: dict[str, list[dict[str, float]]]) -> list[str]:
    """A line for each way: means over the seeds, from the least to the most."""
    lines = ["| filled by | error of numbers | right labels | CPU s |", "|---|---|---|---|"]
    for name, runs in found.items():
        cells = []
        for key, form in (("rmse", ".3f"), ("accuracy", ".3f"), ("seconds", ".0f")):
            values = [run[key] for run in runs]
            spread = f" ({min(values):{form}} to {max(values):{form}})" if key != "seconds" else ""
            cells.append(f"{np.mean(values):{form}}{spread}")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def _arrow(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()


WAYS: dict[str, Way] = {
    "median or mode": by_usual_values,
    "IterativeImputer": by_regressions,
    "the model": by_model,
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--rows", type=int, help="of the file; all when left out")
    return parser.parse_args()


if __name__ == "__main__":
    main()
