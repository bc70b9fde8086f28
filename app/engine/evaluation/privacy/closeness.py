"""Whether synthetic rows lie closer to the rows that were learned than to rows that were not."""

from __future__ import annotations

import numpy as np

from app.engine.evaluation.contest import Contest
from app.engine.evaluation.intervals import share_interval
from app.engine.evaluation.measure import (
    COPIES,
    PRIVACY,
    Estimate,
    Estimates,
    Meaning,
    Measure,
    of_other_rows,
)
from app.engine.evaluation.privacy.nearest import Distances, nearest_two
from app.engine.evaluation.privacy.people import people_of
from app.engine.evaluation.row_space import Array, Hashes, row_hashes


def smaller_share(own: Distances, others: Distances) -> float:
    """Share of rows whose first figure is smaller than the second, ties half; 0.5 is even.

    Args:
        own: towards the training rows, shape (rows,).
        others: towards as many holdout rows, shape (rows,).
    """
    return float((own < others).mean() + 0.5 * (own == others).mean())


def nearest_ratios(nearest: Distances) -> Distances:
    """The distance to the nearest row over that to the second nearest (NNDR), shape (rows,); 1
    where both are equally near, also where both equal the row.

    Args:
        nearest: both distances, shape (rows, 2).
    """
    first, second = nearest.T
    return np.divide(first, second, out=np.ones_like(first), where=second > 0)


def copied_share(rows: Hashes, train: Hashes) -> float:
    """Share of rows that equal a training row in every column."""
    return float(np.isin(rows, train).mean()) if len(rows) else 0.0


def _taken(contest: Contest, rows: Array) -> Estimates:
    people = people_of(contest, rows)
    learned, others, made = map(
        contest.space.coordinates, (people.learned, people.others, people.synthetic)
    )
    to_train, to_holdout = nearest_two(made, learned), nearest_two(made, others)
    closer = smaller_share(to_train[:, 0], to_holdout[:, 0])
    ratio = smaller_share(nearest_ratios(to_train), nearest_ratios(to_holdout))
    copied = copied_share(row_hashes(rows), row_hashes(contest.train))
    return {
        "closer_share": Estimate(closer, share_interval(closer, len(made))),
        "nndr_share": Estimate(ratio, share_interval(ratio, len(made))),
        "copied_share": Estimate(copied, share_interval(copied, len(rows))),
    }


MEASURES = (
    Measure(
        PRIVACY,
        {
            "closer_share": Meaning(
                "Closer to learned rows (DCR)",
                "the share of synthetic rows that lie closer to a row that was learned than to one "
                "that was not; 0.5 is even",
                "a leak of few rows among many: it is a check of overfitting and no proof of "
                "privacy",
                0.5,
                decides=False,
            ),
            "nndr_share": Meaning(
                "Nearer than the next (NNDR)",
                "the share of synthetic rows whose nearest row stands out more from the second "
                "nearest among the learned rows than among the others; 0.5 is even",
                "a leak of few rows among many: it is a check of overfitting and no proof of "
                "privacy",
                0.5,
                decides=False,
            ),
            "copied_share": Meaning(
                "Exact copies",
                "the share of synthetic rows that equal a row that was learned",
                "near copies; where real rows repeat themselves, so do synthetic ones: see the "
                "ceiling",
            ),
        },
        _taken,
        of_other_rows,
        needs_holdout=True,
        threat=COPIES,
    ),
)
