"""Laws that are too wide, too narrow or too far away for the numbers that shall hold them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from app.engine.distributions.beta import Beta
from app.engine.distributions.binomial import Binomial
from app.engine.distributions.empirical import Empirical
from app.engine.distributions.gamma import Gamma
from app.engine.distributions.geometric import Geometric
from app.engine.distributions.lognormal import Lognormal
from app.engine.distributions.normal import Normal
from app.engine.distributions.pareto import Pareto
from app.engine.distributions.poisson import Poisson
from app.engine.distributions.student_t import StudentT
from app.engine.distributions.weibull import Weibull
from app.engine.distributions.zipf import Zipf, ZipfLaw
from app.engine.errors import DefinitionError
from app.engine.schema.models import NumberColumn
from tests.engine.planning import column_of, plan_of

HEAVY = {
    "lognormal": (Lognormal(std=4), stats.lognorm(4)),
    "gamma": (Gamma(a=0.1), stats.gamma(0.1)),
    "weibull": (Weibull(c=0.2), stats.weibull_min(0.2)),
    "beta": (Beta(a=0.1, b=1), stats.beta(0.1, 1)),
    "pareto": (Pareto(b=0.1), stats.pareto(0.1)),
    "student_t": (StudentT(df=0.1), stats.t(0.1)),
    "narrow": (Normal(mean=0, std=1e-20), stats.norm(0, 1e-20)),
}
WIDE = {
    "poisson": (Poisson(mean=100_000), stats.poisson(100_000)),
    "near normal": (Poisson(mean=1e12), stats.norm(1e12, 1e6)),
    "binomial": (Binomial(n=10**9, p=0.5), stats.binom(10**9, 0.5)),
    "geometric": (Geometric(p=1e-7), stats.geom(1e-7)),
    "zipf": (Zipf(a=1.3), ZipfLaw(1.3)),
}


def drawn(**keys: Any) -> np.ndarray:
    return column_of(10_000, NumberColumn(**keys)).to_numpy()


@pytest.mark.parametrize("family", HEAVY)
def test_rounding_leaves_a_law_of_many_scales_as_it_is(family: str) -> None:
    distribution, law = HEAVY[family]
    sample = drawn(type="float", distribution=distribution)
    assert stats.kstest(sample, law.cdf).statistic <= 0.001
    assert not (np.signbit(sample) & (sample == 0)).any()


@pytest.mark.parametrize("family", WIDE)
def test_counts_above_a_hundred_thousand_hold_their_law(family: str) -> None:
    distribution, law = WIDE[family]
    sample = drawn(type="int", distribution=distribution)
    points = np.unique(sample)
    empirical = np.searchsorted(np.sort(sample), points, side="right") / len(sample)
    assert np.abs(empirical - law.cdf(points + 0.0)).max() <= 0.001


def test_many_counts_are_truncated_where_told() -> None:
    law, ends = Geometric(p=1e-7), {"min": 5_000_000, "max": 20_000_000}
    sample = drawn(type="int", bounds="truncate", distribution=law, **ends)
    below = np.exp(-0.5) - np.exp(-1.0)
    share = below / (np.exp(-0.5) - np.exp(-2.0))
    assert sample.min() >= 5_000_000
    assert sample.max() <= 20_000_000
    assert (sample <= 10_000_000).mean() == pytest.approx(share, abs=0.001)


def test_counts_are_truncated_above_alone() -> None:
    law = Poisson(mean=3)
    assert drawn(type="int", max=2, bounds="truncate", distribution=law).max() == 2


def test_listed_values_are_given_as_they_are_written() -> None:
    law = Empirical(values=(1e-9, 5e6))
    assert np.unique(drawn(type="float", distribution=law)).tolist() == [1e-9, 5e6]


def test_whole_numbers_reach_the_end_of_64_bits() -> None:
    sample = drawn(type="int", min=0, max=2.0**63)
    assert sample.min() >= 0
    assert np.median(sample) == pytest.approx(2.0**62, rel=1e-3)


REFUSED: list[tuple[str, str, dict[str, Any]]] = [
    ("max", "64-bit", {"type": "int", "min": 0, "max": 1e19}),
    ("min", "too large", {"type": "float", "min": -1.7e308, "max": 1.7e308}),
    ("distribution", "64-bit", {"type": "int", "distribution": Normal(std=1e280)}),
    ("distribution", "too large", {"type": "int", "distribution": Normal(std=1e300)}),
    ("distribution", "outside", {"type": "float", "distribution": Lognormal(mean=800)}),
    ("distribution", "64-bit", {"type": "int", "distribution": Zipf(a=1.01)}),
    ("distribution", "computed", {"type": "float", "distribution": StudentT(df=0.01)}),
    ("distribution", "computed", {"type": "float", "distribution": Beta(a=0.1, b=0.1)}),
    ("", "128 apart", {"type": "int", "distribution": Normal(mean=1e18)}),
]


@pytest.mark.parametrize(("key", "says", "keys"), REFUSED)
def test_what_numbers_cannot_hold_is_refused(key: str, says: str, keys: dict[str, Any]) -> None:
    with pytest.raises(DefinitionError) as caught:
        plan_of(10, x=NumberColumn(**keys))
    (fault,) = caught.value.faults
    assert fault.path == ".".join(filter(None, ("schema.features.x", key)))
    assert says in fault.message
    assert fault.hint


def test_a_far_maximum_of_a_zipf_law_costs_no_memory() -> None:
    law = Zipf(a=1.3)
    sample = drawn(type="int", max=1e9, distribution=law)
    assert (sample == 1).mean() == pytest.approx(ZipfLaw(1.3).pmf(np.array([1.0]))[0], abs=1e-3)
    assert sample.max() == 1e9
