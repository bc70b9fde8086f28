"""How near single columns, pairs and triples of synthetic rows come to the real ones."""

from __future__ import annotations

import math

from app.engine.evaluation.contest import Contest
from app.engine.evaluation.fidelity.cell_counts import (
    chosen_combinations,
    mean_statistics,
    total_variations,
)
from app.engine.evaluation.fidelity.cells import row_cells
from app.engine.evaluation.measure import LIKENESS, Estimate, Estimates, Meaning, Measure
from app.engine.evaluation.row_space import Array
from app.engine.seeds import Stream

MOST_COMBINATIONS = 300  # of columns, drawn where there are more
MOST_ROWS = 20_000  # of each table, as many of the one as of the other


def _taken(contest: Contest, rows: Array) -> Estimates:
    count = min(contest.compared_rows, MOST_ROWS)
    real, other = (row_cells(contest.space, each[:count]) for each in (contest.holdout, rows))
    found = {}
    for size, name in enumerate(("column_distance", "pair_distance", "triple_distance"), 1):
        stream = Stream(contest.seed, ("combinations", size))
        places = chosen_combinations(real.shape[1], size, MOST_COMBINATIONS, stream)
        [mean] = mean_statistics(real, other, places, (total_variations,))
        if math.isfinite(mean.value):
            found[name] = Estimate(mean.value, mean.interval)
    return found


DISTANCE = "half the sum of the differences of shares over the cells of {}, its mean over {}"

MEASURES = (
    Measure(
        LIKENESS,
        {
            "column_distance": Meaning(
                "Columns, distance",
                DISTANCE.format("a column", "all columns"),
                "anything of how columns go together, or of what goes on inside a cell",
                0.0,
            ),
            "pair_distance": Meaning(
                "Pairs, distance",
                DISTANCE.format("two columns", "pairs"),
                "what takes more than two columns to see",
                0.0,
            ),
            "triple_distance": Meaning(
                "Triples, distance",
                DISTANCE.format("three columns", "triples"),
                "what takes more than three columns to see; cells with few rows differ by chance: "
                "see the ceiling",
                0.0,
            ),
        },
        _taken,
    ),
)
