"""Whether synthetic rows rank models as real rows do: the model that is best on them is chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import combinations

import numpy as np

from app.engine.evaluation.contest import Contest
from app.engine.evaluation.intervals import Interval
from app.engine.evaluation.measure import (
    USE,
    Estimate,
    Estimates,
    Meaning,
    Measure,
    of_other_rows,
)
from app.engine.evaluation.row_space import Array
from app.engine.evaluation.utility.learners import Learner, linear_predictions
from app.engine.evaluation.utility.predictions import ALL, Predictions, Rows
from app.engine.evaluation.utility.trained_models import trained_predictions
from app.engine.seeds import Stream

MOST_ROWS = 3_000  # that models are trained and tested on
DRAWS = 50
CHANCE = 0.5

FOREST = {
    "boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.632, "feature_fraction": 0.6,
}  # fmt: skip
MODELS: Mapping[str, Learner] = {
    "boosted trees": partial(trained_predictions, rounds=60),
    "random forest": partial(trained_predictions, rounds=60, parameters=FOREST),
    "one tree": partial(
        trained_predictions, rounds=1, parameters={"learning_rate": 1.0, "num_leaves": 8}
    ),
    "linear": linear_predictions,
}


def kendall(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Kendall's τ-b of two orders of the same things (Kendall 1945); None where one of them leaves
    all of them equal."""
    signs = np.array(
        [
            (np.sign(first[a] - first[b]), np.sign(second[a] - second[b]))
            for a, b in combinations(range(len(first)), 2)
        ]
    ).T
    scale = float(np.sqrt((signs[0] ** 2).sum() * (signs[1] ** 2).sum()))
    return float(signs[0] @ signs[1]) / scale if scale else None


def _taken(contest: Contest, rows: Array) -> Estimates:
    """Models of the rows beside models of as many learned ones, all tested on the holdout."""
    count = min(MOST_ROWS, len(rows), len(contest.train))
    tested = contest.holdout[:MOST_ROWS]
    made, real = (_predictions(contest, each[:count], tested) for each in (rows, contest.train))
    value = kendall(_scores(made), _scores(real))
    if value is None:
        return {}
    drawn = _drawn(made, real, len(next(iter(made.values())).answers), contest.seed)
    interval = Interval(*map(float, np.quantile(drawn, [0.025, 0.975]))) if drawn else None
    details = {
        "models": [
            {"model": name, "score": round(one, 4), "of_real_rows": round(other, 4)}
            for name, one, other in zip(made, _scores(made), _scores(real), strict=True)
        ]
    }
    return {"ranking_agreement": Estimate(value, interval, details=details)}


def _predictions(contest: Contest, rows: Array, tested: Array) -> dict[str, Predictions]:
    """Of each model; a model that learns nothing says the same of every row."""
    assert contest.target is not None
    answers = tested[~np.isnan(tested[:, contest.target]), contest.target]
    nothing = Predictions(answers, np.zeros(len(answers)), 2)
    return {
        name: learn(rows, tested, contest.target, contest.space.categories) or nothing
        for name, learn in MODELS.items()
    }


def _scores(found: Mapping[str, Predictions], rows: Rows = ALL) -> list[float]:
    scores = [each.score(rows) for each in found.values()]
    return [CHANCE if score is None else score for score in scores]


def _drawn(
    made: Mapping[str, Predictions], real: Mapping[str, Predictions], rows: int, seed: int
) -> list[float]:
    """τ over rows drawn with replacement."""
    rng = Stream(seed, ("rankings",)).generator()
    picks = [rng.integers(rows, size=rows) for _ in range(DRAWS)] if rows else []
    found = [kendall(_scores(made, pick), _scores(real, pick)) for pick in picks]
    return [each for each in found if each is not None]


MEASURES = (
    Measure(
        USE,
        {
            "ranking_agreement": Meaning(
                "Same ranking of models",
                "the rank correlation (Kendall's τ) of the scores of four models that were trained "
                "on synthetic rows with those of the same models trained on real ones",
                "by how much models differ: near ones change places by chance",
                1.0,
            )
        },
        _taken,
        of_other_rows,
        needs_target=True,
    ),
)
