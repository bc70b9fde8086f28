"""The learners that are trained on one table and tested on another."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from app.engine.evaluation.row_space import Array
from app.engine.evaluation.utility.linear_model import (
    chances,
    design_of,
    least_squares,
    logistic,
)
from app.engine.evaluation.utility.predictions import Predictions
from app.engine.evaluation.utility.trained_models import trained_predictions

MOST_LABELS = 10  # of a target that a linear model predicts

Learner = Callable[[Array, Array, int, list[int]], Predictions | None]
"""Trained on rows, tested on rows, the number of the target, the columns that hold labels: what it
predicts, None where it learns nothing. See `trained_predictions`."""


def linear_predictions(
    trained_on: Array, tested_on: Array, target: int, categories: list[int]
) -> Predictions | None:
    """As `trained_predictions`, by least squares with a ridge or logistic regression; of several
    labels each against the others, and None where there are more than ten."""
    trained, tested = (rows[~np.isnan(rows[:, target])] for rows in (trained_on, tested_on))
    truth, answers = trained[:, target], tested[:, target]
    design = design_of(trained, target, categories)
    regressors, asked = design.regressors(trained), design.regressors(tested)
    if target not in categories:
        return Predictions(answers, asked @ least_squares(regressors, truth).values, 0)
    labels = int(max(truth.max(initial=0), answers.max(initial=0))) + 1
    if len(np.unique(truth)) < 2 or labels > MOST_LABELS:
        return None
    found = [
        chances(asked, logistic(regressors, (truth == label).astype(np.float64)).values)
        for label in ([1] if labels == 2 else range(labels))
    ]
    if labels == 2:
        return Predictions(answers, found[0], 2)
    each = np.column_stack(found)
    return Predictions(answers, each / each.sum(axis=1, keepdims=True), labels)


LEARNERS: Mapping[str, Learner] = {
    "boosted trees": trained_predictions,
    "linear": linear_predictions,
}
