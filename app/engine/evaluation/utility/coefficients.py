"""Whether regressions on synthetic rows come to the coefficients of regressions on real ones."""

from __future__ import annotations

import numpy as np

from app.engine.evaluation.contest import Contest
from app.engine.evaluation.intervals import Z
from app.engine.evaluation.measure import (
    USE,
    Estimate,
    Estimates,
    Meaning,
    Measure,
    of_held_out_rows,
)
from app.engine.evaluation.metrics.shared.base import Flags
from app.engine.evaluation.row_space import Array
from app.engine.evaluation.utility.linear_model import (
    SMALL_RIDGE,
    Coefficients,
    Design,
    design_of,
    least_squares,
    logistic,
)

MOST_ROWS = 20_000
MOST_COLUMNS = 10  # that are named
FEWEST_FLAGGED = 10  # rows of each table that a label must have for its coefficient to be compared


def interval_overlap(difference: Array) -> Array:
    """How far the 95 % intervals of two coefficients of one width overlap: 1 - |z|/(2·1.96), less
    than 0 where they lie apart (Karr, Kohnen, Oganian, Reiter & Sanil 2006, as in R's synthpop).

    Args:
        difference: z, of the coefficients in standard errors of the real one.
    """
    return np.asarray(1.0 - np.abs(difference) / (2.0 * Z))


def _taken(contest: Contest, rows: Array) -> Estimates:
    """Beside as many training rows; numbers by least squares, labels by whether they are the most
    frequent one."""
    assert contest.target is not None
    target, count = contest.target, min(contest.compared_rows, MOST_ROWS)
    real, other = (each[:count][~np.isnan(each[:count, target])] for each in (contest.train, rows))
    design = design_of(real, target, contest.space.categories)
    compared = _compared_regressors(design, real, other)
    if not compared.any():
        return {}
    one, two = (_fitted(design, each, compared) for each in (real, other))
    apart = (two.values - one.values)[1:] / np.maximum(one.errors[1:], 1e-12)
    overlaps = np.maximum(interval_overlap(apart), 0.0)
    places = np.array(design.places)[compared]
    by_column = {
        contest.space.names[place]: round(float(overlaps[places == place].mean()), 3)
        for place in np.unique(places)
    }
    worst = dict(sorted(by_column.items(), key=lambda each: each[1])[:MOST_COLUMNS])
    return {
        "coefficient_overlap": Estimate(float(overlaps.mean()), details={"columns": worst}),
    }


def _compared_regressors(design: Design, *tables: Array) -> Flags:
    """Which are no flag that few rows of a table have."""
    kept = np.ones(len(design.places), dtype=bool)
    for rows in tables:
        regressors = design.regressors(rows)[:, 1:]
        kept &= (regressors != 0).sum(axis=0) >= FEWEST_FLAGGED
        kept &= regressors.std(axis=0) > 0
    return kept


def _fitted(design: Design, rows: Array, compared: Flags) -> Coefficients:
    regressors = design.regressors(rows)[:, np.append(True, compared)]
    truth = rows[:, design.target]
    if design.target in design.categories:
        return logistic(regressors, (truth > 0).astype(np.float64), SMALL_RIDGE)
    return least_squares(regressors, truth, SMALL_RIDGE)


MEASURES = (
    Measure(
        USE,
        {
            "coefficient_overlap": Meaning(
                "Coefficients of a regression",
                "how far the 95 % intervals of the coefficients of a regression on synthetic rows "
                "and on learned ones overlap, 0 where they lie apart, the mean over coefficients",
                "anything where columns say nearly the same, for then intervals are wide: see "
                "the floor; other real rows overlap by about 0.7",
            )
        },
        _taken,
        of_held_out_rows,
        needs_target=True,
    ),
)
