"""The classifier two-sample test (Lopez-Paz & Oquab 2017): can a model tell two tables apart?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from app.engine.evaluation.boosted_model import Array, fitted
from app.engine.evaluation.contest import Contest
from app.engine.evaluation.fidelity.giveaways import giveaways
from app.engine.evaluation.intervals import auc_interval
from app.engine.evaluation.measure import LIKENESS, Estimate, Estimates, Meaning, Measure
from app.engine.evaluation.metrics.auc import auc
from app.engine.evaluation.row_space import row_hashes

FOLDS = 5
MOST_ROWS = 10_000  # of each table
COIN = 0.5  # the AUC of a classifier that knows nothing


@dataclass(frozen=True, slots=True)
class TwoSampleTest:
    """How well a classifier tells two tables apart, and by what.

    Args:
        auc: of predictions made out of fold and pooled; 0.5 where nothing tells the tables apart.
        models: boosters, one for each fold.
    """

    auc: float
    models: list[Any]


def two_sample_test(real: Array, synthetic: Array, categories: list[int]) -> TwoSampleTest:
    """Both tables are cut to the same number of rows. Folds go by the hash of a row: equal rows of
    the two tables always lie in one fold, for a row seen with one label and asked for with the
    other pushes the AUC below 0.5.

    Args:
        real, synthetic: shape (rows, columns) each, as numbers of one `RowSpace`.
        categories: numbers of the columns that hold labels.
    """
    rows = min(len(real), len(synthetic))
    values = np.concatenate([real[:rows], synthetic[:rows]])
    truth = np.repeat([0.0, 1.0], rows)
    folds = row_hashes(values) % np.uint64(FOLDS)
    scores, models = np.full(len(values), 0.5), []
    for fold in range(FOLDS):
        asked = folds == fold
        if asked.any() and len(np.unique(truth[~asked])) == 2:
            models.append(fitted(values[~asked], truth[~asked], categories, 2))
            scores[asked] = models[-1].predict(values[asked])
    found = auc(truth == 1.0, scores)
    return TwoSampleTest(0.5 if found is None else found, models)


def two_sample_auc(real: Array, synthetic: Array, categories: list[int]) -> float:
    """The AUC of `two_sample_test`."""
    return two_sample_test(real, synthetic, categories).auc


def _taken(contest: Contest, rows: Array) -> Estimates:
    each = min(len(contest.holdout), len(rows), MOST_ROWS)
    made = two_sample_test(contest.holdout[:each], rows[:each], contest.space.categories)
    interval = auc_interval(made.auc, each, each)
    if rows is not contest.synthetic:
        return {"two_sample_auc": Estimate(made.auc, interval)}
    found = giveaways(made.models, contest.space.names)
    note = found.sentence if interval.low > COIN else ""
    return {"two_sample_auc": Estimate(made.auc, interval, note, found.document)}


MEASURES = (
    Measure(
        LIKENESS,
        {
            "two_sample_auc": Meaning(
                "Distinguishable (C2ST)",
                "how well a classifier tells synthetic rows from real ones: 0.5 is a coin, 1 is "
                "always",
                "whether the rows were copied: copies cannot be distinguished either",
                0.5,
            )
        },
        _taken,
    ),
)
