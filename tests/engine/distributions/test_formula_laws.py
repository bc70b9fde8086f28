"""Laws that formulas give are those of scipy to the last bit: the bytes of data rest on them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from app.engine.distributions import FAMILIES
from app.engine.distributions.shared.formula_laws import ContinuousLaw, DiscreteLaw
from app.engine.generators.numbers.quantiles import continuous_quantiles, probability_grid

SHAPES = (0.01, 0.3, 0.5, 1.0, 1.5, 2.0, 3.0, 7.25, 400.0)
SCALES = ({}, {"loc": -3.5, "scale": 0.25}, {"loc": 1e9, "scale": 1e-3}, {"scale": 1e150})
PROBABILITIES = np.concatenate([[-0.1, 1.1, np.nan], probability_grid(), np.linspace(0, 1, 2001)])
COUNTS = np.concatenate([np.arange(-2.0, 60.0), [0.5, 3.7, 1e3, 1e6, np.inf, -np.inf]])

CONTINUOUS = [
    *[
        ("lognormal", {"mean": mean, "std": std}, stats.lognorm(s=std, scale=np.exp(mean)))
        for mean, std in [(0, 1), (4.6, 0.4), (-30, 3), (700, 0.01), (0, 40), (0, 1e-9)]
    ],
    *[("exponential", scaling, stats.expon(**scaling)) for scaling in SCALES],
    *[
        (name, {key: shape, **scaling}, law(shape, **scaling))
        for name, key, law in [
            ("gamma", "a", stats.gamma),
            ("weibull", "c", stats.weibull_min),
            ("pareto", "b", stats.pareto),
            ("student_t", "df", stats.t),
        ]
        for shape in SHAPES
        for scaling in SCALES
    ],
    *[
        ("triangular", {"c": c, **scaling}, stats.triang(c, **scaling))
        for c in (0.0, 0.2, 0.5, 1.0)
        for scaling in SCALES
    ],
]
DISCRETE = [
    *[("poisson", {"mean": mean}, stats.poisson(mean)) for mean in (1e-3, 0.5, 2.4, 40, 1e4, 1e9)],
    *[("geometric", {"p": p}, stats.geom(p)) for p in (1e-9, 0.01, 0.15, 0.5, 0.9, 1.0)],
]

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def _is_same(found: Any, expected: Any) -> bool:
    return np.array_equal(np.asarray(found), np.asarray(expected), equal_nan=True)


@pytest.mark.parametrize(("family", "parameters", "expected"), CONTINUOUS)
def test_continuous_laws(family: str, parameters: dict[str, float], expected: Any) -> None:
    law = FAMILIES[family](**parameters).law()
    assert isinstance(law, ContinuousLaw)
    values = expected.ppf(PROBABILITIES)
    assert _is_same(law.ppf(PROBABILITIES), values)
    ends = [np.nan, -np.inf, np.inf, *expected.support()]
    around = np.concatenate([values, np.nextafter(values, np.inf), ends])
    assert _is_same(law.cdf(around), expected.cdf(around))
    assert _is_same(law.sf(around), expected.sf(around))
    _same_moments(law, expected)


@pytest.mark.parametrize(("family", "parameters", "expected"), DISCRETE)
def test_discrete_laws(family: str, parameters: dict[str, float], expected: Any) -> None:
    law = FAMILIES[family](**parameters).law()
    assert isinstance(law, DiscreteLaw)
    values = expected.ppf(PROBABILITIES)
    assert _is_same(law.ppf(PROBABILITIES), values)
    around = np.concatenate([values, values + 1, COUNTS])
    assert _is_same(law.pmf(around), expected.pmf(around))
    assert _is_same(law.pmf(COUNTS[4:40]), expected.pmf(COUNTS[4:40]))
    assert _is_same(law.cdf(around), expected.cdf(around))
    assert _is_same(law.sf(around), expected.sf(around))
    _same_moments(law, expected)


@pytest.mark.parametrize("a", SHAPES)
@pytest.mark.parametrize("b", [0.5, 1.0, 5.0])
@pytest.mark.parametrize("scaling", SCALES[:2])
def test_the_beta_law(a: float, b: float, scaling: dict[str, float]) -> None:
    """Its quantiles come from a function beside that of `scipy.stats`: the tables are the same."""
    expected = stats.beta(a, b, **scaling)
    law = FAMILIES["beta"](a=a, b=b, **scaling).law()
    grid = probability_grid()
    tables = [continuous_quantiles(each.ppf(grid), law.std()) for each in (law, expected)]
    assert _is_same(tables[0].values, tables[1].values)
    values = expected.ppf(PROBABILITIES)
    assert _is_same(law.cdf(values), expected.cdf(values))
    assert _is_same(law.sf(values), expected.sf(values))
    _same_moments(law, expected)


def _same_moments(law: ContinuousLaw | DiscreteLaw, expected: Any) -> None:
    assert law.support() == expected.support()
    std = float(expected.std())
    assert np.isfinite(law.std()) == np.isfinite(std)
    assert not np.isfinite(std) or law.std() == pytest.approx(std, rel=1e-15)


def test_a_scale_that_vanishes_leaves_no_numbers() -> None:
    law = FAMILIES["lognormal"](mean=-800, std=1).law()
    values = np.array([0.0, 0.5, 1.0])
    assert np.isnan([*law.ppf(values), *law.cdf(values), *law.sf(values)]).all()


def test_single_values_come_as_single_values() -> None:
    law = FAMILIES["exponential"]().law()
    assert float(law.ppf(0.5)) == float(stats.expon().ppf(0.5))
    assert float(law.cdf(2)) + float(law.sf(2)) == pytest.approx(1.0)
