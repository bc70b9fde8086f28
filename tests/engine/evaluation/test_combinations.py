"""Columns, pairs and triples: published figures, chance, and what no real row has."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from app.engine.evaluation.contest import Contest, contest
from app.engine.evaluation.fidelity import combinations, propensity, subsample
from app.engine.evaluation.fidelity.cell_counts import (
    cell_counts,
    chosen_combinations,
    expected_propensity_errors,
    prefix_counts,
    propensity_errors,
    propensity_ratios,
    total_variations,
)
from app.engine.evaluation.fidelity.cells import row_cells
from app.engine.evaluation.fidelity.giveaways import giveaways
from app.engine.evaluation.fidelity.subsample import subsample_share
from app.engine.evaluation.fidelity.two_sample import two_sample_test
from app.engine.evaluation.row_space import Array, row_space
from app.engine.seeds import Stream
from tests.engine.evaluation.oracles import FOLDER, ORACLES, written_again


def independent(rows: int, seed: int) -> pa.Table:
    rng = np.random.default_rng(seed)
    return pa.table({name: rng.integers(0, 5, rows).astype(str) for name in "abcd"})


def exclusive_or(rows: int, seed: int) -> pa.Table:
    """Every two columns are independent, and all three are not."""
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 2, (2, rows))
    return pa.table({"a": a.astype(str), "b": b.astype(str), "c": (a ^ b).astype(str)})


def fresh(rows: int = 3_000) -> Contest:
    return contest(*(independent(rows, seed) for seed in (1, 2, 3)))


def test_oracles_are_what_their_script_writes() -> None:
    assert (FOLDER / "oracles.json").read_text(encoding="utf-8") == written_again()


def test_the_propensity_error_is_that_of_the_published_table() -> None:
    toy, published = ORACLES["pmse"], ORACLES["published_pmse"]
    counts = (np.array([toy["real"]], dtype=float), np.array([toy["synthetic"]], dtype=float))
    found = (
        propensity_errors(*counts), expected_propensity_errors(*counts), propensity_ratios(*counts),
    )  # fmt: skip
    for value, name in zip(found, ("pmse", "expected", "ratio"), strict=True):
        assert value[0] == pytest.approx(toy[name], rel=1e-12)
        assert value[0] == pytest.approx(published[name], rel=2e-4)


def test_empty_cells_are_no_cells_and_one_cell_says_nothing() -> None:
    real, other = np.array([[40.0, 0, 30, 30]]), np.array([[30.0, 0, 35, 35]])
    assert propensity_ratios(real, other)[0] == pytest.approx(ORACLES["pmse"]["ratio"])
    assert np.isnan(propensity_ratios(np.array([[5.0]]), np.array([[9.0]]))[0])


def test_rows_drawn_from_the_learned_ones_come_to_a_ratio_of_one() -> None:
    drawn = fresh()
    copies = propensity._taken(drawn, drawn.copy)["pmse_ratio"]
    assert copies.interval is not None and copies.interval.low < 1.0 < copies.interval.high + 0.2
    assert copies.value == pytest.approx(1.0, abs=0.3)


def test_triples_show_what_pairs_do_not() -> None:
    rng = np.random.default_rng(4)
    rows = {name: rng.integers(0, 2, 2_000).astype(str) for name in "abc"}
    judged = contest(exclusive_or(2_000, 1), exclusive_or(2_000, 2), pa.table(rows))
    found = combinations._taken(judged, judged.synthetic)
    assert found["pair_distance"].value < 0.05
    assert found["triple_distance"].value == pytest.approx(0.5, abs=0.03)
    real = combinations._taken(judged, judged.train)
    assert real["triple_distance"].value < 0.05


def test_intervals_hold_what_other_samples_come_to() -> None:
    """The interval of a known distance: half of a share of 0.3 moved from one label to another."""
    rng = np.random.default_rng(0)
    inside = 0
    for _ in range(60):
        real, other = (rng.random((500, 1)) < p for p in (0.5, 0.8))
        tables = [each.astype(np.intp) for each in (real, other)]
        [found] = combinations.mean_statistics(*tables, [(0,)], (total_variations,))
        assert found.interval is not None
        inside += found.interval.low <= 0.3 <= found.interval.high
    assert inside >= 51


def test_a_frequent_value_has_a_cell_of_its_own() -> None:
    values = np.concatenate([np.zeros(900), np.arange(1.0, 101.0)])
    space = row_space(pa.table({"gain": values}))
    cells = row_cells(space, np.array([[0.0], [1.0], [100.0], [101.0], [-1.0], [np.nan]]))[:, 0]
    assert cells[0] != cells[1] == cells[2]
    assert len(set(cells.tolist())) == 5


def test_counts_of_groups_and_of_prefixes_add_up() -> None:
    rng = np.random.default_rng(1)
    cells = rng.integers(0, 3, (100, 2))
    [groups] = cell_counts([cells], (0, 1))
    ends = np.array([10, 40, 100])
    prefixes = prefix_counts(cells, (0, 1), ends)
    assert prefixes.sum(axis=1).tolist() == ends.tolist()
    assert groups.sum(axis=0)[: prefixes.shape[1]].tolist() == prefixes[-1].tolist()


def test_combinations_are_all_or_as_many_as_asked_for() -> None:
    stream = Stream(0, ("test",))
    assert chosen_combinations(4, 2, 10, stream) == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    drawn = chosen_combinations(30, 3, 50, stream)
    assert len(set(drawn)) == 50 and drawn == chosen_combinations(30, 3, 50, stream)
    assert chosen_combinations(1, 2, 10, stream) == []


def test_a_sample_is_as_close_as_its_own_share() -> None:
    shares: Array = np.array([0.01, 0.1, 1.0])
    distances: Array = np.array([0.3, 0.1, 0.0])
    assert subsample_share(0.1, shares, distances) == pytest.approx(0.1)
    assert subsample_share(0.2, shares, distances) == pytest.approx(0.1**1.5)
    assert subsample_share(0.5, shares, distances) == pytest.approx(0.01)
    judged = fresh()
    part = judged.train[np.random.default_rng(2).permutation(3_000)[:300]]
    found = subsample._taken(judged, part)["subsample_share"]
    assert found.value == pytest.approx(0.1, rel=0.3) and "subsample" in found.note


def test_the_pair_that_is_broken_gives_the_rows_away() -> None:
    rng = np.random.default_rng(3)
    a, b, c = rng.integers(0, 6, (3, 2_000)).astype(float)
    real = np.column_stack([a, a, c])
    made = np.column_stack([a, rng.permutation(a), b])
    found = giveaways(two_sample_test(real, made, []).models, ["a", "b", "c"])
    assert {name for name, _ in found.columns[:2]} == {"a", "b"}
    assert found.pairs[0][0] == ("a", "b") and found.pairs[0][1] > 0.5
    assert sum(share for _, share in found.columns) == pytest.approx(1.0)
    assert "a × b" in found.sentence and giveaways([], []).sentence == ""
