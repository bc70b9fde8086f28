"""Labels in order: those that go with the same rows stand side by side."""

from __future__ import annotations

import numpy as np

from app.engine.synthesizers.sequential.code_tree import ordered_children
from app.engine.synthesizers.sequential.label_order import label_order

STEPS = np.array([4, 0, 3, 1, 5, 2])  # the step that each symbol stands for


def rows_of_steps() -> tuple[np.ndarray, np.ndarray]:
    """Symbols of 6,000 rows, and a feature that is higher the higher their step."""
    rng = np.random.default_rng(3)
    symbols = rng.integers(0, len(STEPS), 6000).astype(np.int32)
    feature = STEPS[symbols] * 25 + rng.integers(0, 120, len(symbols))
    return symbols, feature[None].astype(np.uint8)


def test_labels_of_a_scale_stand_in_its_order() -> None:
    symbols, features = rows_of_steps()
    order = label_order(features, (), symbols, np.bincount(symbols))
    assert sorted(order) == list(range(6))
    assert STEPS[order].tolist() in ([0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0])


def test_labels_that_meet_the_same_labels_stand_side_by_side() -> None:
    rng = np.random.default_rng(4)
    symbols = rng.integers(0, 6, 6000).astype(np.int32)
    feature = np.where(rng.random(6000) < 0.9, symbols % 2, 2)[None].astype(np.uint8)
    order = label_order(feature, (0,), symbols, np.bincount(symbols))
    assert {frozenset(order[:3].tolist()), frozenset(order[3:].tolist())} == {
        frozenset({0, 2, 4}), frozenset({1, 3, 5}),
    }  # fmt: skip


def test_the_tree_has_symbols_from_left_to_right() -> None:
    order = np.array([2, 0, 3, 1])
    children = ordered_children(np.array([10, 10, 10, 10]), order)
    assert children.tolist() == [[1, 2], [-3, -1], [-4, -2]]
