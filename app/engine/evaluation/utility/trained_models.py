"""Train on synthetic rows, test on real ones (Esteban, Hyland & Rätsch 2017)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from app.engine.evaluation.boosted_model import ROUNDS, Array, fitted
from app.engine.evaluation.contest import Contest
from app.engine.evaluation.intervals import bootstrap_interval
from app.engine.evaluation.measure import USE, Estimate, Estimates, Meaning, Measure
from app.engine.evaluation.utility.predictions import Predictions
from app.engine.seeds import generator

CHANCE = 0.5  # the AUC of a model that knows nothing


def trained_predictions(
    trained_on: Array,
    tested_on: Array,
    target: int,
    categories: list[int],
    rounds: int = ROUNDS,
    parameters: Mapping[str, Any] | None = None,
) -> Predictions | None:
    """What a model of one table predicts of a column of another. Rows whose target is missing are
    left out; None where the table to learn has one label alone, of which nothing is learned.

    Args:
        trained_on, tested_on: shape (rows, columns) each, as numbers of one `RowSpace`.
        target: number of the column to predict.
        categories: numbers of the columns that hold labels.
        rounds: of boosting.
        parameters: of LightGBM, where they are not those of every model here.
    """
    features, truth = parted(trained_on, target)
    asked, answers = parted(tested_on, target)
    inputs = [place - (place > target) for place in categories if place != target]
    if target not in categories:
        predicted = fitted(features, truth, inputs, 0, rounds, parameters).predict(asked)
        return Predictions(answers, predicted, 0)
    if len(np.unique(truth)) < 2:
        return None
    labels = int(max(truth.max(initial=0), answers.max(initial=0))) + 1
    model = fitted(features, truth, inputs, labels, rounds, parameters)
    return Predictions(answers, model.predict(asked), labels)


def trained_score(
    trained_on: Array, tested_on: Array, target: int, categories: list[int]
) -> float | None:
    """The score of `trained_predictions`; that of chance where nothing is learned."""
    found = trained_predictions(trained_on, tested_on, target, categories)
    return CHANCE if found is None else found.score()


def parted(values: Array, target: int) -> tuple[Array, Array]:
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
    interval = bootstrap_interval(made.score, len(made.answers), generator(0))
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
