from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.engine.generators.apportionment import (
    ExactApportionment,
    RandomApportionment,
    apportion,
    make_apportionment,
)
from app.engine.generators.base import BLOCK_ROWS, Block, Layout
from app.engine.seeds import Stream

shares = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=12).filter(lambda s: sum(s) > 1e-6)


def block_counts(
    line: ExactApportionment | RandomApportionment, total: int, seed: int = 1
) -> np.ndarray:
    layout = Layout(total)
    stream = Stream(seed, ("t", "c"))
    return np.array([line.block_counts(Block(i, layout, stream)) for i in range(layout.blocks)])


@given(total=st.integers(0, 10**8), parts=shares)
def test_apportioned_counts_are_whole_and_off_by_less_than_one(
    total: int, parts: list[float]
) -> None:
    counts = apportion(total, parts)
    assert sum(counts) == total
    for count, part in zip(counts, parts, strict=True):
        assert abs(count - total * part / sum(parts)) < 1 + 1e-6


@given(total=st.integers(0, 7 * BLOCK_ROWS), parts=shares, seed=st.integers(0, 2**48))
def test_blocks_of_an_exact_line_sum_to_it_and_fill_every_block(
    total: int, parts: list[float], seed: int
) -> None:
    line = ExactApportionment(apportion(total, parts))
    counts = block_counts(line, total, seed)
    layout = Layout(total)
    assert (counts >= 0).all()
    assert counts.sum(axis=0).tolist() == list(line.counts)
    assert counts.sum(axis=1).tolist() == [layout.rows(i) for i in range(layout.blocks)]


def test_every_block_holds_its_even_share() -> None:
    total = 20 * BLOCK_ROWS
    line = ExactApportionment(apportion(total, [0.2, 0.3, 0.5]))
    expected = BLOCK_ROWS * np.array([0.2, 0.3, 0.5])
    assert np.abs(block_counts(line, total) - expected).max() <= 2


def test_a_line_puts_nulls_last_and_apportions_the_rest() -> None:
    line = make_apportionment("exact", 1000, [0.9, 0.1], 0.25)
    assert isinstance(line, ExactApportionment)
    assert line.counts == (675, 75, 250)


def test_a_random_line_varies_around_its_shares() -> None:
    line = make_apportionment("random", 10 * BLOCK_ROWS, [0.9, 0.1], 0.0)
    counts = block_counts(line, 10 * BLOCK_ROWS)
    deviations = counts[:, 1] - BLOCK_ROWS * 0.1
    assert 0 < np.abs(deviations).max() < 6 * np.sqrt(BLOCK_ROWS * 0.09)


@given(total=st.integers(0, 10**9))
def test_layout_covers_every_row_once(total: int) -> None:
    layout = Layout(total)
    last = layout.blocks - 1
    assert layout.first_row(0) == 0
    assert layout.first_row(last) + layout.rows(last) == total
    assert layout.rows(0) - layout.rows(last) in (0, 1)
    assert layout.rows(0) <= BLOCK_ROWS
