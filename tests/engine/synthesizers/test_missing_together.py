"""Cells that are missing together in the source are missing together in what is drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

import tablesmith as ts

ROWS, DRAWN = 1_000, 20_000


Make = Callable[[np.random.Generator], dict[str, NDArray[Any]]]


def numbers(rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    return {"first": rng.normal(size=ROWS).round(2), "second": rng.normal(size=ROWS).round(2)}


def labels(rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    letters = {"first": list("abcdefgh"), "second": list("pqrstuvwxyz")}
    return {name: rng.choice(each, ROWS).astype(object) for name, each in letters.items()}


@pytest.mark.parametrize("make", [numbers, labels])
def test_cells_are_missing_together(make: Make) -> None:
    rng = np.random.default_rng(3)
    missing = rng.random(ROWS) < 0.2
    table = pd.DataFrame(make(rng)).mask(missing[:, None] & np.ones((1, 2), bool))
    table["other"] = rng.choice(list("uvw"), ROWS)
    model = ts.fit(table, seed=1, holdout=0)
    drawn = model.sample(DRAWN, seed=5, progress=False).to_pandas().isna()
    share, error = missing.mean(), 4 * np.sqrt(0.16 / DRAWN)
    assert drawn["first"].mean() == pytest.approx(share, abs=error)
    assert drawn["second"].mean() == pytest.approx(share, abs=error)
    assert (drawn["first"] ^ drawn["second"]).mean() < 0.004
