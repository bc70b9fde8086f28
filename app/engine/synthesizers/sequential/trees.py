"""Boosted trees as plain arrays, and their scores.

Leaves are numbered from left to right, at most eight a tree. An inner node whose test fails rules
out the leaves on its left; the first leaf that no test rules out is the tree's (QuickScorer:
Lucchese et al. 2015). Features are codes of one byte, so what all tests of one feature rule out in
eight trees at once is a table of 256 words of 64 bits, and a group of eight trees costs one look-up
a feature. Leaf values are whole numbers of 1/SCALE, so sums do not depend on their order and are
the same on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.engine.synthesizers.bounds import need, need_shape, need_within

SCALE = 1024
MOST_LEAVES = 8
GROUP = 8  # trees whose leaves fit in one word
CODES = 256
MOST_FEATURES = 1 << 16
MOST_LEAF = 1 << 18  # in 1/SCALE

Features = NDArray[np.uint8]
Scores = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Trees:
    """Trees whose leaves are added up.

    Args:
        tree: number of the tree of each inner node, ascending, shape (nodes,).
        feature: number of the feature that it tests, shape (nodes,).
        goes_left: for each code whether it passes the test, shape (nodes, CODES / 8) packed bits.
        rules_out: leaves on the left of the node as bits, shape (nodes,).
        leaves: value of each leaf in 1/SCALE, shape (trees, MOST_LEAVES).
    """

    tree: NDArray[np.int32]
    feature: NDArray[np.int32]
    goes_left: NDArray[np.uint8]
    rules_out: NDArray[np.uint8]
    leaves: Scores

    def check(self) -> None:
        """Raises ValueError where its parts do not fit together, which a file's may not."""
        nodes = len(self.tree)
        need_shape(self.leaves, (self.count, MOST_LEAVES), "leaves")
        need_shape(self.tree, (nodes,), "the trees of nodes")
        need_shape(self.feature, (nodes,), "the features of nodes")
        need_shape(self.goes_left, (nodes, CODES // 8), "the tests of nodes")
        need_shape(self.rules_out, (nodes,), "the leaves of nodes")
        need_within(self.tree, 0, self.count - 1, "the trees of nodes")
        need(bool((np.diff(self.tree) >= 0).all()), "the trees of nodes do not ascend")
        need_within(self.feature, 0, MOST_FEATURES, "the features of nodes")
        need_within(self.leaves, -MOST_LEAF, MOST_LEAF, "leaves")

    @property
    def count(self) -> int:
        return len(self.leaves)

    def asked(self, features: int, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """How much of what trees add is decided by each feature, shape (features,).

        A tree adds as much as its leaves lie apart; its tests share that evenly.

        Args:
            features: how many there are.
            weights: of each tree, shape (trees,).
        """
        spread = np.ptp(self.leaves, axis=1) * weights
        tests = np.bincount(self.tree, minlength=self.count)
        share = spread / np.maximum(tests, 1)
        return np.bincount(self.feature, weights=share[self.tree], minlength=features).astype(
            np.float64
        )

    def part(self, first: int, last: int) -> Trees:
        """The trees from `first` up to but without `last`."""
        low, high = np.searchsorted(self.tree, [first, last])
        nodes = slice(int(low), int(high))
        return Trees(
            self.tree[nodes] - first, self.feature[nodes], self.goes_left[nodes],
            self.rules_out[nodes], self.leaves[first:last],
        )  # fmt: skip

    @cached_property
    def groups(self) -> tuple[TreeGroup, ...]:
        """The same trees as tables to look up in."""
        starts = range(0, self.count, GROUP)
        return tuple(_group(self.part(s, min(s + GROUP, self.count))) for s in starts)

    def add_scores(self, scores: Scores, features: Features, rows: NDArray[np.intp]) -> None:
        """Add the leaves that rows fall in.

        Args:
            scores: what is added to, shape (len(rows),).
            features: shape (features, all rows).
            rows: numbers of the rows.
        """
        for group in self.groups:
            group.add_scores(scores, features, rows)


@dataclass(frozen=True, eq=False, slots=True)
class TreeGroup:
    """At most GROUP trees.

    Args:
        features: numbers of the features tested, shape (used,).
        left: for each of them and each code the leaves that are left, a byte a tree, shape
            (used, CODES).
        values: value of the first leaf of each set of leaves, shape (trees, CODES).
    """

    features: tuple[int, ...]
    left: NDArray[np.uint64]
    values: Scores

    def add_scores(self, scores: Scores, features: Features, rows: NDArray[np.intp]) -> None:
        leaves = np.full(len(rows), np.iinfo(np.uint64).max, dtype=np.uint64)
        found = np.empty_like(leaves)
        for feature, table in zip(self.features, self.left, strict=True):
            codes = features[feature].take(rows).astype(np.intp)
            # Codes cannot leave the table: `clip` only spares the check of each.
            np.take(table, codes, out=found, mode="clip")
            leaves &= found
        bytes_of_trees = leaves.view(np.uint8).reshape(-1, GROUP)
        for number, values in enumerate(self.values):
            scores += np.take(values, bytes_of_trees[:, number], mode="clip")


def _group(trees: Trees) -> TreeGroup:
    used = np.unique(trees.feature)
    passes = np.unpackbits(trees.goes_left, axis=1, bitorder="little").astype(bool)
    left = np.full((len(used), CODES, GROUP), 0xFF, dtype=np.uint8)
    for node, slot in enumerate(np.searchsorted(used, trees.feature)):
        left[slot, ~passes[node], trees.tree[node]] &= ~trees.rules_out[node]
    tables = left.view("<u8").reshape(len(used), CODES).astype(np.uint64)
    return TreeGroup(tuple(map(int, used)), tables, trees.leaves[:, _FIRST_LEAF])


def _first_leaves() -> NDArray[np.intp]:
    """Number of the lowest bit of each byte; 0 of none, which no tree comes to."""
    codes = np.arange(CODES)
    lowest = np.bitwise_count((codes & -codes) - 1)
    return np.where(codes == 0, 0, lowest).astype(np.intp)


_FIRST_LEAF = _first_leaves()


def no_trees() -> Trees:
    return Trees(
        np.empty(0, np.int32), np.empty(0, np.int32), np.empty((0, CODES // 8), np.uint8),
        np.empty(0, np.uint8), np.empty((0, MOST_LEAVES), np.int32),
    )  # fmt: skip


def joined(parts: list[Trees]) -> Trees:
    """All trees after one another."""
    if not parts:
        return no_trees()
    before = np.cumsum([0, *(part.count for part in parts[:-1])]).astype(np.int32)
    return Trees(
        np.concatenate([part.tree + shift for part, shift in zip(parts, before, strict=True)]),
        np.concatenate([part.feature for part in parts]),
        np.concatenate([part.goes_left for part in parts]),
        np.concatenate([part.rules_out for part in parts]),
        np.concatenate([part.leaves for part in parts]),
    )
