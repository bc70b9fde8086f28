"""The error of propensity scores over pairs of columns, beside what chance makes of it."""

from __future__ import annotations

import math

from app.engine.evaluation.contest import Contest
from app.engine.evaluation.fidelity.cell_counts import (
    chosen_combinations,
    mean_statistics,
    propensity_errors,
    propensity_ratios,
)
from app.engine.evaluation.fidelity.cells import row_cells
from app.engine.evaluation.measure import (
    LIKENESS,
    Estimate,
    Estimates,
    Meaning,
    Measure,
    of_held_out_rows,
)
from app.engine.evaluation.row_space import Array
from app.engine.seeds import Stream

MOST_PAIRS = 300  # drawn where there are more


def _taken(contest: Contest, rows: Array) -> Estimates:
    """The training rows are the real ones: the expectation is that of rows drawn from what they
    show."""
    real = row_cells(contest.space, contest.train)
    other = row_cells(contest.space, rows[: contest.compared_rows])
    stream = Stream(contest.seed, ("propensity",))
    pairs = chosen_combinations(real.shape[1], 2, MOST_PAIRS, stream)
    error, ratio = mean_statistics(real, other, pairs, (propensity_errors, propensity_ratios))
    if not math.isfinite(ratio.value):
        return {}
    note = f"Of {len(other):,} synthetic rows; the pMSE itself is {error.value:.2g}."
    return {"pmse_ratio": Estimate(ratio.value, ratio.interval, note)}


MEASURES = (
    Measure(
        LIKENESS,
        {
            "pmse_ratio": Meaning(
                "pMSE of pairs, ratio",
                "the mean squared error of the propensity score over the cells of two columns "
                "beside its expectation (S_pMSE), the mean over pairs: 1 is chance alone, of rows "
                "drawn from what the learned ones show; other real rows come to more",
                "the size of a difference by itself: the more rows, the larger the ratio",
                1.0,
            )
        },
        _taken,
        of_held_out_rows,
    ),
)
