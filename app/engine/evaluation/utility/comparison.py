"""Models trained on real rows, on synthetic ones and on both, tested on held-out real rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from app.engine.evaluation.contest import Contest
from app.engine.evaluation.measure import Estimate
from app.engine.evaluation.row_space import Array
from app.engine.evaluation.utility.learners import LEARNERS, Learner
from app.engine.evaluation.utility.scores import score_intervals, scores_of, tuned_threshold
from app.engine.seeds import Stream

MOST_ROWS = 50_000  # that a model is trained on
VALIDATION_SHARE = 0.2  # of the rows trained on, where the threshold is chosen


@dataclass(frozen=True, slots=True)
class ModelScores:
    """What one model reaches on the held-out rows.

    Args:
        trained_on: real, synthetic or both.
        rows: how many it was trained on.
        threshold: the chance from which the second of two labels is predicted, chosen on rows that
            were trained on; None where there are no two labels.
        scores: by name; `ece_of_a_perfect_model` is what chance alone makes of `ece`.
    """

    learner: str
    trained_on: str
    rows: int
    threshold: float | None
    scores: Mapping[str, Estimate]


def compared_models(contest: Contest) -> tuple[ModelScores, ...]:
    """Every learner trained on each of the tables; empty where no target is named."""
    if contest.target is None:
        return ()
    return tuple(
        found
        for learner, learn in LEARNERS.items()
        for name, rows in _training_tables(contest)
        if (found := _scored(contest, learner, learn, name, rows)) is not None
    )


def _training_tables(contest: Contest) -> Iterator[tuple[str, Array]]:
    stream = Stream(contest.seed, ("both",))
    both = np.concatenate([contest.train, contest.synthetic])
    yield "real", contest.train[:MOST_ROWS]
    yield "synthetic", contest.synthetic[:MOST_ROWS]
    yield "both", both[stream.generator().permutation(len(both))[:MOST_ROWS]]


def _scored(
    contest: Contest, learner: str, learn: Learner, name: str, rows: Array
) -> ModelScores | None:
    assert contest.target is not None
    made = learn(rows, contest.holdout, contest.target, contest.space.categories)
    if made is None:
        return None
    threshold = _threshold(learn, rows, contest.target, contest.space.categories)
    intervals = score_intervals(made, threshold, Stream(contest.seed, ("models", learner, name)))
    scores = {
        each: Estimate(value, intervals[each]) for each, value in scores_of(made, threshold).items()
    }
    return ModelScores(learner, name, len(rows), threshold, scores)


def _threshold(learn: Learner, rows: Array, target: int, categories: list[int]) -> float | None:
    """Chosen on a part of the rows by a model of the others; None where there are no two labels."""
    if target not in categories or np.nanmax(rows[:, target], initial=0) != 1:
        return None
    cut = int(len(rows) * VALIDATION_SHARE)
    found = learn(rows[cut:], rows[:cut], target, categories)
    if found is None or found.labels != 2 or not len(found.answers):
        return None
    return tuned_threshold(found.answers == 1, found.predicted)
