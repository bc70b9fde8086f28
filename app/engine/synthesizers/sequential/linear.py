"""Linear predictions as further features.

Trees need many splits for what a sum says at once. Each number is therefore also predicted by
ridge regression (Hoerl & Kennard 1970), in normal scores and in logarithms, from the features
before it; the prediction, cut into codes, is one more feature. It is a sum of whole numbers looked
up by code, so fitting and drawing see exactly the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.synthesizers.bounds import need, need_shape, need_within
from app.engine.synthesizers.sequential.code_tree import Seen
from app.engine.synthesizers.sequential.trees import CODES, MOST_LEAF, SCALE
from app.engine.synthesizers.table import Kind, positions
from app.engine.synthesizers.values import ColumnValues, Features, Floats

PENALTY = 1.0
FEWEST_ROWS = 20  # of a label with a weight of its own
MOST_CODES = 250
MOST_ROWS = 20_000  # that weights are estimated from

_Scores = Callable[[ColumnValues], Floats]


@dataclass(frozen=True, eq=False, slots=True)
class LinearFeature:
    """One linear prediction.

    Args:
        weights: what each code of each feature adds, in 1/SCALE, shape (features, CODES).
        cuts: ascending; the code is how many of them a prediction reaches, shape (codes - 1,).
    """

    weights: NDArray[np.int32]
    cuts: NDArray[np.int32]

    def check(self) -> None:
        """Raises ValueError where its parts do not fit together, which a file's may not."""
        need_shape(self.weights, (len(self.weights), CODES), "the weights of features")
        need_within(self.weights, -MOST_LEAF, MOST_LEAF, "the weights of features")
        need(self.cuts.ndim == 1 and len(self.cuts) < CODES, "there are too many codes")
        need(bool((np.diff(self.cuts) > 0).all()), "codes do not ascend")

    def shares(self) -> Floats:
        """How much of the prediction each feature moves, shape (features,)."""
        reach = np.ptp(self.weights, axis=1).astype(float)
        return reach / max(float(reach.sum()), 1.0)

    def predictions(self, features: Features) -> NDArray[np.int32]:
        """Of rows, in 1/SCALE, shape (rows,), from features of shape (features, rows)."""
        return _sums(self.weights, features)

    def codes(self, predictions: NDArray[np.int32]) -> Features:
        """Codes of predictions, shape (rows,)."""
        return np.searchsorted(self.cuts, predictions, side="right").astype(np.uint8)


def seen_with(linear: tuple[LinearFeature, ...], features: Features) -> Seen:
    """Features, behind them the codes of their linear predictions, and these themselves.

    Args:
        features: shape (features, rows).
    """
    predictions = np.empty((len(linear), features.shape[1]), dtype=np.int32)
    codes = np.empty((len(linear), features.shape[1]), dtype=np.uint8)
    for place, each in enumerate(linear):
        predictions[place] = each.predictions(features)
        codes[place] = each.codes(predictions[place])
    return Seen(np.concatenate([features, codes]), predictions)


def linear_features(
    target: ColumnValues, target_codes: Features, before: list[ColumnValues], features: Features
) -> tuple[LinearFeature, ...]:
    """What predicts a number, in normal scores and in logarithms; nothing for labels.

    Args:
        target_codes: feature codes of the number itself, shape (rows,).
        before: the columns that the features stand for, in their order.
        features: shape (features, rows).
    """
    known = np.flatnonzero(target_codes < len(target.feature_starts))
    known = known[:: len(known) // MOST_ROWS + 1]
    if target.kind is not Kind.NUMBER or not before or len(known) < FEWEST_ROWS:
        return ()
    found = []
    for scores_of in (normal_scores, log_scores):
        wanted = scores_of(target)[target_codes[known]]
        tables = [
            _columns_of(each, row, scores_of) for each, row in zip(before, features, strict=True)
        ]
        found.append(_fitted(wanted, tables, features, known))
    return tuple(found)


def normal_scores(values: ColumnValues) -> Floats:
    """Mean normal score of the values of each feature code, 0 for missing; shape (codes,)."""
    from app.engine.special_functions import ndtri

    reach = np.cumsum(values.counts)
    middle = (reach - values.counts / 2.0) / reach[-1] if len(reach) else reach.astype(float)
    return _per_code(values, ndtri(middle))


def log_scores(values: ColumnValues) -> Floats:
    """Mean logarithm of the values, standardised (mean 0, spread 1), of shape (feature codes,)."""
    scores = _logarithms(positions(values.values))
    mean = np.average(scores, weights=values.counts)
    spread = np.sqrt(np.average((scores - mean) ** 2, weights=values.counts))
    return _per_code(values, (scores - mean) / (spread or 1.0))


def _logarithms(known: Floats) -> Floats:
    """Of numbers that ascend. Where none is negative a product of columns is a sum of these, and 0
    counts as half of the smallest number above; else they are of the distance from the smallest."""
    if known[0] >= 0 and known[-1] > 0:
        scores: Floats = np.log(np.maximum(known, known[known > 0][0] / 2.0))
        return scores
    above = known - known[0]
    typical = np.median(above[above > 0]) if (above > 0).any() else 1.0
    return np.log1p(above / typical)


def _per_code(values: ColumnValues, scores: Floats) -> Floats:
    starts = values.feature_starts
    if not len(starts):
        return np.zeros(1)
    sums = np.add.reduceat(scores * values.counts, starts)
    return np.append(sums / np.add.reduceat(values.counts, starts), 0.0)


def _columns_of(values: ColumnValues, codes: Features, scores_of: _Scores) -> Floats:
    """What each code of a feature is in the design matrix, shape (CODES, columns)."""
    missing = len(values.feature_starts)
    table = np.zeros((CODES, 0))
    if values.kind is Kind.NUMBER and len(values.values):
        table = np.zeros((CODES, 1))
        table[: missing + 1, 0] = scores_of(values)
        flagged = np.array([missing])
    else:
        flagged = np.arange(missing + 1)
    frequent = flagged[np.bincount(codes, minlength=CODES)[flagged] >= FEWEST_ROWS]
    return np.column_stack([table, np.arange(CODES)[:, None] == frequent])


def _fitted(
    wanted: Floats, tables: list[Floats], features: Features, known: NDArray[np.intp]
) -> LinearFeature:
    design = np.column_stack(
        [table[row[known]] for table, row in zip(tables, features, strict=True)]
    )
    centre = design.mean(axis=0)
    centred = design - centre
    gram = centred.T @ centred + PENALTY * np.eye(design.shape[1])
    weights = np.linalg.solve(gram, centred.T @ (wanted - wanted.mean()))
    bounds = np.cumsum([table.shape[1] for table in tables])[:-1]
    per_feature = [t @ w for t, w in zip(tables, np.split(weights, bounds), strict=True)]
    scaled = np.round(np.array(per_feature) * SCALE)
    whole = np.clip(scaled, -MOST_LEAF, MOST_LEAF).astype(np.int32)
    sums = np.sort(_sums(whole, features))
    places = np.linspace(0, len(sums) - 1, MOST_CODES + 1)[1:-1].astype(np.intp)
    return LinearFeature(whole, np.unique(sums[places]))


def _sums(weights: NDArray[np.int32], features: Features) -> NDArray[np.int32]:
    sums = np.zeros(features.shape[1], dtype=np.int32)
    for table, codes in zip(weights, features, strict=True):
        sums += np.take(table, codes.astype(np.intp), mode="clip")
    return sums
