"""Several copies combined: published figures, hand-computed ones, and intervals that hold."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from app.engine.errors import DefinitionError
from app.engine.evaluation.utility.fits import combine
from tests.engine.evaluation.oracles import ORACLES


@pytest.mark.parametrize(("error", "published"), ORACLES["published_standard_errors"])
def test_standard_errors_of_one_copy_are_the_published_ones(error: float, published: float) -> None:
    found = combine([0.0], [error**2])
    assert math.sqrt(found.variance) == pytest.approx(published, abs=1e-5)
    drawn = combine([0.0], [error**2], proper=True)
    assert math.sqrt(drawn.variance) == pytest.approx(error * math.sqrt(3.0))
    assert found.high == pytest.approx(1.959964 * math.sqrt(found.variance), abs=1e-6)


@pytest.mark.parametrize(("error", "published"), ORACLES["published_errors_of_the_rows"])
def test_of_ever_more_copies_the_error_of_the_real_rows_is_left(
    error: float, published: float
) -> None:
    copies = 200_000
    found = combine([0.0] * copies, [error**2] * copies, rows=500, real_rows=5_000)
    assert math.sqrt(found.variance) == pytest.approx(published, abs=1.5e-5)


def test_rules_come_to_what_a_hand_computes() -> None:
    """Mean 2, mean variance 0.5, variance between copies 1."""
    estimates, variances = [1.0, 2.0, 3.0], [0.4, 0.5, 0.6]
    raab = combine(estimates, variances, rows=50, real_rows=100)
    assert (raab.estimate, raab.degrees_of_freedom) == (2.0, math.inf)
    assert raab.variance == pytest.approx(0.5 * (1 / 2 + 1 / 3))
    proper = combine(estimates, variances, rows=50, real_rows=100, proper=True)
    assert proper.variance == pytest.approx(0.5 * (1 / 2 + 1.5 / 3))
    partial = combine(estimates, variances, rule="reiter")
    assert partial.variance == pytest.approx(1 / 3 + 0.5)
    assert partial.degrees_of_freedom == pytest.approx(2 * (1 + 3 * 0.5 / 1) ** 2)
    whole = combine(estimates, variances, rule="raghunathan")
    assert whole.variance == pytest.approx(4 / 3 - 0.5)
    assert whole.degrees_of_freedom == pytest.approx(2 * (1 - 0.5 / (4 / 3)) ** 2)


def test_a_variance_below_zero_is_replaced() -> None:
    found = combine([1.0, 1.0, 1.1], [0.5] * 3, rule="raghunathan", rows=10, real_rows=20)
    assert (found.variance, found.degrees_of_freedom) == (pytest.approx(0.25), math.inf)


def coverage(rule: str, copies: int) -> float:
    """Share of 1,500 intervals that hold the mean: of rows whose model's mean was drawn from its
    posterior."""
    rng, rows, held = np.random.default_rng(8), 60, 0
    for _ in range(1_500):
        learned = rng.normal(5.0, 1.0, rows).mean()
        drawn = learned + rng.normal(0.0, rows**-0.5, copies)
        made = rng.normal(drawn, 1.0, (rows, copies))
        found = combine(
            made.mean(axis=0).tolist(),
            (made.var(axis=0, ddof=1) / rows).tolist(),
            rule=rule,
            proper=True,
        )
        held += found.low <= 5.0 <= found.high
    return held / 1_500


@pytest.mark.parametrize(
    ("rule", "copies"), [("raab", 12), ("reiter", 12), ("raghunathan", 100)]
)  # fmt: skip
def test_intervals_hold_the_truth_of_most_samples(rule: str, copies: int) -> None:
    """95 % within 3 standard errors of 1,500 draws."""
    assert coverage(rule, copies) == pytest.approx(0.95, abs=0.017)


def test_the_rule_of_whole_populations_is_wide_with_few_copies() -> None:
    assert coverage("raghunathan", 12) > 0.97


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({"rule": "rubin"}, "rule"),
        ({"rule": ["raab"]}, "rule"),
        ({"estimates": []}, "estimates"),
        ({"variances": [1.0]}, "variances"),
        ({"variances": [1.0, -1.0]}, "variances"),
        ({"rule": "reiter", "estimates": [1.0], "variances": [1.0]}, "estimates"),
        ({"rows": 10}, "rows"),
        ({"rows": 0, "real_rows": 10}, "rows"),
    ],
)
def test_what_leaves_it_open_is_refused(asked: dict[str, Any], path: str) -> None:
    given: dict[str, Any] = {"estimates": [1.0, 2.0], "variances": [1.0, 1.0], **asked}
    with pytest.raises(DefinitionError) as refused:
        combine(given.pop("estimates"), given.pop("variances"), **given)
    assert path in {fault.path for fault in refused.value.faults}


class Results:
    """What statsmodels gives, as far as it is read."""

    def __init__(self, params: Any, bse: Any) -> None:
        self.params, self.bse = params, bse


def test_fits_are_combined_coefficient_by_coefficient() -> None:
    names = ["Intercept", "age"]
    fits = [
        Results(pd.Series([a, b], names), pd.Series([0.5, 0.2], names))
        for a, b in ((1.0, 4.0), (2.0, 5.0), (3.0, 9.0))
    ]
    found = combine(fits, rule="reiter")
    assert list(found) == names
    assert found["Intercept"] == combine([1.0, 2.0, 3.0], [0.25] * 3, rule="reiter")
    assert found["age"] == combine([4.0, 5.0, 9.0], [0.2**2] * 3, rule="reiter")
    arrays = combine([Results(np.array([1.0, 4.0]), np.array([0.5, 0.2]))] * 2)
    assert list(arrays) == ["0", "1"]
    named = combine([{"mean": (1.0, 0.25)}, {"mean": (2.0, 0.25)}], rows=50, real_rows=100)
    assert named == {"mean": combine([1.0, 2.0], [0.25] * 2, rows=50, real_rows=100)}


@pytest.mark.parametrize(
    ("fits", "path"),
    [
        ([], "estimates"),
        ({"mean": (1.0, 0.25)}, "estimates"),
        ([1.0, 2.0], "estimates.0"),
        ([{"mean": (1.0, 0.25)}, {"mean": 2.0}], "estimates.1"),
        ([{"a": (1.0, 0.25)}, {"b": (1.0, 0.25)}], "estimates.1"),
        ([Results([1.0, 2.0], [0.5])], "estimates.0"),
        ([Results([1.0], [math.nan])], "variances"),
    ],
)
def test_what_is_no_fit_is_refused(fits: Any, path: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        combine(fits)
    assert path in {fault.path for fault in refused.value.faults}
