"""How small a random sample of the real rows would be as far from them as the synthetic rows."""

from __future__ import annotations

import numpy as np

from app.engine.evaluation.contest import Contest
from app.engine.evaluation.fidelity.cell_counts import (
    Places,
    chosen_combinations,
    mean_statistics,
    prefix_counts,
    total_variations,
)
from app.engine.evaluation.fidelity.cells import Cells, row_cells
from app.engine.evaluation.intervals import Interval
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
FEWEST_ROWS = 10
STEPS = 24  # sizes of samples that are tried


def subsample_share(distance: float, shares: Array, distances: Array) -> float:
    """The share of the rows that a random sample of them has at a distance.

    Args:
        shares: ascending, to 1, shape (sizes,).
        distances: of samples of these shares, shape (sizes,).
    """
    falling = np.minimum.accumulate(distances)[::-1]
    return float(np.exp(np.interp(distance, falling, np.log(shares)[::-1])))


def sample_distances(cells: Cells, pairs: list[Places], ends: Cells) -> Array:
    """Mean distance of pairs, of the first rows up to each end to all of them; shape (ends,)."""
    found = []
    for places in pairs:
        counts = prefix_counts(cells, places, ends)
        found.append(total_variations(counts[-1:], counts))
    return np.asarray(np.mean(found, axis=0))


def _taken(contest: Contest, rows: Array) -> Estimates:
    """The training rows are the real ones: they are what synthetic rows were to be like."""
    real, other = (row_cells(contest.space, each) for each in (contest.train, rows))
    columns, count = real.shape[1], len(real)
    pairs = chosen_combinations(columns, 2, MOST_PAIRS, Stream(contest.seed, ("subsample",)))
    ends = np.unique(np.geomspace(min(FEWEST_ROWS, count), count, STEPS).round().astype(np.intp))
    [found] = mean_statistics(real, other, pairs or [(0,)], (total_variations,))
    distances = sample_distances(real, pairs or [(0,)], ends)

    def share(distance: float) -> float:
        return subsample_share(distance, ends / count, distances)

    value, own = share(found.value), found.interval
    interval = None if own is None else Interval(share(own.high), share(own.low))
    return {"subsample_share": Estimate(value, interval, _sentence(value))}


def _sentence(share: float) -> str:
    return f"As close as a random {100 * share:.2g} % subsample of the real rows would be."


MEASURES = (
    Measure(
        LIKENESS,
        {
            "subsample_share": Meaning(
                "As a sample of the real rows",
                "the share of the learned rows that a random sample of them would need to be as "
                "near to them all in pairs of columns as the synthetic rows are",
                "whether it is the same in each pair: it is a mean",
                1.0,
            )
        },
        _taken,
        of_held_out_rows,
    ),
)
