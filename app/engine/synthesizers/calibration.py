"""Keeping margins where rules cut them off.

A column whose values are drawn again where they break a rule loses mass where the rule cuts.
Weights of its values make up for that: a value is taken with a chance in proportion to its weight.
They are fitted by drawing rows and raising the weight of what comes out too seldom (iterative
proportional fitting: Deming & Stephan 1940), which moves what the model draws as little as the
rules and the margins let it (Csiszar 1975).
"""

from __future__ import annotations

from dataclasses import replace
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
NEAR = 0.015  # largest difference of two distribution functions that is left as it is
LEAST = 1e-6  # weight


def calibrated(model: Any, stream: Stream) -> Any:
    """The model with weights for the columns whose margins its rules move."""
    for number in range(ROUNDS):
        columns, changed = _weighed(model, stream.child("round", number))
        if not changed:
            return model
        model = replace(model, rules=replace(model.rules, columns=columns))
    return model


def _weighed(model: Model, stream: Stream) -> tuple[tuple[RuledColumn, ...], bool]:
    """The ruled columns with weights that come nearer to the margins, and whether any moved."""
    if not model.rules.columns:
        return (), False
    drawing = model.drawing(ROWS)
    for column in drawing.columns:
        drawing.advance(even_uniforms(ROWS, stream.child("column", column.name)))
    values = {each.name: each for each in drawing.columns}
    found = tuple(
        _corrected(each, values[each.name], drawing.drawn[each.name])
        for each in model.rules.columns
    )
    return found, found != model.rules.columns


def _corrected(ruled: RuledColumn, values: ColumnValues, drawn: DrawnValues) -> RuledColumn:
    """A column with weights raised for what was drawn too seldom."""
    codes = drawn.codes[drawn.codes != MISSING]
    if not len(codes):
        return ruled
    starts = weighed_bins(values)
    wanted = _shares(np.add.reduceat(values.counts, starts).astype(float))
    bins = np.searchsorted(starts, codes, side="right") - 1
    there = _shares(np.bincount(bins, minlength=len(starts)).astype(float))
    if np.abs(np.cumsum(wanted - there)).max() < NEAR:
        return ruled
    weights = np.array(ruled.weights or np.ones(len(starts)))
    seldom = 0.5 / ROWS
    weights *= (wanted + seldom) / (there + seldom)
    weights = np.round(np.clip(weights / weights.max(), LEAST, 1.0), 9)
    return replace(ruled, weights=tuple(weights.tolist()))


def _shares(counts: Floats) -> Floats:
    return counts / counts.sum()
