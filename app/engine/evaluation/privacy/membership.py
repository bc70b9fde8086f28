"""Attacks that tell rows that were learned from rows that were not.

Each attack gives a score to every row, the higher, the likelier it was learned. None is the
strongest everywhere (Ward et al. 2025, arXiv 2509.18014), so several are tried.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from app.engine.evaluation.metrics.auc import auc
from app.engine.evaluation.metrics.shared.curves import roc_points
from app.engine.evaluation.privacy.density import density, principal_axes
from app.engine.evaluation.privacy.nearest import Points, nearest_distances, squared_distances

Scores = NDArray[np.float64]
Flags = NDArray[np.bool_]

RADIUS_ROWS = 1_000
FALSE_ALARMS = 0.01  # share of the rows that were not learned at which an attack is read


def attack_scores(asked: Points, synthetic: Points, reference: Points) -> Mapping[str, Scores]:
    """Scores of each attack, by its name, shape (asked rows,).

    Args:
        asked: rows that may have been learned.
        reference: real rows that the attacker knows, none of them asked for or learned.
    """
    nearest, near = nearest_and_within(asked, synthetic)
    known = nearest_distances(asked, reference).astype(np.float64)
    axes = principal_axes(reference)
    made, real = (density(rows @ axes).logarithms(asked @ axes) for rows in (synthetic, reference))
    return {
        "nearest distance": -nearest,
        "distance difference": known - nearest,
        "density": made,
        "density ratio": made - real,
        "Monte Carlo": near,
    }


def nearest_and_within(asked: Points, synthetic: Points) -> tuple[Scores, Scores]:
    """Distance to the nearest synthetic row, and the share of the synthetic rows that are nearer
    than a radius (Hilprecht, Härterich & Bernau 2019); shape (asked rows,) each.

    The radius is the median of the nearest distances, their equation 4, of at most `RADIUS_ROWS`
    rows evenly taken.
    """
    step = -(-len(asked) // RADIUS_ROWS)
    radius = float(np.median(nearest_distances(asked[::step], synthetic)))
    nearest, near = np.empty(len(asked)), np.empty(len(asked))
    for rows, squares in squared_distances(asked, synthetic):
        nearest[rows] = squares.min(axis=1)
        near[rows] = np.count_nonzero(squares < radius * radius, axis=1) / len(synthetic)
    return np.sqrt(nearest).round(3).astype(np.float64), near


def membership_auc(members: Flags, scores: Scores) -> float:
    """Area under the ROC curve of an attack; 0.5 where it learns nothing.

    Args:
        members: which rows were learned, shape (rows,).
    """
    found = auc(members, scores)
    return 0.5 if found is None else found


def true_positive_rate(members: Flags, scores: Scores, false_alarms: float) -> float:
    """Share of the learned rows that an attack finds when it may call so many of the others
    learned; between the points of the ROC curve on a line (Carlini et al. 2022)."""
    false, true = roc_points(members, scores, most=len(scores) + 1)
    return float(np.interp(false_alarms, false, true))


def privacy_quality(found: float) -> float:
    """1 - 2 |AUC - 0.5|: 1 where an attack learns nothing, 0 where it is always right."""
    return 1.0 - 2.0 * abs(found - 0.5)
