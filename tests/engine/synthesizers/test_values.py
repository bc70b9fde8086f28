"""Bins, protection and the steps between values."""

from __future__ import annotations

import decimal

import numpy as np
import pyarrow as pa
import pytest

from app.engine.synthesizers.learning import learn
from app.engine.synthesizers.number_line import on_steps
from app.engine.synthesizers.table import encode
from app.engine.synthesizers.values import (
    Protection,
    codes_of,
    column_values,
    equal_mass_bins,
)


def test_bins_have_about_equal_mass_and_heavy_values_their_own() -> None:
    counts = np.full(1000, 3)
    counts[500] = 2000
    starts = equal_mass_bins(counts, 20)
    assert len(starts) <= 20
    assert {500, 501} <= set(starts.tolist())
    masses = np.add.reduceat(counts, starts)
    light = np.delete(masses, np.flatnonzero(starts == 500))
    assert light.max() < 2 * light.mean()


@pytest.mark.parametrize("seed", range(20))
def test_bins_never_are_more_than_asked_for(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.geometric(0.02, rng.integers(2, 500)) ** rng.integers(1, 3)
    bins = int(rng.integers(2, 250))
    starts = equal_mass_bins(counts, bins)
    assert starts[0] == 0 and (np.diff(starts) > 0).all()
    assert len(starts) <= bins


def test_heavy_values_between_light_ones_leave_no_more_bins_than_asked_for() -> None:
    counts = np.tile([40, 1], 200)
    starts = equal_mass_bins(counts, 250)
    assert 1 < len(starts) <= 250


@pytest.mark.parametrize(
    ("known", "found", "wanted"),
    [
        ([0.0, 100.0, 300.0], [149.0, 260.0], [100.0, 300.0]),
        ([18.25, 18.8, 19.05], [18.412, 18.9], [18.4, 18.9]),
        ([1.5, 2.25], [1.7777], [1.5]),
        ([1 / 3, 2 / 3], [0.512345678], [0.512345678]),
    ],
)
def test_values_between_keep_the_steps(
    known: list[float], found: list[float], wanted: list[float]
) -> None:
    assert on_steps(np.array(found), np.array(known)).tolist() == pytest.approx(wanted, abs=1e-9)


def test_numbers_end_at_the_kth_from_either_end_and_keep_their_mass() -> None:
    column = encode(pa.table({"x": np.arange(1000) % 997})).columns[0]
    values = column_values(column, Protection(5), 50)
    codes, usable = codes_of(column, values)
    assert usable.all() and int(values.counts.sum()) == 1000
    kept = values.values.to_pylist()
    assert (column.codes < kept[0]).sum() < 5 <= (np.arange(1000) % 997 <= kept[0]).sum()
    assert codes.min() == 0 and codes.max() == len(kept) - 1


@pytest.mark.parametrize(
    ("known", "wanted"),
    [([1, 2, 3, 4], []), ([1, 2, 3, 4, 5, 6], []), ([1, 2, 3, 4, 5, 6, 7, 8], []),
     ([1, 2, 3, 4, 5, 6, 7, 8, 9], [5]), ([0, 0, 0, 0, 0, 6], [0]), ([7] * 5, [7])],
)  # fmt: skip
def test_of_few_numbers_none_is_drawn_that_lies_beyond_the_kth_from_an_end(
    known: list[int], wanted: list[int]
) -> None:
    table = pa.table({"x": [*known, *[None] * 30]})
    values = column_values(encode(table).columns[0], Protection(5), 50)
    assert values.values.to_pylist() == wanted


def test_a_column_of_too_few_numbers_is_warned_of_and_comes_out_empty() -> None:
    source = pa.table({"few": [1.5, 2.5, 3.5, 4.5, 5.5, 6.5, *[None] * 44], "x": range(50)})
    for name in ("independent", "copula", "sequential"):
        learned = learn(encode(source), name, seed=1)
        assert any("'few'" in each for each in learned.warnings)
        assert learned.block(200, 1, 0).column("few").null_count == 200


def test_labels_that_come_out_in_place_of_most_others_are_warned_of() -> None:
    rare = [f"rare {place}" for place in range(60)]
    source = pa.table({"most": [*rare, *["a"] * 40], "less": [*rare[:40], *["a"] * 60]})
    (warning,) = learn(encode(source), "independent", seed=1).warnings
    assert "'most'" in warning and "40%" in warning and "rare" not in warning


@pytest.mark.parametrize("name", ["independent", "copula", "sequential"])
def test_labels_that_are_not_drawn_leave_the_share_of_missing_as_it_is(name: str) -> None:
    rare = [f"rare {place}" for place in range(400)]
    cells = np.random.default_rng(3).permutation([*rare, *["a"] * 300, *["b"] * 100, *[""] * 200])
    source = pa.table({"x": pa.array(cells, mask=cells == ""), "y": np.arange(1000.0)})
    found = learn(encode(source), name, seed=1).block(20_000, 1, 0).column("x")
    assert found.null_count / 20_000 == pytest.approx(0.2, abs=0.02)
    assert set(found.drop_null().to_pylist()) == {"a", "b"}


@pytest.mark.parametrize("rows", [20, 60, 240, 900])
def test_no_bin_of_values_that_all_differ_stands_for_fewer_than_k_rows(rows: int) -> None:
    numbers = np.random.default_rng(rows).lognormal(9, 2, rows)
    values = column_values(encode(pa.table({"x": numbers})).columns[0], Protection(5), 250)
    assert values.is_continuous
    assert np.add.reduceat(values.counts, values.starts).min() >= 5


def wide_numbers(kind: str) -> pa.Array:
    """Numbers that floating point cannot tell apart, or hardly; all differ."""
    rng = np.random.default_rng(5)
    if kind == "ids":
        return pa.array(1_200_000_000_000_000_000 + rng.choice(10**15, 400, replace=False))
    unit = 60_000_000_000  # whole minutes, in nanoseconds
    minutes = 27_000_000 + rng.choice(10**6, 400, replace=False)
    return pa.array(minutes * unit).cast(pa.timestamp("ns") if kind == "moments" else kind)


@pytest.mark.parametrize("kind", ["ids", "moments", "duration[ns]"])
def test_wide_numbers_that_all_differ_are_drawn_between_those_of_the_source(kind: str) -> None:
    cells = wide_numbers(kind)
    found = learn(encode(pa.table({"x": cells})), "independent", seed=1).block(2000, 1, 0)
    source, drawn = (np.sort(each.cast(pa.int64()).to_numpy()) for each in (cells, found.column(0)))
    assert np.isin(drawn, source).mean() < 0.1
    assert source[4] <= drawn[0] and drawn[-1] <= source[-5]
    step = np.gcd.reduce(np.diff(source))
    assert ((drawn - source[0]) % step == 0).all()


def test_rows_with_a_protected_label_teach_nothing() -> None:
    column = encode(pa.table({"x": ["a"] * 30 + ["b"] * 4 + [None] * 6})).columns[0]
    values = column_values(column, Protection(5), 50)
    codes, usable = codes_of(column, values)
    assert values.values.to_pylist() == ["a"] and values.has_missing
    assert usable.tolist() == [True] * 30 + [False] * 4 + [True] * 6
    assert set(values.symbols_of(codes[usable]).tolist()) == {0, 1}


@pytest.mark.parametrize(("digits", "scale"), [(9, 0), (9, 3), (17, 2), (12, 12)])
def test_unique_decimals_do_not_come_out(digits: int, scale: int) -> None:
    rng = np.random.default_rng(digits)
    whole = rng.integers(-(10**digits), 10**digits, 400)
    own = [decimal.Decimal(int(each)).scaleb(-scale) for each in whole]
    kind = pa.decimal128(digits + 1, scale)
    source = pa.table({"a": pa.array(own, kind, mask=rng.random(400) < 0.1)})
    found = learn(encode(source), "independent", seed=1).block(2000, 1, 0).column("a")
    assert found.type == kind
    values = found.drop_null().to_pylist()
    assert len(set(values) & set(own)) < 5
    assert sorted(own)[0] < min(values) < max(values) < sorted(own)[-1]
    assert len(set(values)) > 500
