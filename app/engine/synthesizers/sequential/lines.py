"""Where the scores of nodes start: lines over the linear predictions of a column.

A node of few rows has too few of them for trees to say what a prediction says at once. Logistic
regression (Cox 1958) of the node's answers on the predictions, with a ridge penalty (le Cessie &
van Houwelingen 1992), needs two slopes, and trees go on from there. Slopes are whole numbers, and
scores keep to the ends that the node's own rows reached, so no row runs away along a line.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.synthesizers.bounds import need, need_shape, need_within
from app.engine.synthesizers.sequential.trees import SCALE, Scores
from app.engine.synthesizers.values import Floats

MOST_SCORE = 16 * SCALE
SLOPE_BITS = 16  # of a slope behind the point
MOST_SLOPE = 1 << 30
MOST_START = 1 << 30
PENALTY = 2.0  # of a slope in standard deviations of the node's predictions
STEPS = 6  # of Newton's method
NEAR = 1e-3  # largest step that is the last one
MOST_ROWS = 4000  # that a line is estimated from
FEWEST_KEPT = 10  # rows that a line is estimated from
FEWEST_HELD_OUT = 3  # rows that decide whether it is any better

Predictions = NDArray[np.int32]
IsRight = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class Lines:
    """The score of each node before any tree.

    Args:
        starts: where all predictions are 0, in 1/SCALE, shape (nodes,).
        slopes: of each prediction, in 2**-SLOPE_BITS, shape (nodes, predictions).
        ends: least and largest score of each node, in 1/SCALE, shape (nodes, 2).
    """

    starts: NDArray[np.int32]
    slopes: NDArray[np.int32]
    ends: NDArray[np.int32]

    def check(self) -> None:
        """Raises ValueError where its parts do not fit together, which a file's may not."""
        nodes = len(self.starts)
        need_shape(self.starts, (nodes,), "the starts of nodes")
        need(self.slopes.ndim == 2 and len(self.slopes) == nodes, "nodes have no slopes each")
        need_shape(self.ends, (nodes, 2), "the ends of nodes")
        need_within(self.starts, -MOST_START, MOST_START, "the starts of nodes")
        need_within(self.slopes, -MOST_SLOPE, MOST_SLOPE, "the slopes of nodes")
        need_within(self.ends, -MOST_SCORE, MOST_SCORE, "the ends of nodes")
        need(bool((np.diff(self.ends, axis=1) >= 0).all()), "the ends of nodes are turned round")

    @property
    def predictions(self) -> int:
        """How many predictions a row has."""
        return self.slopes.shape[1]

    def scores(self, node: int, predictions: Predictions, rows: NDArray[np.intp]) -> Scores:
        """Scores of rows at a node, shape (len(rows),).

        Args:
            predictions: in 1/SCALE, shape (predictions, all rows).
        """
        low, high = self.ends[node]
        if low == high:
            return np.full(len(rows), low, dtype=np.int32)
        sums = np.full(len(rows), self.starts[node], dtype=np.int64)
        sums += _risen(self.slopes[node], predictions[:, rows])
        return np.clip(sums, low, high).astype(np.int32)

    def asked(self, weights: Floats) -> Floats:
        """How much each prediction decides, shape (predictions,): as much as ends lie apart.

        Args:
            weights: of each node, shape (nodes,).
        """
        steep = np.abs(self.slopes).astype(float)
        shares = steep / np.maximum(steep.sum(axis=1, keepdims=True), 1.0)
        spread = np.ptp(self.ends, axis=1) * weights
        return np.asarray((shares * spread[:, None]).sum(axis=0))


@dataclass(frozen=True, eq=False, slots=True)
class Line:
    """That of one node; see `Lines`."""

    start: int
    slopes: NDArray[np.int32]
    ends: tuple[int, int]

    def scores(self, predictions: Predictions) -> Scores:
        """Scores of rows, from predictions of shape (predictions, rows)."""
        return np.clip(self.start + _risen(self.slopes, predictions), *self.ends).astype(np.int32)


