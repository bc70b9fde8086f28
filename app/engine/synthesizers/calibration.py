"""Keeping margins where rules cut them off.

A column whose values are drawn again where they break a rule loses mass where the rule cuts.
Weights of its values make up for that: a value is taken with a chance in proportion to its weight.
They are fitted by drawing rows and raising the weight of what comes out too seldom (iterative
proportional fitting: Deming & Stephan 1940), which moves what the model draws as little as the
rules and the margins let it (Csiszar 1975).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.engine.seeds import Stream
from app.engine.synthesizers.base import Model, even_uniforms
from app.engine.synthesizers.keeping import weighed_bins
from app.engine.synthesizers.row_rules import RuledColumn
from app.engine.synthesizers.table import MISSING
from app.engine.synthesizers.values import ColumnValues, DrawnValues, Floats

ROWS = 1 << 13  # drawn to see margins
ROUNDS = 12
PATIENCE = 2  # rounds without a gain
NEAR = 0.015  # largest difference of two distribution functions that is left as it is
# Mean of Kolmogorov's distribution, √(π/2)·ln 2: by the root of the rows, how far a sample's
# distribution function is from that of what it was drawn from.
OF_CHANCE = 0.87
LEAST = 1e-6  # weight


@dataclass(frozen=True, slots=True)
class _Weighing:
    """The ruled columns with weights that come nearer to the margins.

    Args:
        distance: the largest one of a margin from the source's, over those that are not near;
            0 where all are.
    """

    columns: tuple[RuledColumn, ...]
    distance: float


def calibrated(model: Any, stream: Stream) -> Any:
    """The model with weights for the columns whose margins its rules move: those of the round
    that came nearest."""
    nearest, least, patience = model, np.inf, PATIENCE
    for number in range(ROUNDS if model.rules.columns else 0):
        weighing = _weighed(model, stream.child("round", number))
        patience -= 1
        if weighing.distance < least:
            nearest, least, patience = model, weighing.distance, PATIENCE
        if not weighing.distance or not patience:
            break
        model = replace(model, rules=replace(model.rules, columns=weighing.columns))
    return nearest


def _weighed(model: Model, stream: Stream) -> _Weighing:
    drawing = model.drawing(ROWS)
    ruled = {each.name for each in model.rules.columns}
    last = max(place for place, each in enumerate(drawing.columns) if each.name in ruled)
    for column in drawing.columns[: last + 1]:
        drawing.advance(even_uniforms(ROWS, stream.child("column", column.name)))
    values = {each.name: each for each in drawing.columns}
    found = [
        _corrected(each, values[each.name], drawing.drawn[each.name])
        for each in model.rules.columns
    ]
    return _Weighing(tuple(each for each, _ in found), max(distance for _, distance in found))


def _corrected(
    ruled: RuledColumn, values: ColumnValues, drawn: DrawnValues
) -> tuple[RuledColumn, float]:
    """A column with weights raised for what was drawn too seldom, and how far it was off."""
    codes = drawn.codes[drawn.codes != MISSING]
    if not len(codes):
        return ruled, 0.0
    starts = weighed_bins(values)
    wanted = _shares(np.add.reduceat(values.counts, starts).astype(float))
    bins = np.searchsorted(starts, codes, side="right") - 1
    there = _shares(np.bincount(bins, minlength=len(starts)).astype(float))
    distance = float(np.abs(np.cumsum(wanted - there)).max())
    # The source's rows are a sample, too: what lies within its error says nothing.
    if distance < max(NEAR, OF_CHANCE / np.sqrt(values.counts.sum())):
        return ruled, 0.0
    weights = np.array(ruled.weights or np.ones(len(starts)))
    seldom = 0.5 / ROWS
    weights *= (wanted + seldom) / (there + seldom)
    weights = np.round(np.clip(weights / weights.max(), LEAST, 1.0), 9)
    return replace(ruled, weights=tuple(weights.tolist())), distance


def _shares(counts: Floats) -> Floats:
    return counts / counts.sum()
