"""Intervals hold the truth about as often as they say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from app.engine.evaluation.intervals import (
    Interval,
    auc_interval,
    bootstrap_interval,
    share_interval,
)
from app.engine.evaluation.metrics.auc import auc


def test_shares_have_the_interval_of_wilson() -> None:
    none = share_interval(0.0, 10)
    assert (none.low, none.high) == (0.0, pytest.approx(0.27753, abs=1e-5))
    some = share_interval(0.24, 500)
    assert (some.low, some.high) == pytest.approx((0.20461, 0.27938), abs=2e-4)


def test_areas_under_curves_lie_in_their_intervals() -> None:
    rng = np.random.default_rng(0)
    truth = 0.5 * (1 + math.erf(0.5))  # of normal scores that lie one standard deviation apart
    held = 0
    for _ in range(200):
        scores = np.concatenate([rng.normal(1, 1, 60), rng.normal(0, 1, 80)])
        found = auc(np.arange(140) < 60, scores)
        assert found is not None
        interval = auc_interval(found, 60, 80)
        held += interval.low <= truth <= interval.high
    assert held >= 180


def test_a_bootstrap_holds_the_mean() -> None:
    values = np.random.default_rng(1).normal(3.0, 1.0, 400)
    found = bootstrap_interval(
        lambda rows: float(values[rows].mean()), len(values), np.random.default_rng(2)
    )
    assert found is not None and found.low < values.mean() < found.high
    assert found.high - found.low == pytest.approx(4 * 0.05, rel=0.2)
    assert bootstrap_interval(lambda _: None, 10, np.random.default_rng(2)) is None
    assert bootstrap_interval(lambda _: 1.0, 0, np.random.default_rng(2)) is None


@pytest.mark.parametrize(
    ("half", "decimals"), [(0.0, 4), (0.2, 2), (0.05, 3), (0.013, 3), (0.001, 4), (3.0, 1)]
)
def test_figures_have_the_decimals_that_say_something(half: float, decimals: int) -> None:
    assert Interval(0.5 - half, 0.5 + half).decimals == decimals
