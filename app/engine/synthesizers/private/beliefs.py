"""Marginals of a graphical model, by passing messages over its junction tree.

Two passes over the tree (Jensen, Lauritzen & Olesen 1990) give every clique its marginal; a
marginal whose columns lie in several cliques is put together along the paths between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.engine.synthesizers.private.junction_tree import Columns, JunctionTree

Array = NDArray[np.float64]

LEAST_LOG = -300.0
"""Of a potential, below the largest of its clique."""


def over(array: Array, columns: Columns, wanted: Columns) -> Array:
    """The sums of an array over `columns` for each place of the wanted ones among them."""
    axes = tuple(axis for axis, each in enumerate(columns) if each not in wanted)
    return np.asarray(array.sum(axis=axes)) if axes else array


def along(array: Array, columns: Columns, wanted: Columns) -> Array:
    """A view of an array over `columns` that can be multiplied with one over the wanted ones, which
    have them all."""
    sizes = dict(zip(columns, array.shape, strict=True))
    return array.reshape([sizes.get(each, 1) for each in wanted])


@dataclass(frozen=True, eq=False, slots=True)
class Beliefs:
    """Marginals of the cliques, in rows.

    Args:
        arrays: one for each clique, over its columns.
    """

    tree: JunctionTree
    arrays: tuple[Array, ...]
    total: float
    _parts: dict[tuple[int, Columns], Array] = field(default_factory=dict)

    def marginal(self, columns: Columns) -> Array:
        """The marginal of any columns, in rows; an axis for each."""
        home = self.tree.home(columns)
        if home is not None:
            return self._part(home, columns)
        needed = self.tree.between(columns)
        root = min(needed)
        found, array = self._message(root, needed, set(columns))
        order = [found.index(each) for each in columns]
        return array.transpose(order) * self.total

    def _part(self, clique: int, columns: Columns) -> Array:
        key = (clique, columns)
        if key not in self._parts:
            self._parts[key] = over(self.arrays[clique], self.tree.cliques[clique], columns)
        return self._parts[key]

    def _message(self, clique: int, needed: set[int], wanted: set[int]) -> tuple[list[int], Array]:
        """What a clique and those below it say of its separator and of the wanted columns."""
        tree = self.tree
        below = [each for each in needed if tree.parents[each] == clique]
        is_root = tree.parents[clique] not in needed
        separator = set() if is_root else set(tree.separator(clique))
        kept = set(separator) | (wanted & set(tree.cliques[clique]))
        for each in below:
            kept |= set(tree.separator(each))
        own = tuple(each for each in tree.cliques[clique] if each in kept)
        operands: list[Any] = [self._conditional(clique, own, separator), list(own)]
        reached = separator | (wanted & set(own))
        for each in below:
            columns, array = self._message(each, needed, wanted)
            operands += [array, columns]
            reached |= wanted & set(columns)
        out = sorted(reached)
        return out, np.asarray(np.einsum(*operands, out, optimize="greedy"))

    def _conditional(self, clique: int, columns: Columns, separator: set[int]) -> Array:
        part = self._part(clique, columns)
        by = tuple(each for each in columns if each in separator)
        rows = along(over(part, columns, by), by, columns)
        return np.divide(part, rows, out=np.zeros(part.shape), where=rows > 0)


def calibrated(tree: JunctionTree, potentials: Mapping[Columns, Array], total: float) -> Beliefs:
    """The marginals of P ∝ exp(Σ potentials).

    Args:
        potentials: over sets of columns that have a clique each.
        total: rows.
    """
    arrays = _products(tree, potentials)
    for clique in range(len(arrays) - 1, 0, -1):
        own, parent, by = _edge(tree, clique)
        up = over(arrays[clique], own, by)
        up = up / max(float(up.max()), 1e-300)
        arrays[parent] *= along(up, by, tree.cliques[parent])
    arrays[0] *= total / max(float(arrays[0].sum()), 1e-300)
    for clique in range(1, len(arrays)):
        own, parent, by = _edge(tree, clique)
        down = over(arrays[parent], tree.cliques[parent], by)
        rows = over(arrays[clique], own, by)
        ratio = np.divide(down, rows, out=np.zeros(down.shape), where=rows > 0)
        arrays[clique] *= along(ratio, by, own)
    return Beliefs(tree, tuple(arrays), total)


def _edge(tree: JunctionTree, clique: int) -> tuple[Columns, int, Columns]:
    return tree.cliques[clique], tree.parents[clique], tree.separator(clique)


def _products(tree: JunctionTree, potentials: Mapping[Columns, Array]) -> list[Array]:
    logs: list[Array] = [np.zeros(tree.shape(clique)) for clique in tree.cliques]
    for columns, potential in potentials.items():
        home = tree.home(columns)
        if home is None:
            raise ValueError(f"no clique has the columns {columns}")
        logs[home] += along(potential, columns, tree.cliques[home])
    return [np.exp(np.maximum(each - each.max(), LEAST_LOG)) for each in logs]
