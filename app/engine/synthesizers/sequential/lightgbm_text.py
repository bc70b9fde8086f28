"""LightGBM's text of a model, read into plain arrays."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from app.engine.synthesizers.sequential.trees import (
    CODES,
    MOST_LEAF,
    MOST_LEAVES,
    SCALE,
    Trees,
    no_trees,
)

_UP_TO = np.tri(CODES, dtype=bool)  # for each code, which ones are not above it
CATEGORICAL = 1  # the bit of a node's decision type that says so


def read_trees(text: str) -> Trees:
    """The trees of a model whose features are codes of one byte without missing values."""
    trees = [_fields(part) for part in text.split("\nTree=")[1:]]
    nodes: list[tuple[int, int, np.ndarray, int]] = []
    leaves = np.zeros((len(trees), MOST_LEAVES), dtype=np.int32)
    for number, fields in enumerate(trees):
        order = list(_from_left(fields))
        values = np.array(fields["leaf_value"].split(), dtype=float)[[leaf for leaf, _ in order]]
        leaves[number, : len(values)] = np.clip(np.round(values * SCALE), -MOST_LEAF, MOST_LEAF)
        nodes += [(number, *node) for node in _nodes(fields, order)]
    if not nodes:
        return no_trees() if not trees else _constant(leaves)
    tree, feature, goes_left, rules_out = zip(*nodes, strict=True)
    return Trees(
        np.array(tree, np.int32),
        np.array(feature, np.int32),
        np.packbits(np.array(goes_left), axis=1, bitorder="little"),
        np.array(rules_out, np.uint8),
        leaves,
    )


def _constant(leaves: np.ndarray) -> Trees:
    empty = no_trees()
    return Trees(empty.tree, empty.feature, empty.goes_left, empty.rules_out, leaves)


def _fields(part: str) -> dict[str, str]:
    lines = (line.partition("=") for line in part.split("\n\n", 1)[0].splitlines())
    return {name: value for name, _, value in lines}


def _from_left(fields: dict[str, str]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Leaves from left to right, each with the inner nodes on whose left side it lies."""
    if int(fields["num_leaves"]) == 1:
        yield 0, ()
        return
    left = [int(child) for child in fields["left_child"].split()]
    right = [int(child) for child in fields["right_child"].split()]
    waiting: list[tuple[int, tuple[int, ...]]] = [(0, ())]
    while waiting:
        node, above = waiting.pop()
        if node < 0:
            yield ~node, above
        else:
            waiting.append((right[node], above))
            waiting.append((left[node], (*above, node)))


def _nodes(
    fields: dict[str, str], order: list[tuple[int, tuple[int, ...]]]
) -> Iterator[tuple[int, np.ndarray, int]]:
    """Feature, codes that pass and leaves on the left, of each inner node."""
    if int(fields["num_leaves"]) == 1:
        return
    kinds = [int(kind) for kind in fields["decision_type"].split()]
    thresholds = [float(threshold) for threshold in fields["threshold"].split()]
    on_left = [0] * len(kinds)
    for place, (_, above) in enumerate(order):
        for node in above:
            on_left[node] |= 1 << place
    for node, feature in enumerate(fields["split_feature"].split()):
        rules_out = on_left[node]
        if kinds[node] & CATEGORICAL:
            passes = _label_set(fields, int(thresholds[node]))
        else:
            passes = _UP_TO[int(thresholds[node])]
        yield int(feature), passes, rules_out


def _label_set(fields: dict[str, str], number: int) -> np.ndarray:
    bounds = [int(bound) for bound in fields["cat_boundaries"].split()]
    words = [int(word) for word in fields["cat_threshold"].split()]
    words = words[bounds[number] : bounds[number + 1]]
    passes = np.zeros(CODES, dtype=bool)
    bits = np.unpackbits(np.array(words, "<u4").view(np.uint8), bitorder="little")[:CODES]
    passes[: len(bits)] = bits
    return passes
