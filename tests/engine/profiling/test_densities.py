"""Declared densities beside those of scipy."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from app.engine.profiling.densities import Bell, family_density, mixture_density

SCIPY = {
    "normal": ({"mean": 3, "std": 2}, scipy.stats.norm(3, 2)),
    "lognormal": ({"mean": 0.5, "std": 0.4}, scipy.stats.lognorm(0.4, scale=np.exp(0.5))),
    "exponential": ({"scale": 3, "loc": 1}, scipy.stats.expon(1, 3)),
    "gamma": ({"a": 2.5, "scale": 2}, scipy.stats.gamma(2.5, scale=2)),
    "beta": ({"a": 2, "b": 5}, scipy.stats.beta(2, 5)),
    "triangular": ({"c": 0.3, "loc": 1, "scale": 4}, scipy.stats.triang(0.3, 1, 4)),
    "weibull": ({"c": 1.5, "scale": 3}, scipy.stats.weibull_min(1.5, scale=3)),
    "pareto": ({"b": 2.5}, scipy.stats.pareto(2.5)),
    "student_t": ({"df": 5}, scipy.stats.t(5)),
    "poisson": ({"mean": 3.5}, scipy.stats.poisson(3.5)),
    "binomial": ({"n": 10, "p": 0.3}, scipy.stats.binom(10, 0.3)),
    "geometric": ({"p": 0.4}, scipy.stats.geom(0.4)),
}


@pytest.mark.parametrize("family", sorted(SCIPY))
def test_declared_densities_are_scipy_s(family: str) -> None:
    parameters, law = SCIPY[family]
    found = family_density(family, parameters, None, None)
    expected = law.pmf(found.x) if found.bars else law.pdf(found.x)
    assert len(found.x) > 3
    assert found.y == pytest.approx(list(expected), abs=1e-9)


def test_a_mixture_is_the_sum_of_its_parts() -> None:
    found = mixture_density([Bell(30, 5, 0.7), Bell(90, 5)], None, None)
    law = 0.7 * scipy.stats.norm(30, 5).pdf(found.x) + 0.3 * scipy.stats.norm(90, 5).pdf(found.x)
    assert found.y == pytest.approx(list(law))


@pytest.mark.parametrize(("name", "error"), [("no such name", KeyError), ("gamma", ValueError)])
def test_what_is_no_distribution_has_no_density(name: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        family_density(name, {}, None, None)
