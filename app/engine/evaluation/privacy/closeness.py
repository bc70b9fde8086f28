"""Whether synthetic rows lie closer to the rows that were learned than to rows that were not."""

from __future__ import annotations

import numpy as np

from app.engine.evaluation.metrics.auc import auc
from app.engine.evaluation.privacy.nearest import Points, nearest_distances
from app.engine.evaluation.row_space import Hashes


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