def joined_lines(lines: list[Line], predictions: int) -> Lines:
    """Those of all nodes."""
    return Lines(
        np.array([each.start for each in lines], np.int32),
        np.array([each.slopes for each in lines], np.int32).reshape(len(lines), predictions),
        np.array([each.ends for each in lines], np.int32).reshape(len(lines), 2),
    )


def level_line(is_right: IsRight, predictions: int) -> Line:
    """The same score for all rows: the log odds of the right side."""
    right = int(is_right.sum())
    odds = np.log((right + 0.5) / (len(is_right) - right + 0.5))
    score = int(np.clip(np.round(odds * SCALE), -MOST_SCORE, MOST_SCORE))
    return Line(score, np.zeros(predictions, np.int32), (score, score))


def better_line(
    level: Line, predictions: Predictions, is_right: IsRight, is_held_out: IsRight
) -> Line:
    """A line estimated from rows, or the level one where that says more of the rows held out.

    Args:
        predictions: in 1/SCALE, shape (predictions, rows).
        is_right, is_held_out: shape (rows,).
    """
    kept = np.flatnonzero(~is_held_out)
    answers = is_right[kept]
    few = len(kept) < FEWEST_KEPT or int(is_held_out.sum()) < FEWEST_HELD_OUT
    if not len(predictions) or few or answers.all() or not answers.any():
        return level
    found = _fitted(predictions[:, kept], answers)
    held_out, truth = predictions[:, is_held_out], is_right[is_held_out]
    gain = log_loss(truth, level.scores(held_out)) - log_loss(truth, found.scores(held_out))
    return found if gain > 0 else level


def log_loss(is_right: IsRight, scores: Scores) -> float:
    """Mean log loss of scores in 1/SCALE, in nats."""
    odds = scores / SCALE
    return float((np.logaddexp(0.0, odds) - is_right * odds).mean())


def _fitted(predictions: Predictions, is_right: IsRight) -> Line:
    sample = slice(None, None, len(is_right) // MOST_ROWS + 1)
    known = predictions[:, sample] / SCALE
    centre = known.mean(axis=1)
    spread = np.maximum(known.std(axis=1), 1.0 / SCALE)
    weights = _logistic((known - centre[:, None]) / spread[:, None], is_right[sample])
    exact = weights[:-1] / spread
    slopes = np.clip(np.round(exact * 2**SLOPE_BITS), -MOST_SLOPE, MOST_SLOPE).astype(np.int32)
    level = np.round((weights[-1] - exact @ centre) * SCALE)
    start = int(np.clip(level, -MOST_START, MOST_START))
    reached = np.clip(start + _risen(slopes, predictions), -MOST_SCORE, MOST_SCORE)
    return Line(start, slopes, (int(reached.min()), int(reached.max())))


def _logistic(standardised: Floats, is_right: IsRight) -> Floats:
    """Slopes and, last, the level, by Newton's method; shape (predictions + 1,)."""
    design = np.vstack([standardised, np.ones(len(is_right))])
    penalty = np.append(np.full(len(standardised), PENALTY), 1e-6)
    weights = np.zeros(len(design))
    share = (is_right.sum() + 0.5) / (len(is_right) + 1.0)
    weights[-1] = np.log(share / (1.0 - share))
    for _ in range(STEPS):
        chances = 1.0 / (1.0 + np.exp(-np.clip(weights @ design, -30.0, 30.0)))
        slope = design @ (is_right - chances) - penalty * weights
        curve = (design * (chances * (1.0 - chances))) @ design.T + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        weights += step
        if np.abs(step).max() < NEAR:
            break
    return weights


def _risen(slopes: NDArray[np.int32], predictions: Predictions) -> NDArray[np.int64]:
    """What slopes add, in 1/SCALE, shape (rows,)."""
    return (slopes.astype(np.int64) @ predictions.astype(np.int64)) >> SLOPE_BITS
