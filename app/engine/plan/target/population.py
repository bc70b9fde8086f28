"""The inputs' joint population as a weighted list of cells.

Where inputs are independent and their bins multiply to few cells, every cell is listed with its
exact weight. Otherwise cells are points of a Latin hypercube (McKay, Beckman & Conover 1979)
carried through the columns' quantiles, every marginal exact to 1/points; or the rows of a drawn
sample where inputs depend on one another. Everything that is solved is solved on this list, so
correlated inputs, rules over any column and many inputs need nothing of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.expressions import Expression
from app.engine.generators.arranging.marginals import LabelMarginal, NumberMarginal
from app.engine.generators.categories import typed_labels
from app.engine.plan.target.declared import declared_marginal
from app.engine.plan.target.inputs import Input
from app.engine.plan.target.request import TargetRequest
from app.engine.seeds import Stream

Array = NDArray[np.float64]

MAX_CELLS = 20_000
POINTS = 32_768
FEWER_POINTS = 16_384
MANY_INPUTS = 16
POINTS_SEED = 0


@dataclass(frozen=True, eq=False, slots=True)
class Population:
    """Cells of the input space.

    Args:
        codes: bin of each input in each cell, shape (inputs, cells).
        weights: shape (cells,), summing to 1.
        rule: number of the user's rule that has the cell, -1 where none, shape (cells,).
        shuffled: whether the first cells are a fair sample of all.
    """

    codes: NDArray[np.int16]
    weights: Array
    rule: NDArray[np.int16]
    shuffled: bool

    @property
    def size(self) -> int:
        return len(self.weights)


def input_population(
    request: TargetRequest, inputs: list[Input], conditions: list[Expression]
) -> Population:
    """The population that the target is solved on."""
    read = {name for condition in conditions for name in condition.columns}
    names = sorted(read | {each.name for each in inputs})
    plain = not names or not (read or request.joint)
    if plain and prod(_listed(each) for each in inputs) <= MAX_CELLS:
        return _product(inputs)
    marginals = {} if request.joint else {name: _marginal(request, name) for name in names}
    listed = _listed_labels(request, marginals)
    if listed is not None:
        columns, weights = listed
        return _of_columns(columns, inputs, conditions, weights)
    columns = _stratified_columns(request, marginals)
    return _of_columns(columns, inputs, conditions)


def _listed_labels(
    request: TargetRequest, marginals: Mapping[str, NumberMarginal | LabelMarginal | None]
) -> tuple[Mapping[str, pa.Array], Array] | None:
    """Every combination of the labels of independent columns with its exact weight; None where a
    column has other values, or there are too many."""
    if not marginals:
        return None
    columns = dict[str, pa.Array]()
    sizes, chances = list[int](), list[Array]()
    for name, marginal in marginals.items():
        if not isinstance(marginal, LabelMarginal):
            return None
        shares = np.append(marginal.weights * (1.0 - marginal.missing), marginal.missing)
        columns[name] = _labelled([*range(len(shares) - 1), None], marginal, request.types[name])
        sizes.append(len(shares))
        chances.append(shares)
    if prod(sizes) > MAX_CELLS:
        return None
    places = np.indices(sizes).reshape(len(sizes), -1)
    weights = np.prod([c[p] for c, p in zip(chances, places, strict=True)], axis=0)
    there = weights > 0
    found = {
        name: column.take(pa.array(place[there]))
        for (name, column), place in zip(columns.items(), places, strict=True)
    }
    return found, np.asarray(weights[there] / weights.sum())


def _labelled(codes: Any, marginal: LabelMarginal, type_: pa.DataType) -> pa.Array:
    """The labels of these codes as a column of the type has them."""
    values = typed_labels(marginal.labels, type_)
    indices = codes if isinstance(codes, pa.Array) else pa.array(codes, pa.int32())
    if pa.types.is_dictionary(type_):
        return pa.DictionaryArray.from_arrays(indices, values)
    return values.take(indices)


def _marginal(request: TargetRequest, name: str) -> NumberMarginal | LabelMarginal | None:
    """The declared population of a column that can be had without drawing."""
    if pa.types.is_string(request.types[name]):
        return None
    return declared_marginal(request.columns[name], request.generators.get(name))


def _listed(each: Input) -> int:
    return int(np.count_nonzero(each.shares))


def _product(inputs: list[Input]) -> Population:
    codes = np.zeros((0, 1), dtype=np.int16)
    weights = np.ones(1)
    for each in inputs:
        used = np.flatnonzero(each.shares).astype(np.int16)
        codes = np.vstack([np.repeat(codes, len(used), axis=1), np.tile(used, codes.shape[1])])
        weights = np.outer(weights, each.shares[used]).ravel()
    nowhere = np.full(len(weights), -1, dtype=np.int16)
    return Population(codes, weights / weights.sum(), nowhere, shuffled=False)


def _of_columns(
    columns: Mapping[str, pa.Array],
    inputs: list[Input],
    conditions: list[Expression],
    weights: Array | None = None,
) -> Population:
    rows = len(next(iter(columns.values())))
    codes = np.zeros((len(inputs), rows), dtype=np.int16)
    for number, each in enumerate(inputs):
        codes[number] = each.bins.codes(columns[each.name])
    rules = first_match(conditions, columns, rows)
    if weights is not None:
        return Population(codes, weights, rules, shuffled=False)
    return _merged(inputs, codes, rules) or Population(
        codes, np.full(rows, 1.0 / rows), rules, shuffled=True
    )


def _merged(
    inputs: list[Input], codes: NDArray[np.int16], rules: NDArray[np.int16]
) -> Population | None:
    """Rows of the same bins and rule as one cell; None where hardly any are the same."""
    sizes = [len(each.shares) for each in inputs]
    if prod(sizes) * (int(rules.max(initial=0)) + 2) > MAX_CELLS:
        return None
    keys = rules.astype(np.int64) + 1
    for size, code in zip(sizes, codes, strict=True):
        keys = keys * size + code
    _, first, counts = np.unique(keys, return_index=True, return_counts=True)
    weights = counts / len(rules)
    return Population(codes[:, first], weights, rules[first], shuffled=False)


def first_match(
    conditions: list[Expression], columns: Mapping[str, pa.Array], rows: int
) -> NDArray[np.int16]:
    """Number of the first condition that holds in each row, -1 where none does; shape (rows,)."""
    found = np.full(rows, -1, dtype=np.int16)
    for number, condition in enumerate(conditions):
        found[(found < 0) & condition.mask(columns, rows)] = number
    return found


def _stratified_columns(
    request: TargetRequest, marginals: Mapping[str, NumberMarginal | LabelMarginal | None]
) -> Mapping[str, pa.Array]:
    """Independent columns by their marginals; a drawn sample where one of these is not known."""
    points = FEWER_POINTS if len(marginals) > MANY_INPUTS else POINTS
    middles = (np.arange(points) + 0.5) / points
    columns = {}
    for name, marginal in marginals.items():
        if marginal is None:
            return request.drawn()
        order = Stream(POINTS_SEED, (name,)).generator().permutation(points)
        columns[name] = _at_quantiles(marginal, request.types[name], middles[order])
    return columns or request.drawn()


def _at_quantiles(
    marginal: NumberMarginal | LabelMarginal, type_: pa.DataType, uniform: Array
) -> pa.Array:
    """A column's values at the given probabilities, nulls first."""
    null = uniform < marginal.missing
    probability = (uniform - marginal.missing) / max(1.0 - marginal.missing, 1e-300)
    places = np.searchsorted(np.cumsum(marginal.weights), probability, side="right")
    places = np.clip(places, 0, len(marginal.weights) - 1)
    if isinstance(marginal, LabelMarginal):
        return _labelled(pa.array(places.astype(np.int32), mask=null), marginal, type_)
    return _stored(marginal.values[places], null, type_)


def _stored(values: Array, null: NDArray[np.bool_], type_: pa.DataType) -> pa.Array:
    if pa.types.is_boolean(type_):
        return pa.array(values > 0.5, mask=null)
    if pa.types.is_date(type_):
        return pa.array(values.astype(np.int32), mask=null).view(type_)
    if pa.types.is_temporal(type_):
        return pa.array(values.astype(np.int64) * 1_000_000, mask=null).view(type_)
    return pa.array(values, mask=null).cast(type_, safe=False)
