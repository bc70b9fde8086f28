"""The one model that every judgement is made with: boosted trees of LightGBM (Ke et al. 2017).

Its settings are LightGBM's own, on one thread and deterministic, so that a figure can be made
again on another machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ROUNDS = 100
PARAMETERS: dict[str, Any] = {
    "deterministic": True,
    "force_col_wise": True,
    "num_threads": 1,
    "seed": 0,
    "verbosity": -1,
}


def fitted(
    values: Array,
    truth: Array,
    categories: list[int],
    labels: int,
    rounds: int = ROUNDS,
    parameters: Mapping[str, Any] | None = None,
) -> Any:
    """A booster.

    Args:
        values: shape (rows, columns), NaN where missing.
        truth: a number for each row, or the number of its label, shape (rows,).
        categories: numbers of the columns that hold labels.
        labels: how many labels `truth` has; 0 where it is a quantity.
        rounds: how many trees, of each label where there are more than two.
        parameters: of LightGBM, beside those of every model here.
    """
    import lightgbm

    data = lightgbm.Dataset(values, truth, categorical_feature=categories, free_raw_data=True)
    own = parameters or {}
    return lightgbm.train({**PARAMETERS, **_objective(labels), **own}, data, rounds)


def _objective(labels: int) -> dict[str, Any]:
    if not labels:
        return {"objective": "regression"}
    if labels == 2:
        return {"objective": "binary"}
    return {"objective": "multiclass", "num_class": labels}
