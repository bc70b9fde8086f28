"""Train on synthetic rows, test on real ones (Esteban, Hyland & Rätsch 2017)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.evaluation.boosted_model import Array, fitted
from app.engine.evaluation.contest import Contest
from app.engine.evaluation.intervals import bootstrap_interval
from app.engine.evaluation.measure import USE, Estimate, Estimates, Meaning, Measure
from app.engine.evaluation.metrics.auc import auc, macro_auc
from app.engine.evaluation.metrics.r2 import r2

ALL = slice(None)
CHANCE = 0.5  # the AUC of a model that knows nothing


@dataclass(frozen=True, slots=True)
class Predictions:
    """What a model of one table says of the rows of another.

    Args:
        answers: the truth, or the numbers of its labels, shape (rows,).
        predicted: a number or the chance of the second of two labels, shape (rows,); of more
            labels the chance of each, shape (rows, labels).
        labels: how many labels there are; 0 of numbers.
    """

    answers: Array
    predicted: Array
    labels: int

    def score(self, rows: NDArray[np.intp] | slice = ALL) -> float | None:
        """The AUC of labels (the mean over labels where there are more than two), R² of numbers;
        None where the rows show nothing."""
        answers, predicted = self.answers[rows], self.predicted[rows]
        if not self.labels:
            return r2(answers, predicted) if len(answers) else None
        if self.labels == 2:
            return auc(answers == 1, predicted)
        return macro_auc(answers.astype(int), predicted)


def trained_predictions(
    trained_on: Array, tested_on: Array, target: int, categories: list[int]
) -> Predictions | None:
    """What a model of one table predicts of a column of another. Rows whose target is missing are
    left out; None where the table to learn has one label alone, of which nothing is learned.

    Args:
        trained_on, tested_on: shape (rows, columns) each, as numbers of one `RowSpace`.
        target: number of the column to predict.
        categories: numbers of the columns that hold labels.
    """
    features, truth = _parted(trained_on, target)
    asked, answers = _parted(tested_on, target)
    inputs = [place - (place > target) for place in categories if place != target]
    if target not in categories:
        predicted = fitted(features, truth, inputs, 0).predict(asked)
        return Predictions(answers, predicted, 0)
    if len(np.unique(truth)) < 2:
        return None
    labels = int(max(truth.max(initial=0), answers.max(initial=0))) + 1
    return Predictions(answers, fitted(features, truth, inputs, labels).predict(asked), labels)


def trained_score(
    trained_on: Array, tested_on: Array, target: int, categories: list[int]
) -> float | None:
    """The score of `trained_predictions`; that of chance where nothing is learned."""
    found = trained_predictions(trained_on, tested_on, target, categories)
    return CHANCE if found is None else found.score()


def _parted(values: Array, target: int) -> tuple[Array, Array]:
    """Features and target of the rows whose target is known."""
    known = values[~np.isnan(values[:, target])]
    return np.delete(known, target, axis=1), known[:, target]


def _taken(contest: Contest, rows: Array) -> Estimates:
    """Of a model of the rows on the holdout."""
    assert contest.target is not None
    made = trained_predictions(rows, contest.holdout, contest.target, contest.space.categories)
    if made is None:
        return {"trained_score": Estimate(CHANCE)}
    score = made.score()
    interval = bootstrap_interval(made.score, len(made.answers), np.random.default_rng(0))
    return {} if score is None else {"trained_score": Estimate(score, interval)}


MEASURES = (
    Measure(
        USE,
        {
            "trained_score": Meaning(
                "Models trained on it",
                "the AUC (R² of numbers) on real rows of a model that was trained on synthetic "
                "ones",
                "how other models than boosted trees would do, or another target",
            )
        },
        _taken,
        needs_target=True,
    ),
)
