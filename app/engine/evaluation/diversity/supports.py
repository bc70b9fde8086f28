"""α-precision and β-recall: whether the typical rows of each table lie among those of the other.

By the paper (Alaa, van Breugel, Saveliev & van der Schaar 2022), on the coordinates of the rows as
they are, with no learned embedding. The reference code takes the support of matched synthetic rows
where the paper takes that of the synthetic set; this follows the paper.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.engine.evaluation.contest import Contest
from app.engine.evaluation.diversity.neighbours import distances, points_of, radii
from app.engine.evaluation.intervals import jackknife_interval
from app.engine.evaluation.measure import LIKENESS, Estimate, Estimates, Meaning, Measure
from app.engine.evaluation.row_space import Array

LEVELS = np.linspace(0.0, 1.0, 21)  # shares α and β of the rows in a support
NEIGHBOURS = 2  # k of the balls that β-recall looks into: with 1 real rows reach half of each other
GROUPS = 10

Flags = NDArray[np.bool_]


def alpha_precision(real: Array, synthetic: Array) -> Flags:
    """Which synthetic rows lie within the α-support of the real ones: the ball around their mean
    that holds a share α of them; shape (levels, synthetic rows)."""
    centre = real.mean(axis=0)
    from_centre = np.linalg.norm(synthetic - centre, axis=1)
    reach = np.quantile(np.linalg.norm(real - centre, axis=1), LEVELS)
    return np.asarray(from_centre <= reach[:, None])


def beta_recall(real: Array, synthetic: Array, neighbours: int = NEIGHBOURS) -> Flags:
    """Which real rows the β-support of the synthetic ones covers: the synthetic row within it that
    is nearest to a real row lies no farther from it than its k-th nearest real one;
    shape (levels, real rows)."""
    from_centre = np.linalg.norm(synthetic - synthetic.mean(axis=0), axis=1)
    reach = np.quantile(from_centre, LEVELS)
    # Of the rows in the order in which supports take them in, the nearest so far.
    order = np.argsort(from_centre, kind="stable")
    nearest = np.minimum.accumulate(distances(real, synthetic[order]), axis=1)
    held = np.searchsorted(from_centre[order], reach, side="right")
    found = np.where(held > 0, nearest[:, np.maximum(held, 1) - 1], np.inf)
    [reached] = radii(real, neighbours)
    return np.asarray((found <= reached[:, None]).T)


def integrated(curve: Array) -> float:
    """1 - 2∫|P(α) - α|dα by trapezoids: 1 where as much is covered at each level as should be, 0
    where nothing ever is.

    Args:
        curve: shares at `LEVELS`, shape (levels,).
    """
    return 1.0 - 2.0 * float(np.trapezoid(np.abs(curve - LEVELS), LEVELS))


def _taken(contest: Contest, rows: Array) -> Estimates:
    real, other = points_of(contest, contest.holdout, rows)
    return {
        "alpha_precision": _estimate(alpha_precision(real, other)),
        "beta_recall": _estimate(beta_recall(real, other)),
    }


def _estimate(inside: Flags) -> Estimate:
    """The integral over the levels, and its curve."""
    curve = inside.mean(axis=1)
    groups = np.arange(inside.shape[1]) % GROUPS
    left = [integrated(inside[:, groups != g].mean(axis=1)) for g in range(GROUPS)]
    points = {"levels": LEVELS.round(2).tolist(), "shares": curve.round(3).tolist()}
    value = integrated(curve)
    return Estimate(value, jackknife_interval(value, np.array(left)), details=points)


MEASURES = (
    Measure(
        LIKENESS,
        {
            "alpha_precision": Meaning(
                "α-precision",
                "whether as many synthetic rows as real ones lie within each distance of the "
                "middle of the real ones: 1 is the same at every distance",
                "where around the middle they lie",
            ),
            "beta_recall": Meaning(
                "β-recall",
                "whether the most typical synthetic rows cover real rows in proportion, nearer "
                f"than the neighbour number {NEIGHBOURS} of each",
                "the rare rows by themselves; a sample of real rows comes to the ceiling, not to 1",
            ),
        },
        _taken,
    ),
)
