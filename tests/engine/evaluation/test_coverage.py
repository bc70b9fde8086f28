"""Intervals of 90 % hold a known truth in 85 to 95 % of 200 samples, whatever they are of."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np
import pytest

from app.engine.evaluation.intervals import (
    Interval,
    auc_interval,
    bootstrap_interval,
    jackknife_interval,
    mean_interval,
    share_interval,
)
from app.engine.evaluation.metrics.auc import auc

RUNS = 200
NARROWER = NormalDist().inv_cdf(0.95) / NormalDist().inv_cdf(0.975)
Sample = Callable[[np.random.Generator], tuple[float, Interval | None]]


def share(rng: np.random.Generator) -> tuple[float, Interval | None]:
    found = float((rng.random(400) < 0.3).mean())
    return found, share_interval(found, 400)


def area(rng: np.random.Generator) -> tuple[float, Interval | None]:
    positive = np.arange(400) < 200
    found = auc(positive, rng.normal(size=400) + positive)
    assert found is not None
    return found, auc_interval(found, 200, 200)


def mean(rng: np.random.Generator) -> tuple[float, Interval | None]:
    values = rng.gamma(2.0, 1.0, 400)
    return float(values.mean()), mean_interval(values)


def drawn_again(rng: np.random.Generator) -> tuple[float, Interval | None]:
    values = rng.gamma(2.0, 1.0, 400)
    interval = bootstrap_interval(lambda rows: float(values[rows].mean()), 400, rng)
    return float(values.mean()), interval


def left_out(rng: np.random.Generator) -> tuple[float, Interval | None]:
    groups = rng.gamma(2.0, 1.0, (20, 20))
    others = np.array([np.delete(groups, each, axis=0).mean() for each in range(20)])
    return float(groups.mean()), jackknife_interval(float(groups.mean()), others)


@pytest.mark.parametrize(
    ("sample", "truth"),
    [
        (share, 0.3),
        (area, NormalDist().cdf(math.sqrt(0.5))),
        (mean, 2.0),
        (drawn_again, 2.0),
        (left_out, 2.0),
    ],
)
def test_intervals_hold_a_known_truth_as_often_as_they_say(sample: Sample, truth: float) -> None:
    rng, held = np.random.default_rng(31), 0
    for _ in range(RUNS):
        value, interval = sample(rng)
        assert interval is not None
        low, high = (value + (end - value) * NARROWER for end in (interval.low, interval.high))
        held += low <= truth <= high
    assert 0.85 <= held / RUNS <= 0.95
