"""Rows of a second parent are referred to as often as was drawn for them."""

from __future__ import annotations

import numpy as np

from app.engine.plan.several.referring import Referred, referred_rows
from app.engine.seeds import Stream
from app.engine.synthesizers.table import MISSING


def test_each_row_of_a_group_is_referred_to_as_often_as_its_weight_says() -> None:
    rng = np.random.default_rng(1)
    codes, counts = rng.integers(0, 3, 600), rng.integers(0, 3, 600)
    weights = np.bincount(codes, counts)
    asked = np.repeat(np.arange(3), (weights * 1.1).astype(int))
    rows = referred_rows(Referred.of(codes, counts), rng.permutation(asked), Stream(1))
    found, wanted = np.bincount(rows, minlength=600), counts * 1.1
    assert np.abs(found - wanted).max() < 1.02  # rounded up or down, and no further
    assert found[counts == 0].sum() <= 3


def test_rows_refer_to_their_group_or_to_none() -> None:
    referred = Referred.of(np.array([0, 1, 1]), np.array([1, 1, 1]))
    rows = referred_rows(referred, np.array([1, MISSING, 0, 1]), Stream(2))
    assert rows[1] == MISSING and rows[2] == 0 and sorted(rows[[0, 3]].tolist()) == [1, 2]
