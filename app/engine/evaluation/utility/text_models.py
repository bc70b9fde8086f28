"""Models of texts trained on synthetic rows and tested on real ones."""

from __future__ import annotations

import numpy as np

from app.engine.evaluation.contest import Contest
from app.engine.evaluation.intervals import bootstrap_interval
from app.engine.evaluation.measure import USE, Estimate, Estimates, Meaning, Measure
from app.engine.evaluation.row_space import Array
from app.engine.evaluation.texts.classifier import by_words, hashed, linear_scores
from app.engine.evaluation.texts.rows import texts_of
from app.engine.evaluation.utility.predictions import Predictions
from app.engine.seeds import generator

CHANCE = 0.5  # the AUC of a model that knows nothing
MOST_ROWS = 10_000
MOST_LABELS = 10


def text_predictions(contest: Contest, rows: Array) -> Predictions | None:
    """What a linear model of the words of some rows says of the target of the holdout; None where
    these rows have one label alone, or more than ten."""
    assert contest.target is not None
    trained, tested = (each[:MOST_ROWS] for each in (rows, contest.holdout))
    learned, asked = (hashed(texts_of(contest, each), by_words) for each in (trained, tested))
    truth, answers = trained[:, contest.target], tested[:, contest.target]
    known, there = ~np.isnan(truth), ~np.isnan(answers)
    learned, asked, truth, answers = learned[known], asked[there], truth[known], answers[there]
    if contest.target not in contest.space.categories:
        return Predictions(answers, linear_scores(learned, truth, asked, is_label=False), 0)
    labels = int(max(truth.max(initial=0), answers.max(initial=0))) + 1
    if len(np.unique(truth)) < 2 or labels > MOST_LABELS:
        return None
    each = [
        linear_scores(learned, (truth == label).astype(np.float64), asked, is_label=True)
        for label in ([1] if labels == 2 else range(labels))
    ]
    return Predictions(answers, each[0] if labels == 2 else np.column_stack(each), labels)


def _taken(contest: Contest, rows: Array) -> Estimates:
    if not contest.texts or contest.target in contest.texts:
        return {}
    made = text_predictions(contest, rows)
    if made is None:
        return {"text_trained_score": Estimate(CHANCE)}
    score = made.score()
    interval = bootstrap_interval(made.score, len(made.answers), generator(0))
    return {} if score is None else {"text_trained_score": Estimate(score, interval)}


MEASURES = (
    Measure(
        USE,
        {
            "text_trained_score": Meaning(
                "Models of its texts",
                "the AUC (R² of numbers) on real texts of a linear model of words that was "
                "trained on synthetic ones, without the other columns",
                "how models that read whole sentences would do, or another target",
                decides=False,
            )
        },
        _taken,
        needs_target=True,
    ),
)
