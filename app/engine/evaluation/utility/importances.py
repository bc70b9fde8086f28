"""Whether models of synthetic rows use the same columns as models of real ones."""

from __future__ import annotations

import numpy as np

from app.engine.evaluation.boosted_model import fitted
from app.engine.evaluation.contest import Contest
from app.engine.evaluation.measure import USE, Estimate, Estimates, Meaning, Measure
from app.engine.evaluation.row_space import Array
from app.engine.evaluation.utility.trained_models import parted

MOST_ROWS = 20_000
FEWEST_COLUMNS = 3  # of two columns orders agree or not, whatever they are


def rank_correlation(first: Array, second: Array) -> float | None:
    """Spearman's, of mid-ranks; None where one of the two is constant."""
    ranks = [_mid_ranks(each) for each in (first, second)]
    one, two = (each - each.mean() for each in ranks)
    scale = float(np.sqrt((one @ one) * (two @ two)))
    return float(one @ two) / scale if scale else None


def importances(rows: Array, target: int, categories: list[int]) -> Array | None:
    """Share of each column but the target in the gain of all splits of boosted trees; None where
    nothing is learned."""
    features, truth = parted(rows, target)
    if len(np.unique(truth)) < 2:
        return None
    labels = int(truth.max()) + 1 if target in categories else 0
    inputs = [place - (place > target) for place in categories if place != target]
    gains = np.asarray(fitted(features, truth, inputs, labels).feature_importance("gain"))
    return gains / gains.sum() if gains.sum() else None


def _taken(contest: Contest, rows: Array) -> Estimates:
    """Beside a model of as many held-out rows."""
    assert contest.target is not None
    if len(contest.space.axes) <= FEWEST_COLUMNS:
        return {}
    count = min(contest.compared_rows, MOST_ROWS)
    real, other = (
        importances(each[:count], contest.target, contest.space.categories)
        for each in (contest.holdout, rows)
    )
    if real is None or other is None:
        return {}
    found = rank_correlation(real, other)
    return {} if found is None else {"importance_agreement": Estimate(found)}


def _mid_ranks(values: Array) -> Array:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Array = (np.cumsum(counts) - (counts - 1) / 2.0)[place]
    return ranks


MEASURES = (
    Measure(
        USE,
        {
            "importance_agreement": Meaning(
                "Importance of columns",
                "the rank correlation of what the columns are worth to boosted trees of synthetic "
                "rows and of real ones: 1 is the same order",
                "by how much; columns that tell the same are exchanged by chance: see the ceiling",
                1.0,
            )
        },
        _taken,
        needs_target=True,
    ),
)
