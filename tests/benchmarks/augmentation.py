"""Whether adaptive augmentation makes a classifier better, beside simpler ways, on real tables.

    python -m tests.benchmarks.augmentation FOLDER [--tables wine] [--splits 30] [--rows 12000]

FOLDER holds the public tables named in TABLES; none of them is part of this project. Each split is
70 % to train on, 15 % to validate and 15 % to test, stratified, before anything is fitted. All ways
see the same three parts: the training part to train on, the validation part for the threshold (of
all of them) and for the rounds of augmentation. Differences to boosted trees of the real rows are
paired; their 95 % intervals are Student's t with the variance of Nadeau & Bengio (2003), which
allows for test parts of splits that overlap. A conditional GAN is not among the ways: it needs
torch, which is no part of this project. Prints Markdown for docs/augmentation.md and the figures as
JSON.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from imblearn.over_sampling import SMOTE, SMOTENC, RandomOverSampler
from lightgbm import LGBMClassifier
from numpy.typing import NDArray
from scipy.stats import t as student
from sklearn.ensemble import RandomForestClassifier

from app.engine.evaluation.utility.predictions import Predictions
from app.engine.evaluation.utility.scores import scores_of, tuned_threshold
from tablesmith.sklearn import AdaptiveAugmentationClassifier, train_validation_test_split
from tests.benchmarks.learning import TABLES as LEARNED
from tests.benchmarks.learning import RealTable

CAUSES = ("UDI", "Product ID", "TWF", "HDF", "PWF", "OSF", "RNF")
TABLES = {
    "mammography": LEARNED["mammography"],
    "ai4i": RealTable("ai4i2020.csv", "Machine failure", CAUSES),
    "adult": LEARNED["adult"],
    "telco": LEARNED["telco"],
    "wine": RealTable("winequality_white.csv", "quality", positive_above=4),
}
SHOWN = ("auc", "average_precision", "macro_f1", "macro_f1_tuned", "ece")
TEST_TO_TRAIN = 0.15 / 0.7
BASE = "boosted trees"

Chances = NDArray[np.float64]
Found = tuple[Chances, Chances, dict[str, float]]


@dataclass(frozen=True)
class Split:
    """Three parts of a table; 1 is the rarer class."""

    X: pd.DataFrame
    y: NDArray[np.intp]
    X_val: pd.DataFrame
    y_val: NDArray[np.intp]
    X_test: pd.DataFrame
    y_test: NDArray[np.intp]
    seed: int

    def numbers(self) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """The parts with labels as codes and medians of the training part in place of gaps."""
        coded = [
            part.apply(lambda cells: cells.cat.codes if cells.dtype == "category" else cells)
            for part in (self.X, self.X_val, self.X_test)
        ]
        usual = coded[0].median()
        return coded[0].fillna(usual), coded[1].fillna(usual), coded[2].fillna(usual)


def main() -> None:
    arguments = _arguments()
    for name in arguments.tables.split(","):
        X, y = read(TABLES[name], arguments.folder, arguments.rows)
        runs = []
        for seed in range(arguments.splits):
            runs.append(measured(split(X, y, seed)))
            print(name, seed, json.dumps(runs[-1]), flush=True)
        print("\n".join(markdown(name, len(y), int(y.sum()), runs)), flush=True)


def read(table: RealTable, folder: Path, rows: int) -> tuple[pd.DataFrame, NDArray[np.intp]]:
    """The columns and 1 for the rarer class, of at most so many rows, drawn at random."""
    frame = table.read(folder).to_pandas()
    if len(frame) > rows:
        frame = frame.sample(rows, random_state=0).reset_index(drop=True)
    rarer = frame[table.target].value_counts().index[-1]
    y = (frame.pop(table.target) == rarer).to_numpy().astype(np.intp)
    # Names without brackets, which LightGBM refuses.
    frame.columns = [f"x{place}" for place in range(frame.shape[1])]
    texts = frame.select_dtypes(exclude="number").columns
    return frame.astype(dict.fromkeys(texts, "category")), y


def split(X: pd.DataFrame, y: NDArray[np.intp], seed: int) -> Split:
    X_train, X_val, X_test, y_train, y_val, y_test = train_validation_test_split(
        X, y, random_state=seed
    )
    return Split(X_train, y_train, X_val, y_val, X_test, y_test, seed)


def measured(parts: Split) -> dict[str, dict[str, float]]:
    """Scores of each way on the test part of one split."""
    found: dict[str, dict[str, float]] = {}
    added = 0
    for name, way in WAYS.items():
        started = time.process_time()
        validated, tested, more = way(parts, added)
        seconds = time.process_time() - started
        added = int(more.get("added_to_rarer", added))
        threshold = tuned_threshold(parts.y_val == 1, validated)
        scores = scores_of(Predictions(parts.y_test, tested, 2), threshold)
        kept = {**scores, **more, "seconds": seconds}
        found[name] = {each: round(value, 5) for each, value in kept.items()}
    return found


def adaptive(parts: Split, added: int) -> Found:
    """Ours, with its own settings."""
    classifier = AdaptiveAugmentationClassifier(_boosted(parts), random_state=parts.seed)
    classifier.fit(parts.X, parts.y, X_val=parts.X_val, y_val=parts.y_val)
    more = {
        "added_to_rarer": float(classifier.synthetic_rows_[1]),
        "fraction": classifier.synthetic_fraction_,
        "round": float(classifier.best_round_),
    }
    return (*_asked(classifier, parts.X_val, parts.X_test), more)


def plain(parts: Split, added: int) -> Found:
    model = _boosted(parts).fit(parts.X, parts.y)
    return (*_asked(model, parts.X_val, parts.X_test), {})


def weighted(parts: Split, added: int) -> Found:
    model = _boosted(parts, class_weight="balanced").fit(parts.X, parts.y)
    return (*_asked(model, parts.X_val, parts.X_test), {})


def oversampled(parts: Split, added: int) -> Found:
    rows = RandomOverSampler(random_state=parts.seed).fit_resample(parts.X, parts.y)
    return (*_asked(_boosted(parts).fit(*rows), parts.X_val, parts.X_test), {})


def bootstrapped(parts: Split, added: int) -> Found:
    """As many rows of the rarer class repeated as ours added synthetic ones of it."""
    wanted = {1: int((parts.y == 1).sum()) + added}
    sampler = RandomOverSampler(sampling_strategy=wanted, random_state=parts.seed)
    rows = sampler.fit_resample(parts.X, parts.y) if added else (parts.X, parts.y)
    return (*_asked(_boosted(parts).fit(*rows), parts.X_val, parts.X_test), {})


def forest(parts: Split, added: int) -> Found:
    train, validation, test = parts.numbers()
    return (*_asked(_forest(parts).fit(train, parts.y), validation, test), {})


def smote_forest(parts: Split, added: int) -> Found:
    train, validation, test = parts.numbers()
    labelled = [name for name in parts.X if parts.X[name].dtype == "category"]
    sampler = (
        SMOTENC(labelled, random_state=parts.seed) if labelled else SMOTE(random_state=parts.seed)
    )
    rows = sampler.fit_resample(train, parts.y)
    return (*_asked(_forest(parts).fit(*rows), validation, test), {})


def _boosted(parts: Split, **settings: Any) -> LGBMClassifier:
    return LGBMClassifier(n_jobs=1, verbose=-1, random_state=parts.seed, **settings)


def _forest(parts: Split) -> RandomForestClassifier:
    return RandomForestClassifier(random_state=parts.seed, n_jobs=1)


def _asked(model: Any, X_val: pd.DataFrame, X_test: pd.DataFrame) -> tuple[Chances, Chances]:
    return model.predict_proba(X_val)[:, 1], model.predict_proba(X_test)[:, 1]


def markdown(
    name: str, rows: int, rarer: int, runs: list[dict[str, dict[str, float]]]
) -> Iterator[str]:
    """Means of the plain way, then paired differences to it with their intervals."""
    yield f"{name}: {rows:,} rows, {rarer:,} of the rarer class, {len(runs)} splits"
    yield "| way | " + " | ".join(SHOWN) + " | CPU s |"
    yield "|---" * (len(SHOWN) + 2) + "|"
    for way in WAYS:
        cells = []
        for score in SHOWN:
            values = np.array([run[way][score] for run in runs])
            base = np.array([run[BASE][score] for run in runs])
            mean, half = difference(values - base)
            cells.append(f"{base.mean():.3f}" if way == BASE else f"{mean:+.3f} ± {half:.3f}")
        seconds = np.mean([run[way]["seconds"] for run in runs])
        yield f"| {way} | {' | '.join(cells)} | {seconds:.1f} |"
    fractions = [run["ours"]["fraction"] for run in runs]
    kept = sum(run["ours"]["round"] == 0 for run in runs)
    share = f"{np.mean(fractions):.1%} of the rows that ours was trained on are synthetic"
    yield f"{share}, none of them in {kept} of {len(runs)} splits"


def difference(values: NDArray[np.float64]) -> tuple[float, float]:
    """Mean of paired differences, and half of its 95 % interval (Nadeau & Bengio 2003)."""
    count = len(values)
    if count < 2:
        return float(values.mean()), float("nan")
    spread = np.sqrt((1 / count + TEST_TO_TRAIN) * values.var(ddof=1))
    return float(values.mean()), float(student.ppf(0.975, count - 1) * spread)


WAYS: dict[str, Callable[[Split, int], Found]] = {
    BASE: plain,
    "ours": adaptive,
    "class weights": weighted,
    "random oversampling": oversampled,
    "as many repeated as ours": bootstrapped,
    "random forest": forest,
    "SMOTE and random forest": smote_forest,
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--splits", type=int, default=30)
    parser.add_argument("--rows", type=int, default=12_000, help="of a table, at most")
    return parser.parse_args()


if __name__ == "__main__":
    main()
