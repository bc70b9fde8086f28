"""Whether synthetic rows lie closer to the rows that were learned than to rows that were not."""

from __future__ import annotations

import numpy as np

from app.engine.evaluation.contest import Contest
from app.engine.evaluation.intervals import auc_interval, share_interval
from app.engine.evaluation.measure import (
    PRIVACY,
    Estimate,
    Estimates,
    Meaning,
    Measure,
    of_other_rows,
)
from app.engine.evaluation.metrics.auc import auc
from app.engine.evaluation.privacy.nearest import Points, nearest_distances
from app.engine.evaluation.row_space import Array, Hashes, row_hashes

MOST_NEIGHBOURS = 10_000  # rows of each table that distances are measured on


def closer_share(train: Points, holdout: Points, synthetic: Points) -> float:
    """Share of synthetic rows that lie closer to a training row than to a holdout row, ties half;
    0.5 where nothing was copied. Train and holdout should have as many rows as each other."""
    to_train = nearest_distances(synthetic, train)
    to_holdout = nearest_distances(synthetic, holdout)
    return float((to_train < to_holdout).mean() + 0.5 * (to_train == to_holdout).mean())


def membership_auc(train: Points, holdout: Points, synthetic: Points) -> float:
    """AUC of an attacker who takes a row for a training row the closer a synthetic row is to it
    (Chen et al. 2020, the attack with full black box); 0.5 where it learns nothing."""
    distances = np.concatenate(
        [nearest_distances(train, synthetic), nearest_distances(holdout, synthetic)]
    )
    members = np.arange(len(distances)) < len(train)
    found = auc(members, -distances.astype(np.float64))
    return 0.5 if found is None else found


def copied_share(rows: Hashes, train: Hashes) -> float:
    """Share of rows that equal a training row in every column."""
    return float(np.isin(rows, train).mean()) if len(rows) else 0.0


def _taken(contest: Contest, rows: Array) -> Estimates:
    groups = _points(contest, rows)
    closer, membership = closer_share(*groups), membership_auc(*groups)
    train, _, synthetic = map(len, groups)
    copied = copied_share(row_hashes(rows), row_hashes(contest.train))
    return {
        "closer_share": Estimate(closer, share_interval(closer, synthetic)),
        "membership_auc": Estimate(membership, auc_interval(membership, train, train)),
        "copied_share": Estimate(copied, share_interval(copied, len(rows))),
    }


def _points(contest: Contest, rows: Array) -> tuple[Points, Points, Points]:
    """Training, holdout and synthetic rows as points; as many of the first as of the second."""
    held = contest.holdout[:MOST_NEIGHBOURS]
    groups = (contest.train[: len(held)], held, rows[:MOST_NEIGHBOURS])
    train, holdout, synthetic = map(contest.space.coordinates, groups)
    return train, holdout, synthetic


MEASURES = (
    Measure(
        PRIVACY,
        {
            "closer_share": Meaning(
                "Closer to learned rows",
                "the share of synthetic rows that lie closer to a row that was learned than to one "
                "that was not; 0.5 is even",
                "a leak of few rows among many: it is a check of overfitting and no proof of "
                "privacy",
                0.5,
            ),
            "membership_auc": Meaning(
                "Membership attack",
                "how well an attacker tells rows that were learned from others by their distance "
                "to the synthetic rows; 0.5 is a coin",
                "what a stronger attack, or one on a single person, would find",
                0.5,
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
    ),
)
