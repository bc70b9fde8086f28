from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from app.engine.distributions.beta import Beta
from app.engine.distributions.binomial import Binomial
from app.engine.distributions.constant import Constant
from app.engine.distributions.empirical import Empirical
from app.engine.distributions.exponential import Exponential
from app.engine.distributions.gamma import Gamma
from app.engine.distributions.geometric import Geometric
from app.engine.distributions.lognormal import Lognormal
from app.engine.distributions.normal import Normal
from app.engine.distributions.pareto import Pareto
from app.engine.distributions.poisson import Poisson
from app.engine.distributions.student_t import StudentT
from app.engine.distributions.triangular import Triangular
from app.engine.distributions.uniform import Uniform
from app.engine.distributions.weibull import Weibull
from app.engine.distributions.zipf import Zipf
from app.engine.errors import DefinitionError
from app.engine.schema.models import NumberColumn
from tests.engine.planning import SEVERAL_BLOCKS, buckets, column_of, plan_of

CONTINUOUS = {
    "normal": (Normal(mean=5, std=3), stats.norm(5, 3)),
    "uniform": (Uniform(min=-2, max=7), stats.uniform(-2, 9)),
    "lognormal": (Lognormal(mean=1, std=0.5), stats.lognorm(0.5, scale=np.e)),
    "exponential": (Exponential(scale=30), stats.expon(0, 30)),
    "gamma": (Gamma(a=0.7, scale=2), stats.gamma(0.7, scale=2)),
    "beta": (Beta(a=0.5, b=2), stats.beta(0.5, 2)),
    "triangular": (Triangular(c=0.2, loc=1, scale=4), stats.triang(0.2, 1, 4)),
    "weibull": (Weibull(c=1.5, scale=3), stats.weibull_min(1.5, scale=3)),
    "pareto": (Pareto(b=2.5), stats.pareto(2.5)),
    "student_t": (StudentT(df=3), stats.t(3)),
}
DISCRETE = {
    "poisson": (Poisson(mean=3.5), stats.poisson(3.5)),
    "binomial": (Binomial(n=12, p=0.3), stats.binom(12, 0.3)),
    "geometric": (Geometric(p=0.4), stats.geom(0.4)),
    "zipf": (Zipf(a=2.5), stats.zipf(2.5)),
}


def numbers(rows: int, column: NumberColumn, sampling: str = "exact") -> np.ndarray:
    return column_of(rows, column, sampling).drop_null().to_numpy()


def largest_gap(sample: np.ndarray, cdf: np.ndarray, points: np.ndarray) -> float:
    """Kolmogorov-Smirnov distance to a law of atoms at `points`."""
    empirical = np.searchsorted(np.sort(sample), points, side="right") / len(sample)
    return float(np.abs(empirical - cdf).max())


@pytest.mark.parametrize("rows", [1_000, 10_000, SEVERAL_BLOCKS])
@pytest.mark.parametrize("family", CONTINUOUS)
def test_exact_sampling_holds_a_continuous_distribution(family: str, rows: int) -> None:
    distribution, law = CONTINUOUS[family]
    sample = numbers(rows, NumberColumn(type="float", decimals=9, distribution=distribution))
    assert stats.kstest(sample, law.cdf).statistic <= (0.02 if rows < 10_000 else 0.005)


@pytest.mark.parametrize("rows", [1_000, 10_000, SEVERAL_BLOCKS])
@pytest.mark.parametrize("family", DISCRETE)
def test_exact_sampling_holds_a_discrete_distribution(family: str, rows: int) -> None:
    distribution, law = DISCRETE[family]
    sample = numbers(rows, NumberColumn(type="int", distribution=distribution))
    points = np.unique(sample)
    gap = largest_gap(sample, law.cdf(points), points)
    assert gap <= (0.02 if rows < 10_000 else 0.005)


def test_random_sampling_varies_as_independent_draws_do() -> None:
    column = NumberColumn(type="float", distribution=Normal())
    exact = stats.kstest(numbers(10_000, column), stats.norm.cdf).statistic
    independent = stats.kstest(numbers(10_000, column, "random"), stats.norm.cdf).statistic
    assert exact < 0.001 < independent < 0.02


def test_moments_of_a_normal_column_are_the_declared_ones() -> None:
    column = NumberColumn(type="float", distribution=Normal(mean=100, std=15))
    sample = numbers(SEVERAL_BLOCKS, column)
    assert sample.mean() == pytest.approx(100, abs=0.01)
    assert sample.std() == pytest.approx(15, abs=0.02)


