"""The ROC curve."""

from __future__ import annotations

import numpy as np

from app.engine.evaluation.metrics.shared.base import Array, Flags


def roc_points(positive: Flags, score: Array, most: int = 200) -> tuple[Array, Array]:
    """False and true positive rates at ascending rates, from (0, 0) to (1, 1).

    Of a longer curve the points nearest to even steps along it are kept, both ends among them.

    Args:
        positive: which rows have the positive label, shape (rows,).
        score: the higher, the more likely they have it, shape (rows,).
        most: how many points at the most, at least 2.
    """
    order = np.argsort(-score, kind="stable")
    last = np.append(np.diff(score[order]) != 0, True)
    true = np.append(0.0, np.cumsum(positive[order])[last] / max(positive.sum(), 1))
    false = np.append(0.0, np.cumsum(~positive[order])[last] / max((~positive).sum(), 1))
    if len(true) <= most:
        return false, true
    kept = np.unique(
        np.searchsorted(false + true, np.linspace(0.0, 2.0, most)).clip(0, len(true) - 1)
    )
    kept[-1] = len(true) - 1
    return false[kept], true[kept]
