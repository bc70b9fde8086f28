"""Where real rows lie, and whether synthetic rows lie there: precision, recall, density, coverage.

A set of rows covers the balls around each of them that reach to its k-th nearest other one, their
surfaces included (≤). Rows that equal k others have a radius of 0: such a ball holds nothing but
rows equal to it, and with `<` it would hold not even these. Their share is reported.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.engine.evaluation.contest import Contest
from app.engine.evaluation.diversity.neighbours import distances, points_of, radii, share_of_zeros
from app.engine.evaluation.intervals import mean_interval, share_interval
from app.engine.evaluation.measure import LIKENESS, Estimate, Estimates, Meaning, Measure
from app.engine.evaluation.row_space import Array

MANIFOLD_NEIGHBOURS = 3  # as Kynkäänniemi et al.
DENSITY_NEIGHBOURS = 5  # as Naeem et al.


def precision_and_recall(apart: Array, of_real: Array, of_synthetic: Array) -> tuple[float, float]:
    """Improved precision, the share of synthetic rows in the balls of real ones, and recall, the
    share of real rows in the balls of synthetic ones (Kynkäänniemi, Karras, Laine, Lehtinen & Aila
    2019).

    Args:
        apart: distances of real and synthetic rows, shape (real rows, synthetic rows).
        of_real, of_synthetic: radii of the balls around them.
    """
    precision = (apart <= of_real[:, None]).any(axis=0).mean()
    recall = (apart <= of_synthetic).any(axis=1).mean()
    return float(precision), float(recall)


def density_and_coverage(apart: Array, of_real: Array, neighbours: int) -> tuple[float, float]:
    """Density, how many real balls a synthetic row lies in on average beside k, and coverage, the
    share of real balls that hold a synthetic row (Naeem, Oh, Uh, Choi & Yoo 2020, with ≤ for their
    <).

    Args:
        apart: distances of real and synthetic rows, shape (real rows, synthetic rows).
        of_real: radii of the balls around real rows that reach to their k-th neighbour.
        neighbours: k.
    """
    inside = apart <= of_real[:, None]
    return float(inside.sum(axis=0).mean() / neighbours), float(inside.any(axis=1).mean())


def _taken(contest: Contest, rows: Array) -> Estimates:
    real, other = points_of(contest, contest.holdout, rows)
    apart = distances(real, other)
    narrow, wide = radii(real, MANIFOLD_NEIGHBOURS, DENSITY_NEIGHBOURS)
    [of_synthetic] = radii(other, MANIFOLD_NEIGHBOURS)
    precision, recall = precision_and_recall(apart, narrow, of_synthetic)
    density, coverage = density_and_coverage(apart, wide, DENSITY_NEIGHBOURS)
    balls = (apart <= wide[:, None]).sum(axis=0) / DENSITY_NEIGHBOURS
    zeros = {
        "real": round(share_of_zeros(narrow), 4),
        "synthetic": round(share_of_zeros(of_synthetic), 4),
    }
    return {
        "precision": Estimate(
            precision, share_interval(precision, len(other)), _note(zeros), {"zero_radii": zeros}
        ),
        "recall": Estimate(recall, share_interval(recall, len(real))),
        "density": Estimate(density, mean_interval(balls)),
        "coverage": Estimate(coverage, share_interval(coverage, len(real))),
    }


def _note(zeros: Mapping[str, float]) -> str:
    """How many rows have balls without a size; empty where none has."""
    if not any(zeros.values()):
        return ""
    return f"Balls of radius 0: {zeros['real']:.1%} of real, {zeros['synthetic']:.1%} of synthetic."


MEASURES = (
    Measure(
        LIKENESS,
        {
            "precision": Meaning(
                "Precision",
                "the share of synthetic rows that lie where real rows lie, nearer to one than its "
                f"neighbour number {MANIFOLD_NEIGHBOURS} is",
                "whether all kinds of real rows are there: see the recall",
            ),
            "recall": Meaning(
                "Recall",
                "the share of real rows that lie where synthetic rows lie, nearer to one than its "
                f"neighbour number {MANIFOLD_NEIGHBOURS} is",
                "how often each kind of row is there; scattered synthetic rows have large balls "
                "and seem to reach everything",
            ),
            "density": Meaning(
                "Density",
                "how many real rows have a synthetic row nearer than their neighbour number "
                f"{DENSITY_NEIGHBOURS}, as a mean over synthetic rows beside {DENSITY_NEIGHBOURS}",
                "anything of variety; more than 1 is possible where synthetic rows keep to the "
                "crowd",
            ),
            "coverage": Meaning(
                "Coverage",
                "the share of real rows that have a synthetic row nearer than their neighbour "
                f"number {DENSITY_NEIGHBOURS}",
                "how often each kind of row is there",
            ),
        },
        _taken,
    ),
)
