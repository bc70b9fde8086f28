"""A distribution of symbols as a binary tree of yes-or-no questions.

Numbers have a balanced tree over their bins in order, so that the first question cuts the column
at its median; a few labels have a Huffman tree, which asks least on average (Huffman 1952), and
more of them a balanced one with labels that go with the same rows side by side. At each node
boosted trees say how likely the right side is.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.engine.synthesizers.bounds import need, need_shape, need_within
from app.engine.synthesizers.sequential.lines import MOST_SCORE, Lines, Predictions
from app.engine.synthesizers.sequential.trees import SCALE, Features, Trees
from app.engine.synthesizers.values import Floats, Symbols

MOST_TREES = 1000  # of one node
Counts = NDArray[np.int64]
Children = NDArray[np.int32]


def _chances() -> Floats:
    """Chance of the right side for each score from -MOST_SCORE to MOST_SCORE.

    Rounded to 2**-32, so that the last bits of a machine's exponential do not show.
    """
    scores = np.arange(-MOST_SCORE, MOST_SCORE + 1) / SCALE
    return np.round(2.0**32 / (1.0 + np.exp(-scores))) / 2.0**32


CHANCES = _chances()


@dataclass(frozen=True, eq=False, slots=True)
class Seen:
    """What a column's nodes see of rows.

    Args:
        features: codes, shape (features, rows).
        predictions: linear ones in 1/SCALE, shape (predictions, rows).
    """

    features: Features
    predictions: Predictions


@dataclass(frozen=True, eq=False)
class CodeTree:
    """How a column's symbols are drawn given features.

    Args:
        children: left and right child of each node, shape (nodes, 2): a node, or -1 - symbol.
        lines: log odds of the right side before any tree.
        offsets: trees of node i are those from offsets[i] up to offsets[i + 1], shape (nodes + 1,).
        only: the symbol, where there are no nodes.
    """

    children: Children
    lines: Lines
    offsets: NDArray[np.int32]
    trees: Trees
    only: int = 0

    def check(self) -> None:
        """Raises ValueError where its parts do not fit together, which a file's may not."""
        nodes = len(self.children)
        need_shape(self.children, (nodes, 2), "the children of nodes")
        need(len(self.lines.starts) == nodes, "nodes have no line each")
        need_shape(self.offsets, (nodes + 1,), "the trees of nodes")
        need(self.offsets[0] == 0 and self.offsets[-1] == self.trees.count, "trees are left over")
        need_within(np.diff(self.offsets), 0, MOST_TREES, "the trees of nodes")
        inner = self.children[self.children >= 0]
        # Each node but the root has one parent, which comes before it: nothing goes in a circle.
        need(np.array_equal(np.sort(inner), np.arange(1, nodes)), "nodes have no one parent each")
        later = (self.children < 0) | (self.children > np.arange(nodes)[:, None])
        need(bool(later.all()), "a node comes before its parent")

    def check_reach(self, symbols: int, features: int, predictions: int) -> None:
        """Raises ValueError where it leads to other symbols, or asks for other features or
        predictions."""
        leaves = -1 - self.children[self.children < 0]
        need_within(leaves, 0, symbols - 1, "the symbols of nodes")
        need(0 <= self.only < max(symbols, 1), "the only symbol leaves its range")
        need_within(self.trees.feature, 0, features - 1, "the features of nodes")
        need(self.lines.predictions == predictions, "nodes have slopes of other predictions")

    def asked(self, features: int, counts: Counts) -> Floats:
        """How much each feature decides, the last ones being the codes of the predictions, by the
        rows that come to each node; shape (features,).

        Args:
            counts: rows of each symbol, shape (symbols,).
        """
        rows = np.zeros(len(self.children))
        for node in reversed(range(len(self.children))):
            rows[node] = sum(
                rows[child] if child >= 0 else counts[-1 - child] for child in self.children[node]
            )
        asked = self.trees.asked(features, np.repeat(rows, np.diff(self.offsets)))
        asked[features - self.lines.predictions :] += self.lines.asked(rows)
        return asked

    @cached_property
    def _parts(self) -> tuple[Trees, ...]:
        """The trees of each node."""
        pairs = zip(self.offsets[:-1], self.offsets[1:], strict=True)
        return tuple(self.trees.part(int(first), int(last)) for first, last in pairs)

    def draw(self, seen: Seen, uniforms: Floats) -> tuple[Symbols, Floats]:
        """Symbols, and what is left of each uniform number, which is uniform again.

        Args:
            uniforms: in [0, 1), shape (rows,).
        """
        rest = uniforms.copy()
        symbols = np.full(len(uniforms), self.only, dtype=np.int32)
        waiting = [(0, np.arange(len(uniforms)))] if len(self.children) else []
        while waiting:
            node, rows = waiting.pop()
            is_right = self._answer(node, seen, rows, rest)
            for side in (0, 1):
                child, chosen = int(self.children[node, side]), rows[is_right == side]
                if child < 0:
                    symbols[chosen] = -1 - child
                elif len(chosen):
                    waiting.append((child, chosen))
        return symbols, rest

    def chances_of(self, seen: Seen, symbols: Symbols) -> Floats:
        """How likely given symbols are, shape (rows,); 0 of those that are never drawn.

        Args:
            symbols: shape (rows,).
        """
        places, cuts = self._from_left
        placed = np.append(places, -1)[np.minimum(symbols, len(places))]
        chances = np.where(placed < 0, 0.0, 1.0)
        waiting = [(0, np.flatnonzero(placed >= 0))] if len(self.children) else []
        while waiting:
            node, rows = waiting.pop()
            chance, is_right = self.chances(node, seen, rows), placed[rows] >= cuts[node]
            chances[rows] *= np.where(is_right, chance, 1.0 - chance)
            for side in (0, 1):
                child, chosen = int(self.children[node, side]), rows[is_right == side]
                if child >= 0 and len(chosen):
                    waiting.append((child, chosen))
        return chances

    @cached_property
    def _from_left(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The place of each symbol among the leaves from left to right, -1 where it is none; and
        of each node the first place on its right side."""
        if not len(self.children):
            places = np.full(self.only + 1, -1, dtype=np.intp)
            places[self.only] = 0
            return places, np.empty(0, np.intp)
        leaves = -1 - self.children[self.children < 0]
        places = np.full(int(leaves.max()) + 1, -1, dtype=np.intp)
        cuts = np.zeros(len(self.children), dtype=np.intp)
        found, waiting = 0, [(0, False)]
        while waiting:
            child, is_cut = waiting.pop()
            if is_cut:
                cuts[child] = found
            elif child < 0:
                places[-1 - child], found = found, found + 1
            else:
                left, right = map(int, self.children[child])
                waiting += [(right, False), (child, True), (left, False)]
        return places, cuts

    def chances(self, node: int, seen: Seen, rows: NDArray[np.intp]) -> Floats:
        """Chance of the right side of a node, shape (len(rows),)."""
        scores = self.lines.scores(node, seen.predictions, rows)
        self._parts[node].add_scores(scores, seen.features, rows)
        np.clip(scores, -MOST_SCORE, MOST_SCORE, out=scores)
        return CHANCES[scores + MOST_SCORE]

    def _answer(
        self, node: int, seen: Seen, rows: NDArray[np.intp], rest: Floats
    ) -> NDArray[np.bool_]:
        """Which rows go right; takes out of `rest` what that used up."""
        chance, drawn = self.chances(node, seen, rows), rest[rows]
        is_right = drawn < chance
        low, width = np.where(is_right, 0.0, chance), np.where(is_right, chance, 1.0 - chance)
        rest[rows] = np.minimum((drawn - low) / width, _BELOW_ONE)
        return is_right


_BELOW_ONE = np.nextafter(1.0, 0.0)


def balanced_children(counts: Counts) -> Children:
    """A tree over symbols in order; each node cuts its rows into halves as equal as can be.

    Args:
        counts: rows of each symbol, shape (symbols,).
    """
    before = np.concatenate([[0], np.cumsum(counts)])
    children: list[list[int]] = []
    waiting = [(0, len(counts), -1, 0)]
    while waiting:
        low, high, parent, side = waiting.pop()
        number = -1 - low if high - low == 1 else len(children)
        if parent >= 0:
            children[parent][side] = number
        if number >= 0:
            middle = (before[low] + before[high]) / 2.0
            cut = low + 1 + int(np.argmin(np.abs(before[low + 1 : high] - middle)))
            children.append([0, 0])
            waiting += [(cut, high, number, 1), (low, cut, number, 0)]
    return np.array(children, dtype=np.int32).reshape(-1, 2)


def ordered_children(counts: Counts, order: NDArray[np.intp]) -> Children:
    """A balanced tree over symbols in an order of one's own.

    Args:
        counts: rows of each symbol, shape (symbols,).
        order: symbols from left to right, shape (symbols,).
    """
    children = balanced_children(counts[order])
    leaves = children < 0
    children[leaves] = -1 - order[-1 - children[leaves]]
    return children


def with_last_apart(children: Children, last: int) -> Children:
    """A tree whose root asks for one more symbol, which no other node has.

    Args:
        children: of a tree over the symbols before it.
        last: the symbol.
    """
    below = 1 if len(children) else -1
    root = np.array([[below, -1 - last]], dtype=np.int32)
    return np.concatenate([root, np.where(children >= 0, children + 1, children)])


def huffman_children(counts: Counts) -> Children:
    """The tree with the shortest way to frequent symbols; node 0 is its root.

    Args:
        counts: rows of each symbol, shape (symbols,).
    """
    heap = [(int(count), symbol, -1 - symbol) for symbol, count in enumerate(counts)]
    heapq.heapify(heap)
    joined: list[tuple[int, int]] = []
    while len(heap) > 1:
        rare, less_rare = heapq.heappop(heap), heapq.heappop(heap)
        joined.append((less_rare[2], rare[2]))
        node = (rare[0] + less_rare[0], len(counts) + len(joined), len(joined) - 1)
        heapq.heappush(heap, node)
    last = len(joined) - 1
    turned = [[last - child if child >= 0 else child for child in pair] for pair in joined[::-1]]
    return np.array(turned, dtype=np.int32).reshape(-1, 2)
