"""Authenticity: whether synthetic rows were made rather than taken from the learned ones."""

from __future__ import annotations

import numpy as np

from app.engine.evaluation.contest import Contest
from app.engine.evaluation.diversity.neighbours import distances, points_of, radii
from app.engine.evaluation.intervals import share_interval
from app.engine.evaluation.measure import (
    COPIES,
    PRIVACY,
    Estimate,
    Estimates,
    Meaning,
    Measure,
    of_held_out_rows,
)
from app.engine.evaluation.row_space import Array


def authenticity(train: Array, synthetic: Array) -> float:
    """Share of synthetic rows that are farther from their nearest training row than that one is
    from its own nearest other training row (Alaa, van Breugel, Saveliev & van der Schaar 2022).
    A tie counts as taken, so a row that equals a training row never is authentic.

    Args:
        train, synthetic: points, shape (rows, axes).
    """
    apart = distances(synthetic, train)
    nearest = apart.argmin(axis=1)
    [own] = radii(train, 1)
    return float((apart[np.arange(len(apart)), nearest] > own[nearest]).mean())


def _taken(contest: Contest, rows: Array) -> Estimates:
    train, other = points_of(contest, contest.train, rows)
    found = authenticity(train, other)
    return {"authenticity": Estimate(found, share_interval(found, len(other)))}


MEASURES = (
    Measure(
        PRIVACY,
        {
            "authenticity": Meaning(
                "Authenticity",
                "the share of synthetic rows that are farther from their nearest learned row than "
                "that one is from its own nearest; even fresh real rows come to about a half",
                "an attack: it is a check of overfitting and no proof of privacy",
                decides=False,
            )
        },
        _taken,
        of_held_out_rows,
        needs_holdout=True,
        threat=COPIES,
    ),
)
