"""Intervals hold the truth about as often as they say."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray

from app.engine.evaluation.intervals import (
    Interval,
    auc_interval,
    bootstrap_interval,
    jackknife_interval,
    mean_interval,
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
    lie = 0
    for _ in range(200):
        scores = np.concatenate([rng.normal(1, 1, 60), rng.normal(0, 1, 80)])
        found = auc(np.arange(140) < 60, scores)
        assert found is not None
        interval = auc_interval(found, 60, 80)
        lie += interval.low <= truth <= interval.high
    assert lie >= 180


RUNS = 200


def held(intervals: Iterable[Interval | None], truth: float) -> float:
    """The share of intervals that hold the truth."""
    found = [each is not None and each.low <= truth <= each.high for each in intervals]
    assert len(found) == RUNS
    return float(np.mean(found))


def shares() -> Iterator[Interval]:
    rng = np.random.default_rng(3)
    for _ in range(RUNS):
        yield share_interval(rng.binomial(150, 0.2) / 150, 150)


def means() -> Iterator[Interval]:
    rng = np.random.default_rng(4)
    for _ in range(RUNS):
        yield mean_interval(rng.exponential(0.2, 150))


def bootstraps() -> Iterator[Interval | None]:
    rng = np.random.default_rng(5)
    for _ in range(RUNS):
        values = rng.exponential(0.2, 150)
        yield bootstrap_interval(partial(mean_of, values), 150, rng)


def jackknives() -> Iterator[Interval | None]:
    rng, groups = np.random.default_rng(6), np.arange(150) % 10
    for _ in range(RUNS):
        values = rng.exponential(0.2, 150)
        left = np.array([values[groups != each].mean() for each in range(10)])
        yield jackknife_interval(float(values.mean()), left)


def mean_of(values: NDArray[np.float64], rows: NDArray[np.intp]) -> float:
    return float(values[rows].mean())


@pytest.mark.parametrize("intervals", [shares, means, bootstraps, jackknives])
def test_intervals_hold_the_truth_in_about_95_of_100_samples(
    intervals: Callable[[], Iterator[Interval | None]],
) -> None:
    assert 0.85 <= held(intervals(), 0.2) <= 0.985


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
