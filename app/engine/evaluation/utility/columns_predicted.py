"""How well each column is predicted by the others, where no column was named as the target."""

from __future__ import annotations

import numpy as np

from app.engine.evaluation.contest import Contest
from app.engine.evaluation.intervals import bootstrap_interval
from app.engine.evaluation.measure import USE, Estimate, Estimates, Meaning, Measure
from app.engine.evaluation.row_space import Array
from app.engine.evaluation.utility.predictions import ALL, Predictions, Rows
from app.engine.evaluation.utility.trained_models import trained_predictions
from app.engine.seeds import Stream

MOST_COLUMNS = 20  # that are predicted, drawn where there are more
MOST_TRAINED, MOST_TESTED = 4_000, 2_000  # rows
MOST_LABELS = 6  # of a column that is predicted; the others are one label
ROUNDS = 40  # of boosting
CHANCE = 0.5


def skill(found: Predictions, rows: Rows = ALL) -> float | None:
    """From 0, as good as nothing, to 1: twice the AUC less 1 of labels, R² of numbers."""
    score = found.score(rows)
    if score is None:
        return None
    return max(0.0, 2.0 * score - 1.0 if found.labels else score)


def _taken(contest: Contest, rows: Array) -> Estimates:
    """Of models of the rows on the holdout."""
    if contest.target is not None:
        return {}
    made = {
        contest.space.names[place]: found
        for place in _places(contest)
        if (found := _predicted(contest, rows, place)) is not None
    }
    skills = {name: value for name, each in made.items() if (value := skill(each)) is not None}
    if not skills:
        return {}
    interval = None
    if rows is contest.synthetic:
        rng = Stream(contest.seed, ("columns predicted", "interval")).generator()
        tested = min(len(each.answers) for each in made.values())
        interval = bootstrap_interval(lambda drawn: _median(made, drawn), tested, rng)
    details = {"columns": {name: round(value, 3) for name, value in skills.items()}}
    median = float(np.median(list(skills.values())))
    return {"columns_predicted": Estimate(median, interval, details=details)}


def _places(contest: Contest) -> list[int]:
    columns = len(contest.space.axes)
    if columns <= MOST_COLUMNS:
        return list(range(columns))
    rng = Stream(contest.seed, ("columns predicted",)).generator()
    return sorted(rng.choice(columns, MOST_COLUMNS, replace=False).tolist())


def _predicted(contest: Contest, rows: Array, place: int) -> Predictions | None:
    if len(contest.space.axes) < 2:
        return None
    categories = contest.space.categories
    tables = [rows[:MOST_TRAINED].copy(), contest.holdout[:MOST_TESTED].copy()]
    if place in categories:
        for each in tables:
            each[:, place] = np.minimum(each[:, place], MOST_LABELS - 1)
    return trained_predictions(tables[0], tables[1], place, categories, ROUNDS)


def _median(made: dict[str, Predictions], rows: Rows) -> float | None:
    found = [value for each in made.values() if (value := skill(each, rows)) is not None]
    return float(np.median(found)) if found else None


MEASURES = (
    Measure(
        USE,
        {
            "columns_predicted": Meaning(
                "Columns predicted by others",
                "how well models that were trained on synthetic rows predict each column of real "
                "rows in turn, the median over columns: 0 is not at all, 1 is without fault",
                "the task that the rows are meant for: name a target to see it",
            )
        },
        _taken,
    ),
)