def test_clipping_moves_the_mass_to_the_bound_and_warns() -> None:
    column = NumberColumn(type="int", min=0, max=5000, buckets=buckets((-40, 20, 1)))
    plan = plan_of(100_000, x=column)
    assert "97.7% of the mass" in plan.warnings[0].message
    sample = numbers(100_000, column)
    assert (sample == 0).mean() == pytest.approx(stats.norm(-40, 20).cdf(0.5), abs=1e-4)


def test_truncation_draws_between_the_bounds_without_piling_up() -> None:
    law = Normal(mean=0, std=1)
    column = NumberColumn(
        type="float", min=0.5, max=2, bounds="truncate", distribution=law, decimals=6
    )
    sample = numbers(10_000, column)
    truncated = stats.truncnorm(0.5, 2)
    assert sample.min() >= 0.5
    assert sample.max() <= 2
    assert stats.kstest(sample, truncated.cdf).statistic <= 0.005


def test_truncation_to_no_mass_is_refused() -> None:
    law = Normal(mean=0, std=1)
    column = NumberColumn(type="float", min=50, max=60, bounds="truncate", distribution=law)
    with pytest.raises(DefinitionError, match="no mass between 50 and 60"):
        plan_of(10, x=column)


def test_buckets_hold_their_share_exactly() -> None:
    parts = buckets((-100, 1, 0.3), (0, 1, 0.2), (100, 1, 0.5))
    sample = numbers(200_003, NumberColumn(type="float", buckets=parts))
    counts = np.histogram(sample, bins=[-150, -50, 50, 150])[0]
    assert np.abs(counts - 200_003 * np.array([0.3, 0.2, 0.5])).max() < 1


def test_missing_values_are_counted_exactly_and_leave_the_margin() -> None:
    column = NumberColumn(type="float", distribution=Normal(), missing=0.123)
    array = column_of(10_000, column)
    assert array.null_count == 1230
    assert stats.kstest(array.drop_null().to_numpy(), stats.norm.cdf).statistic <= 0.005


def test_decimals_round_inside_the_bounds() -> None:
    column = NumberColumn(type="float", min=0.005, max=0.995, decimals=2)
    sample = numbers(5_000, column)
    assert sample.min() == 0.01
    assert sample.max() == 0.99
    assert (sample == np.round(sample, 2)).all()


def test_floats_carry_about_six_significant_digits_unless_told() -> None:
    sample = numbers(100, NumberColumn(type="float", buckets=buckets((0, 5, 1))))
    assert (sample == np.round(sample, 6)).all()
    assert not (sample == np.round(sample, 4)).all()


def test_bounds_without_room_for_a_number_are_refused() -> None:
    with pytest.raises(DefinitionError, match="no number with 0 decimals"):
        plan_of(10, x=NumberColumn(type="float", min=0.2, max=0.8, decimals=0))


def test_uniform_whole_numbers_are_all_equally_frequent() -> None:
    sample = numbers(100_000, NumberColumn(type="int", min=1, max=10))
    assert np.bincount(sample)[1:].tolist() == pytest.approx([10_000] * 10, abs=3)


@pytest.mark.parametrize("bounds", ["clip", "truncate"])
def test_bounds_of_uniform_whole_numbers_move_nothing(bounds: str) -> None:
    column = NumberColumn.model_validate({"type": "int", "min": 1, "max": 6, "bounds": bounds})
    plan = plan_of(6000, x=column)
    values = plan.tables[0].block(0).column("x").to_numpy()
    assert np.bincount(values).tolist() == [0, 1000, 1000, 1000, 1000, 1000, 1000]
    assert plan.warnings == ()


@pytest.mark.parametrize("rows", [1, 1_000, 200_003])
def test_unique_whole_numbers_fill_their_range(rows: int) -> None:
    sample = numbers(rows, NumberColumn(type="int", min=1, max=rows, unique=True))
    assert sorted(sample.tolist()) == list(range(1, rows + 1))


def test_unique_numbers_of_a_distribution_differ_and_hold_it() -> None:
    law = Normal(mean=0, std=1e6)
    sample = numbers(100_000, NumberColumn(type="int", distribution=law, unique=True))
    assert len(np.unique(sample)) == 100_000
    assert stats.kstest(sample, stats.norm(0, 1e6).cdf).statistic <= 0.005


def test_more_unique_numbers_than_there_are_is_refused() -> None:
    with pytest.raises(DefinitionError, match="1,001 rows of this column cannot all be different"):
        plan_of(1_001, x=NumberColumn(type="int", min=1, max=1_000, unique=True))


def test_empirical_values_keep_their_weights() -> None:
    law = Empirical(values=(1, 5, 9), weights=(1, 2, 1))
    sample = numbers(4_000, NumberColumn(type="float", distribution=law))
    assert np.unique(sample, return_counts=True)[1].tolist() == [1000, 2000, 1000]


