"""Accumulators against the plain computation over whole columns."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from app.engine.distributions import Distribution
from app.engine.distributions.empirical import Empirical
from app.engine.distributions.normal import Normal
from app.engine.distributions.poisson import Poisson
from app.engine.evaluation.accumulator import Accumulator
from app.engine.evaluation.accumulators.correlations import (
    PearsonAccumulator,
    SpearmanAccumulator,
    rank_edges,
)
from app.engine.evaluation.accumulators.counts import share_outcome
from app.engine.evaluation.accumulators.distances import DistanceAccumulator
from app.engine.evaluation.accumulators.uniqueness import UniqueAccumulator
from app.engine.evaluation.declarations.series import bucket_membership, values
from app.engine.evaluation.marginal_cdf import number_cdf
from app.engine.schema.models import NumberColumn
from tests.engine.planning import buckets

COLUMNS = {
    "normal": NumberColumn(type="float", distribution=Normal(mean=3, std=2)),
    "clipped": NumberColumn(type="int", min=0, max=9, distribution=Normal(mean=3, std=4)),
    "cut": NumberColumn(
        type="float", min=0, max=4, decimals=2, bounds="truncate", distribution=Normal(std=2)
    ),
    "mixture": NumberColumn(type="float", buckets=buckets((10, 2, 0.5), (-10, 5, 0.5))),
    "counts": NumberColumn(type="int", distribution=Poisson(mean=2.5)),
    "even": NumberColumn(type="int", min=1, max=6),
    "even and cut": NumberColumn(type="int", min=1, max=6, bounds="truncate"),
    "points": NumberColumn(
        type="float", distribution=Empirical(values=(1 / 3, 2 / 3, 9.1), weights=(1, 2, 3))
    ),
}


def fed(accumulator: Accumulator, batch_rows: int = 777, **columns: object) -> Accumulator:
    table = pa.table(columns)
    for batch in table.to_batches(max_chunksize=batch_rows):
        accumulator.add(batch)
    return accumulator


def sampled(column: NumberColumn, rows: int) -> np.ndarray:
    """Independent draws of a column, by another way than the engine's."""
    rng = np.random.default_rng(5)
    if column.buckets:
        part = rng.random(rows) < 0.5
        return np.where(part, rng.normal(10, 2, rows), rng.normal(-10, 5, rows))
    law: Distribution | None = column.distribution
    if isinstance(law, Empirical):
        return rng.choice(np.array(law.values), rows, p=np.array(law.weights) / 6)
    if law is None:
        return rng.integers(1, 7, rows).astype(float)
    if isinstance(law, Poisson):
        return rng.poisson(law.mean, rows).astype(float)
    assert isinstance(law, Normal)
    drawn = rng.normal(law.mean, law.std, 8 * rows)
    if column.bounds == "truncate":
        drawn = drawn[(drawn >= column.min) & (drawn <= column.max)]
    drawn = drawn[:rows]
    if column.type == "int" or column.decimals is not None:
        drawn = np.round(drawn, column.decimals or 0)
    return drawn if column.min is None else drawn.clip(column.min, column.max)


@pytest.mark.parametrize("name", COLUMNS)
def test_a_distance_is_small_for_a_true_sample_and_large_for_a_shifted_one(name: str) -> None:
    column = COLUMNS[name]
    drawn = sampled(column, 20_000)
    accumulator = fed(DistanceAccumulator("x", number_cdf(column), "exact"), x=drawn)
    assert isinstance(accumulator, DistanceAccumulator)
    assert accumulator.distance() < 1.63 / np.sqrt(20_000)
    shift = np.ceil(drawn.std() / 5) if column.type == "int" else drawn.std() / 5
    moved = fed(DistanceAccumulator("x", number_cdf(column), "exact"), x=drawn + shift)
    assert not moved.outcomes()[0].holds


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-50, 50), min_size=1, max_size=200))
def test_the_distance_bounds_that_of_scipy_closely(drawn: list[float]) -> None:
    accumulator = DistanceAccumulator("x", number_cdf(COLUMNS["normal"]), "exact")
    fed(accumulator, x=np.array(drawn))
    exact = stats.kstest(drawn, stats.norm(3, 2).cdf).statistic
    assert exact - 1e-4 <= accumulator.distance() <= exact + 5e-4


