from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from app.engine.generators.numbers.quantiles import NORMAL_FILE, normal_grid, probability_grid


def test_the_file_of_normal_quantiles_is_what_scipy_computes() -> None:
    """`np.save(NORMAL_FILE, ndtri(probability_grid()))` makes it anew for another grid."""
    assert NORMAL_FILE.is_file()
    assert np.array_equal(normal_grid(), ndtri(probability_grid()))