def test_empirical_quantiles_are_joined_by_straight_lines() -> None:
    law = Empirical(quantiles=(0, 10, 100))
    sample = numbers(10_000, NumberColumn(type="float", distribution=law))
    assert np.quantile(sample, [0.25, 0.5, 0.75]) == pytest.approx([5, 10, 55], abs=0.1)


def test_a_tail_beyond_64_bits_needs_a_maximum() -> None:
    heavy = Zipf(a=1.1)
    with pytest.raises(DefinitionError, match=r"1\.20% of the distribution lies outside of the 64"):
        plan_of(10, x=NumberColumn(type="int", distribution=heavy))
    assert numbers(1000, NumberColumn(type="int", max=50, distribution=heavy)).max() == 50


UNIQUE = {
    "nearly full": (10_000, {"type": "float", "min": 0, "max": 1, "decimals": 4}),
    "full": (10_001, {"type": "float", "min": 0, "max": 1, "decimals": 4}),
    "full but for nulls": (1_000, {"type": "int", "min": 1, "max": 900, "missing": 0.1}),
    "blocks with nulls": (200_000, {"type": "int", "min": 1, "max": 180_000, "missing": 0.1}),
    "buckets": (1_000, {"type": "int", "buckets": buckets((1000, 300, 0.5), (5000, 900, 0.5))}),
    "64 bits": (1_000, {"type": "int", "min": 0, "max": 2.0**63}),
    "tails": (10_000, {"type": "float", "distribution": StudentT(df=1)}),
    "many decimals": (1_000, {"type": "float", "min": 0, "max": 10, "decimals": 15}),
    "far from 0": (10_000, {"type": "float", "distribution": Normal(mean=1e6)}),
}


@pytest.mark.parametrize("sampling", ["exact", "random"])
@pytest.mark.parametrize("case", UNIQUE)
def test_unique_numbers_differ_in_every_row(case: str, sampling: str) -> None:
    rows, keys = UNIQUE[case]
    column = NumberColumn.model_validate({"unique": True, **keys})
    drawn = column_of(rows, column, sampling)
    sample = drawn.drop_null().to_numpy()
    assert drawn.null_count == round(rows * column.missing)
    assert len(np.unique(sample)) == len(sample) == rows - drawn.null_count
    assert column.min is None or (sample.min() >= column.min and sample.max() <= column.max)


def test_unique_numbers_of_buckets_hold_the_mixture() -> None:
    parts = buckets((1000, 300, 0.5), (5000, 900, 0.5))
    sample = numbers(1_000, NumberColumn(type="int", buckets=parts, unique=True))
    points = np.sort(sample)
    mixed = (stats.norm(1000, 300).cdf(points + 0.5) + stats.norm(5000, 900).cdf(points + 0.5)) / 2
    assert largest_gap(sample, mixed, points) <= 0.002


@pytest.mark.parametrize("rows", [15_000, 20_000, 26_000])
def test_unique_numbers_denser_than_their_grid_are_levelled_within_the_promise(rows: int) -> None:
    law = Normal(mean=0, std=10_000)
    sample = numbers(rows, NumberColumn(type="int", distribution=law, unique=True))
    assert len(np.unique(sample)) == rows
    points = np.sort(sample)
    assert largest_gap(sample, stats.norm(0, 10_000).cdf(points + 0.5), points) <= 0.005


@pytest.mark.parametrize(
    ("rows", "keys"),
    [
        (2, {"type": "float", "distribution": Constant(value=5)}),
        (30_000, {"type": "int", "distribution": Normal(mean=0, std=10_000)}),
        (1_000, {"type": "int", "min": 0, "distribution": Normal(mean=0, std=10_000)}),
        (1_002, {"type": "int", "min": 1, "max": 900, "missing": 0.1}),
    ],
)
def test_what_cannot_be_different_and_follow_the_law_is_refused(
    rows: int, keys: dict[str, object]
) -> None:
    with pytest.raises(DefinitionError, match="cannot all be different") as caught:
        plan_of(rows, x=NumberColumn.model_validate({"unique": True, **keys}))
    assert caught.value.faults[0].path == "schema.features.x.unique"


def test_what_is_said_to_be_possible_is() -> None:
    law = Normal(mean=0, std=10_000)
    with pytest.raises(DefinitionError, match="about ") as caught:
        plan_of(30_000, x=NumberColumn(type="int", distribution=law, unique=True))
    possible = int(caught.value.faults[0].message.split("about ")[1].split()[0].replace(",", ""))
    sample = numbers(possible, NumberColumn(type="int", distribution=law, unique=True))
    assert len(np.unique(sample)) == possible
