"""What predictions of the rows of a table are worth, score by score."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from app.engine.evaluation.intervals import Interval, Z
from app.engine.evaluation.metrics.auc import auc, macro_auc
from app.engine.evaluation.metrics.calibration_error import calibration_error
from app.engine.evaluation.metrics.macro_f1 import macro_f1
from app.engine.evaluation.metrics.r2 import r2
from app.engine.evaluation.metrics.rmse import root_mean_square
from app.engine.evaluation.metrics.shared.base import Array, Flags, Whole
from app.engine.evaluation.utility.predictions import Predictions
from app.engine.seeds import Stream

BINS = 15  # of equal width, as Guo et al. 2017
DRAWS = 50
COIN = 0.5
STEPS = 99  # thresholds that are tried

Scores = dict[str, float]


def scores_of(found: Predictions, threshold: float | None = None) -> Scores:
    """Every score that the predictions have, by name; those that rows leave open are missing.

    Args:
        threshold: the chance of the second of two labels from which it is predicted, for
            `macro_f1_tuned`.
    """
    if not len(found.answers):
        return {}
    if not found.labels:
        known = {
            "r2": r2(found.answers, found.predicted),
            "rmse": root_mean_square(found.answers - found.predicted),
        }
    elif found.labels == 2:
        known = _of_two(found.answers == 1, found.predicted, threshold)
    else:
        known = _of_several(found.answers.astype(np.int64), found.predicted)
    return {name: value for name, value in known.items() if value is not None}


def score_intervals(
    found: Predictions, threshold: float | None, stream: Stream
) -> Mapping[str, Interval]:
    """Of every score, by the spread over rows drawn with replacement (Efron 1979)."""
    values, rows = scores_of(found, threshold), len(found.answers)
    rng = stream.generator()
    drawn = [scores_of(found.of(rng.integers(rows, size=rows)), threshold) for _ in range(DRAWS)]
    spreads = {
        name: Z * float(np.std([each[name] for each in drawn if name in each])) for name in values
    }
    return {
        name: Interval(values[name] - half, values[name] + half) for name, half in spreads.items()
    }


def average_precision(positive: Flags, score: Array) -> float | None:
    """Mean over the positive rows of the precision at each one's score, ties together: the sum of
    the steps of recall, each times the precision there. None where no row is positive.

    Args:
        positive: shape (rows,).
        score: shape (rows,).
    """
    if not positive.any():
        return None
    order = np.argsort(-score, kind="stable")
    last = np.append(np.diff(score[order]) != 0, True)
    hits = np.cumsum(positive[order])[last]
    precision = hits / (np.flatnonzero(last) + 1)
    return float((np.diff(hits, prepend=0) * precision).sum() / hits[-1])


def brier(truth: Array, chance: Array) -> float:
    """Mean squared difference of what is so, 0 or 1, and its chance (Brier 1950), summed over the
    labels where there are more than two; shape (rows,) or (rows, labels) each."""
    squares = (truth - chance) ** 2
    return float((squares if squares.ndim == 1 else squares.sum(axis=1)).mean())


def equal_width_error(hit: Flags, confidence: Array, bins: int = BINS) -> float:
    """Expected calibration error over bins (a, b] of equal width, 0 in the first (Guo, Pleiss, Sun
    & Weinberger 2017).

    Args:
        hit: whether what was predicted is so, shape (rows,).
        confidence: its predicted probability, shape (rows,).
    """
    place, counts = _binned(confidence, bins)
    hits = np.bincount(place, hit, bins)
    said = np.bincount(place, confidence, bins)
    return float(np.abs(hits - said).sum() / counts.sum())


def perfect_calibration_error(confidence: Array, bins: int = BINS) -> float:
    """What `equal_width_error` comes to on average where every confidence is right: the sum over
    the bins of their share times √(2/π · p(1-p)/n), n rows with a mean p(1-p)."""
    place, counts = _binned(confidence, bins)
    spread = np.bincount(place, confidence * (1.0 - confidence), bins)
    return float(np.sqrt(2.0 / math.pi * spread).sum() / counts.sum())


def tuned_threshold(positive: Flags, score: Array) -> float:
    """The threshold of highest macro F1, among quantiles of the scores; the lowest of the best."""
    tried = np.unique(np.quantile(score, np.linspace(0.01, 0.99, STEPS)))
    truth = positive.astype(np.int64)
    found = [macro_f1(truth, (score >= each).astype(np.int64)) for each in tried]
    return float(tried[int(np.argmax(found))])


def _of_two(positive: Flags, chance: Array, threshold: float | None) -> dict[str, float | None]:
    truth = positive.astype(np.int64)

    def f1_from(start: float) -> float:
        return macro_f1(truth, (chance >= start).astype(np.int64))

    return {
        "auc": auc(positive, chance),
        "average_precision": average_precision(positive, chance),
        "macro_f1": f1_from(COIN),
        "macro_f1_tuned": None if threshold is None else f1_from(threshold),
        "brier": brier(positive.astype(np.float64), chance),
        **_calibration(positive, chance),
    }


def _of_several(truth: Whole, chances: Array) -> dict[str, float | None]:
    labels = np.arange(chances.shape[1])
    precisions = [average_precision(truth == label, chances[:, label]) for label in labels]
    known = [each for each in precisions if each is not None]
    likeliest = chances.argmax(axis=1)
    return {
        "auc": macro_auc(truth, chances),
        "average_precision": float(np.mean(known)) if known else None,
        "macro_f1": macro_f1(truth, likeliest),
        "brier": brier((truth[:, None] == labels).astype(np.float64), chances),
        **_calibration(truth == likeliest, chances.max(axis=1)),
    }


def _calibration(hit: Flags, confidence: Array) -> Scores:
    return {
        "ece": equal_width_error(hit, confidence),
        "ece_equal_mass": calibration_error(hit, confidence),
        "ece_of_a_perfect_model": perfect_calibration_error(confidence),
    }


def _binned(confidence: Array, bins: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The bin of each row, and how many rows each has."""
    place = np.clip(np.ceil(confidence * bins - 1e-12) - 1, 0, bins - 1).astype(np.intp)
    return place, np.bincount(place, minlength=bins)
