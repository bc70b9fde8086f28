"""What is known of each round of an adaptive augmentation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.engine import equal_width_error, f1_of_labels, perfect_calibration_error

Codes = NDArray[np.intp]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AugmentationRound:
    """One round: what was trained on, and what it reached on the validation rows.

    Args:
        number: 0 is without synthetic rows.
        f1: of each class; NaN where it occurs neither in the validation rows nor in what was
            predicted of them.
        macro_f1: their mean.
        ece: expected calibration error over 15 bins of equal width (Guo et al. 2017); NaN where no
            probabilities are predicted.
        ece_of_a_perfect_model: what chance alone makes of it with so many rows.
        synthetic_rows: of each class, among those that were trained on.
        synthetic_fraction: share of synthetic rows among all that were trained on.
    """

    number: int
    f1: Mapping[Any, float]
    macro_f1: float
    ece: float
    ece_of_a_perfect_model: float
    synthetic_rows: Mapping[Any, int]
    synthetic_fraction: float


def measured(
    number: int, classes: Any, truth: Codes, answers: Floats | Codes, real: int, added: Codes
) -> AugmentationRound:
    """A round by what was predicted of the validation rows.

    Args:
        classes: their labels.
        truth: numbers of classes, shape (rows,).
        answers: probabilities, shape (rows, classes), or numbers of classes, shape (rows,).
        real: real rows that were trained on.
        added: numbers of the classes of synthetic rows that were trained on.
    """
    labels = np.arange(len(classes))
    likeliest = answers.argmax(axis=1) if answers.ndim == 2 else answers
    f1 = f1_of_labels(truth, likeliest.astype(np.int64), labels)
    ece, perfect = _calibration(truth, answers)
    counts = np.bincount(added, minlength=len(classes))
    names = np.asarray(classes).tolist()
    return AugmentationRound(
        number,
        dict(zip(names, f1.tolist(), strict=True)),
        float(np.nanmean(f1)),
        ece,
        perfect,
        dict(zip(names, counts.tolist(), strict=True)),
        len(added) / (real + len(added)),
    )


def rows_to_add(
    f1: Floats, real: Codes, added: int, *, target: float, growth: float, most: float
) -> Codes:
    """Synthetic rows of each class for the next round: `growth` times the real rows of every class
    below the target, fewer where these would be more than `most` of all rows. Shape (classes,).

    Args:
        f1: of each class, NaN where nothing is known.
        real: real rows of each class. added: synthetic rows so far.
    """
    below = np.nan_to_num(f1, nan=target) < target
    wanted = np.where(below, np.ceil(growth * real), 0.0)
    room = math.floor(most / (1.0 - most) * real.sum() + 1e-9) - added
    if wanted.sum() > room:
        wanted = np.floor(wanted * max(room, 0) / wanted.sum())
    return np.asarray(wanted, dtype=np.intp)


def _calibration(truth: Codes, answers: Floats | Codes) -> tuple[float, float]:
    """Of the second class where there are two, of the likeliest one where there are more."""
    if answers.ndim != 2:
        return math.nan, math.nan
    is_binary = answers.shape[1] == 2
    hit = truth == (1 if is_binary else answers.argmax(axis=1))
    chance: Floats = np.asarray(
        np.clip(answers[:, 1] if is_binary else answers.max(axis=1), 0.0, 1.0), dtype=np.float64
    )
    return equal_width_error(hit, chance), perfect_calibration_error(chance)
