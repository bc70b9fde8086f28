"""Columns and pairs: known distances, nothing clipped away."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from app.engine.evaluation.fidelity.columns import (
    ColumnFidelity,
    column_fidelity,
    kolmogorov_smirnov,
    total_variation,
    wasserstein,
)
from app.engine.evaluation.fidelity.pairs import PairFidelity, pair_fidelity
from app.engine.evaluation.row_space import row_space


def test_known_distances() -> None:
    zeros, ones = np.zeros(4), np.ones(4)
    assert kolmogorov_smirnov(zeros, ones) == 1.0
    assert kolmogorov_smirnov(np.array([1.0, 2, 3, 4]), np.array([3.0, 4, 5, 6])) == 0.5
    assert total_variation(np.array([0.0, 0, 1, 2]), np.array([0.0, 1, 1, 2])) == 0.25
    assert wasserstein(np.array([0.0, 1, 5]), np.array([2.0, 3, 7])) == pytest.approx(2.0)


@pytest.mark.parametrize("distance", [kolmogorov_smirnov, total_variation])
def test_nothing_is_as_far_as_can_be_from_something(distance) -> None:  # type: ignore[no-untyped-def]
    nothing, something = np.array([]), np.array([1.0])
    assert distance(nothing, nothing) == 0.0
    assert distance(nothing, something) == distance(something, nothing) == 1.0


def tables(rows: int = 2_000) -> tuple[pa.Table, pa.Table]:
    def made(seed: int) -> pa.Table:
        rng = np.random.default_rng(seed)
        size = rng.normal(0, 2, rows)
        label = np.where(size > 0, "big", "small")
        return pa.table({"size": pa.array(size, mask=rng.random(rows) < 0.1), "label": label})

    return made(1), made(2)


def compared(
    synthetic: pa.Table,
) -> tuple[dict[str, ColumnFidelity], tuple[PairFidelity, ...]]:
    train, holdout = tables()
    space = row_space(train, holdout)
    first, second, third = (space.numbers(each) for each in (train, holdout, synthetic))
    rng = np.random.default_rng(0)
    shuffled = np.column_stack([rng.permutation(column) for column in first.T])
    columns = column_fidelity(space, first, second, third)
    pairs = pair_fidelity(space, first, second, third, shuffled)
    return {each.name: each for each in columns}, pairs


def test_real_rows_are_at_their_ceiling() -> None:
    columns, (pair,) = compared(tables()[0])
    for each in columns.values():
        assert each.distance == each.ceiling < 0.06
        assert each.outside < 0.01
    assert pair.distance == pair.ceiling < 0.1 < pair.floor


def test_what_no_real_row_has_is_seen() -> None:
    rows = 1_000
    far = pa.table({"size": np.full(rows, 99.0), "label": ["big", "new"] * (rows // 2)})
    columns, (pair,) = compared(far)
    assert columns["size"].outside == 1.0 and columns["size"].distance == 1.0
    assert columns["size"].missing == 0.0
    assert columns["size"].missing_real == pytest.approx(0.1, abs=0.03)
    moved = columns["size"].moved
    assert moved is not None and moved == pytest.approx(99 / 2, rel=0.05)
    assert columns["label"].outside == 0.5 and columns["label"].moved is None
    assert pair.distance == 1.0


def test_independent_columns_are_at_their_floor() -> None:
    train, _ = tables()
    order = np.random.default_rng(3).permutation(train.num_rows)
    shuffled = pa.table({"size": train["size"].take(order), "label": train["label"]})
    columns, (pair,) = compared(shuffled)
    assert columns["size"].distance == columns["size"].ceiling
    assert pair.distance == pytest.approx(pair.floor, abs=0.05) and pair.floor > 0.3
