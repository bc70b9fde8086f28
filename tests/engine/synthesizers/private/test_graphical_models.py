"""Junction trees, their marginals beside those of the whole joint distribution, and estimates."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.synthesizers.private.beliefs import Array, Beliefs, along, calibrated, over
from app.engine.synthesizers.private.estimation import Observed, estimated, estimated_rows
from app.engine.synthesizers.private.junction_tree import (
    Columns,
    JunctionTree,
    cells_of,
    junction_tree,
)

SIZES = (2, 3, 4, 2, 3)
EVERY = tuple(range(len(SIZES)))
GRAPHS: dict[str, list[Columns]] = {
    "nothing": [],
    "one pair": [(1, 3)],
    "a chain": [(0, 1), (1, 2), (2, 3), (3, 4)],
    "a star": [(0, 2), (1, 2), (2, 3), (2, 4)],
    "a cycle": [(0, 1), (1, 2), (2, 3), (0, 3)],
    "two parts": [(0, 4), (1, 2), (2, 3)],
    "triples": [(0, 1, 2), (2, 3), (2, 4)],
    "all": [EVERY],
}

sets_of_columns = st.lists(
    st.sets(st.sampled_from(range(6)), min_size=1, max_size=3).map(
        lambda each: tuple(sorted(each))
    ),
    max_size=9,
)


def potentials(graph: list[Columns], seed: int = 0) -> dict[Columns, Array]:
    rng = np.random.default_rng(seed)
    known = [*graph, *((each,) for each in EVERY)]
    return {each: rng.normal(size=[SIZES[column] for column in each]) for each in known}


def joint(known: dict[Columns, Array], total: float) -> Array:
    logs = np.zeros(SIZES)
    for columns, potential in known.items():
        logs = logs + along(potential, columns, EVERY)
    weights = np.exp(logs)
    return total * weights / weights.sum()


def beliefs(graph: list[Columns], known: dict[Columns, Array]) -> Beliefs:
    return calibrated(junction_tree(SIZES, graph), known, 1000.0)


@settings(deadline=None)
@given(sets_of_columns)
def test_every_set_has_a_clique_and_columns_are_never_parted(together: list[Columns]) -> None:
    tree = junction_tree((2, 3, 2, 4, 3, 2), together)
    assert all(tree.home(each) is not None for each in together)
    assert tree.parents[0] == -1
    assert all(parent < place for place, parent in enumerate(tree.parents) if place)
    for column in range(6):
        having = [place for place, clique in enumerate(tree.cliques) if column in clique]
        apart = [each for each in having if column not in tree.separator(each)]
        assert len(apart) == 1
    assert tree.cells == cells_of(tree.sizes, together)


@pytest.mark.parametrize("graph", GRAPHS)
def test_marginals_are_those_of_the_joint_distribution(graph: str) -> None:
    known = potentials(GRAPHS[graph])
    found, whole = beliefs(GRAPHS[graph], known), joint(known, 1000.0)
    for size in (1, 2, 3, 5):
        for columns in combinations(EVERY, size):
            wanted = over(whole, EVERY, columns)
            assert found.marginal(columns) == pytest.approx(wanted, rel=1e-9, abs=1e-9), columns


@pytest.mark.parametrize("graph", ["a chain", "a star", "two parts"])
def test_extreme_potentials_stay_finite(graph: str) -> None:
    known = {each: 1e4 * array for each, array in potentials(GRAPHS[graph]).items()}
    found = beliefs(GRAPHS[graph], known)
    for array in found.arrays:
        assert np.isfinite(array).all()
        assert array.sum() == pytest.approx(1000.0)


def test_a_potential_without_a_clique_is_refused() -> None:
    with pytest.raises(ValueError, match="no clique"):
        calibrated(JunctionTree(SIZES, ((0, 1),), (-1,)), {(0, 2): np.zeros((2, 4))}, 1.0)


@pytest.mark.parametrize("graph", GRAPHS)
def test_estimates_of_exact_marginals_are_exact(graph: str) -> None:
    whole = joint(potentials(GRAPHS[graph], 3), 5000.0)
    found = [
        Observed(columns, over(whole, EVERY, columns), 1 / 25)
        for columns in [*GRAPHS[graph], *((each,) for each in EVERY)]
    ]
    fitted = estimated(SIZES, found, 2000)
    assert estimated_rows(found) == pytest.approx(5000.0)
    for each in found:
        assert np.abs(fitted.beliefs.marginal(each.columns) - each.counts).max() < 15.0
    if graph in {"a chain", "a star", "all"}:
        for pair in combinations(EVERY, 2):
            assert np.abs(fitted.beliefs.marginal(pair) - over(whole, EVERY, pair)).max() < 20.0


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_noisy_marginals_come_out_consistent_and_nearer_than_they_were(seed: int) -> None:
    rng, graph = np.random.default_rng(seed), GRAPHS["a cycle"]
    whole = joint(potentials(graph, seed % 7), 3000.0)
    exact = {each: over(whole, EVERY, each) for each in [*graph, (4,)]}
    noisy = [
        Observed(each, array + rng.normal(0, 40, array.shape), 1 / 1600)
        for each, array in exact.items()
    ]
    fitted = estimated(SIZES, noisy, 100)
    ours = sum(((fitted.beliefs.marginal(each) - exact[each]) ** 2).sum() for each in exact)
    raw = sum(((each.counts - exact[each.columns]) ** 2).sum() for each in noisy)
    assert ours < raw
    assert all((array >= 0).all() for array in fitted.beliefs.arrays)
    first, second = fitted.beliefs.marginal((0, 1)), fitted.beliefs.marginal((1, 2))
    assert first.sum(axis=0) == pytest.approx(second.sum(axis=1), rel=1e-9)


def test_a_later_fit_starts_where_the_last_one_ended() -> None:
    whole = joint(potentials(GRAPHS["a chain"], 1), 2000.0)
    found = [Observed(each, over(whole, EVERY, each), 0.01) for each in GRAPHS["a chain"]]
    once = estimated(SIZES, found, 500)
    again = estimated(SIZES, found, 1, once.potentials)
    fresh = estimated(SIZES, found, 1)

    def miss(fitted: Beliefs) -> float:
        return sum(float(np.abs(fitted.marginal(e.columns) - e.counts).sum()) for e in found)

    assert miss(again.beliefs) < 0.1 * miss(fresh.beliefs)
