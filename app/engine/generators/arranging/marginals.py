"""What a planned column looks like on its own: its population as a short weighted list."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.generators.apportionment import Apportionment
from app.engine.generators.base import Generator
from app.engine.generators.categories import BoolGenerator, CategoryGenerator
from app.engine.generators.numbers.columns import NumberGenerator
from app.engine.generators.numbers.moments import MomentGenerator
from app.engine.generators.numbers.quantiles import Array

POINTS = 4096


@dataclass(frozen=True, eq=False, slots=True)
class NumberMarginal:
    """Numbers that are not null: `values` ascending, `weights` summing to 1, both (points,);
    `missing` is the share of nulls."""

    values: Array
    weights: Array
    missing: float


@dataclass(frozen=True, eq=False, slots=True)
class LabelMarginal:
    """Labels that are not null (of a bool: `true` and `false`), `weights` summing to 1."""

    labels: tuple[str, ...]
    weights: Array
    missing: float


Marginal = NumberMarginal | LabelMarginal


@singledispatch
def marginal(generator: Generator) -> Marginal | None:
    """The population of a planned column; None where it has no simple one (names, formulas)."""
    return None


@marginal.register
def _(generator: NumberGenerator) -> NumberMarginal:
    present, missing = _shares(generator.apportionment)
    points: list[Array] = []
    weights: list[Array] = []
    for segment, share in zip(generator.segments, present, strict=True):
        count = max(1, round(POINTS * share)) if share else 0
        middles = (np.arange(count) + 0.5) / max(count, 1)
        points.append(generator.grain.apply(segment.at(middles)))
        weights.append(np.full(count, share / max(count, 1)))
    return NumberMarginal(*_merged(np.concatenate(points), np.concatenate(weights)), missing)


@marginal.register
def _(generator: CategoryGenerator) -> LabelMarginal:
    return _labels(generator.labels, generator.apportionment)


@marginal.register
def _(generator: BoolGenerator) -> LabelMarginal:
    return _labels(("true", "false"), generator.apportionment)


@marginal.register
def _(generator: MomentGenerator) -> NumberMarginal:
    middles = (np.arange(POINTS) + 0.5) / POINTS
    places = generator.start + np.floor(generator.offsets.at(middles))
    missing = float(generator.apportionment.shares[-1])
    return NumberMarginal(*_merged(places, np.full(POINTS, 1.0 / POINTS)), missing)


def population(generator: Generator) -> NumberMarginal | None:
    """The population of a planned column as numbers: true is 1, moments are steps since the
    epoch; None where it has no order."""
    found = marginal(generator)
    if isinstance(generator, BoolGenerator) and isinstance(found, LabelMarginal):
        return NumberMarginal(np.array([0.0, 1.0]), found.weights[::-1], found.missing)
    return found if isinstance(found, NumberMarginal) else None


def _labels(labels: tuple[str, ...], apportionment: Apportionment) -> LabelMarginal:
    return LabelMarginal(labels, *_shares(apportionment))


def numeric_values(column: pa.Array) -> NDArray[Any]:
    """Numbers, true and false (1 and 0) and moments (in their own storage); 0 for nulls; shape
    (rows,)."""
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    elif pa.types.is_date32(column.type):
        column = column.cast(pa.int32())
    elif pa.types.is_temporal(column.type):
        column = column.cast(pa.int64())
    if column.null_count:
        column = column.fill_null(0)
    return np.asarray(column.to_numpy(zero_copy_only=False))


def _shares(apportionment: Apportionment) -> tuple[Array, float]:
    """Shares of the segments among what is not null, and the share of nulls.

    Segments of a column that is null throughout count as equally likely.
    """
    shares = np.asarray(apportionment.shares, dtype=np.float64)
    present = shares[:-1]
    if not present.sum() > 0:
        present = np.ones(len(present))
    return present / present.sum(), float(shares[-1])


def _merged(values: Array, weights: Array) -> tuple[Array, Array]:
    merged, places = np.unique(values, return_inverse=True)
    return merged, np.bincount(places, weights=weights, minlength=len(merged)).astype(np.float64)