def pairs() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(8)
    x = rng.normal(1e6, 1.0, 5000)
    yield x, x + rng.normal(0, 2, 5000)
    yield np.round(x), rng.poisson(2, 5000) - np.round(x)
    yield x, np.exp(x - 1e6)


@pytest.mark.parametrize("case", range(3))
def test_correlations_in_batches_are_those_of_the_whole(case: int) -> None:
    x, y = list(pairs())[case]
    pearson = fed(PearsonAccumulator(values("x"), values("y"), 0.0, "exact"), x=x, y=y)
    assert isinstance(pearson, PearsonAccumulator)
    assert pearson.correlation() == pytest.approx(np.corrcoef(x, y)[0, 1], abs=1e-9)
    edges = [
        rank_edges(found, counts / counts.sum())
        for found, counts in (np.unique(each, return_counts=True) for each in (x, y))
    ]
    accumulator = SpearmanAccumulator(values("x"), values("y"), (edges[0], edges[1]), 0.0, "exact")
    fed(accumulator, x=x, y=y)
    assert accumulator.correlation() == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-4)


def test_correlations_leave_out_rows_without_a_number() -> None:
    x, y = pa.array([1.0, None, 3.0, 4.0]), pa.array([2, 9, None, 8])
    accumulator = fed(PearsonAccumulator(values("x"), values("y"), 0.0, "exact"), x=x, y=y)
    assert isinstance(accumulator, PearsonAccumulator)
    assert accumulator.rows == 2
    assert accumulator.correlation() == pytest.approx(1.0)


def test_a_constant_correlates_with_nothing() -> None:
    accumulator = fed(
        PearsonAccumulator(values("x"), values("y"), 0.3, "exact"), x=[1, 1], y=[2, 3]
    )
    assert accumulator.outcomes()[0].observed is None


@pytest.mark.parametrize(
    ("count", "rows", "share", "holds"),
    [
        (100, 1000, 0.1, True),
        (101, 1000, 0.1, False),
        (33, 100, 1 / 3, True),
        (34, 100, 1 / 3, True),
        (35, 100, 1 / 3, False),
        (0, 0, 0.4, True),
    ],
)
def test_shares_are_off_by_less_than_one_row(
    count: int, rows: int, share: float, holds: bool
) -> None:
    assert share_outcome(count, rows, share, "exact").holds is holds


@pytest.mark.parametrize("cap", [10_000, 300])
def test_repeated_values_are_found_whatever_the_cap(cap: int) -> None:
    names = [f"name {i}" for i in range(1000)]
    assert fed(UniqueAccumulator(("x",), 1000, cap), x=names).outcomes()[0].holds
    doubled = fed(UniqueAccumulator(("x",), 2000, cap), x=names + names).outcomes()[0]
    assert not doubled.holds
    assert doubled.observed > 100


@pytest.mark.parametrize("kind", [pa.int64(), pa.float64(), pa.string(), pa.timestamp("us")])
def test_pairs_are_unique_together(kind: pa.DataType) -> None:
    x = pa.array([1, 1, 2, None, None]).cast(kind)
    accumulator = UniqueAccumulator(("x", "y"), 5)
    assert fed(accumulator, x=x, y=[1, 2, 1, 1, 1]).outcomes()[0].observed == 0
    assert fed(UniqueAccumulator(("x", "y"), 5), x=x, y=[1, 1, 1, 1, 1]).outcomes()[0].observed == 1


def test_a_number_belongs_to_the_nearer_of_overlapping_buckets() -> None:
    both = buckets((0, 10, 0.5), (8, 2, 0.5))
    batch = pa.record_batch({"x": pa.array([5.0, 6.0, 7.5, 9.9, 10.1, 11.0, None])})
    wide = bucket_membership("x", both, 0)(batch)
    narrow = bucket_membership("x", both, 1)(batch)
    assert wide[:6].tolist() == [1, 1, 0, 0, 0, 0]
    assert narrow[:6].tolist() == [0, 0, 1, 1, 0, 0]
    assert np.isnan(wide[6])
