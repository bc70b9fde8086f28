"""The probabilities of a target of labels: one additive score per label, through softmax.

Among all probabilities with given label shares and given correlations, those of a logit-additive
score lie nearest to independence (maximum entropy; Jaynes 1957, Csiszár 1975). So the score whose
statistics have the wanted moments is the one solution of a convex problem, and Newton finds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.plan.target.measures import best_accuracy, best_auc_of_labels

Array = NDArray[np.float64]
Places = slice | NDArray[np.intp]

EVERYWHERE = slice(None)


@dataclass(frozen=True, eq=False, slots=True)
class LabelProblem:
    """Moments of label probabilities as functions of the scores' parameters.

    Args:
        design: a function of the cells for each parameter, shape (parameters, cells).
        label: number of the label whose score the parameter is part of, shape (parameters,).
        weights: share of each cell, shape (cells,).
        labels: number of labels.
        positive: number of the positive label.
        fixed: probabilities of cells that a rule decides, NaN elsewhere, shape (labels, cells);
            None where there are none.
        sketch: how many of the first cells the slopes are computed from; all where None.
    """

    design: Array
    label: NDArray[np.intp]
    weights: Array
    labels: int
    positive: int
    fixed: Array | None = None
    sketch: int | None = None

    def scores(self, parameters: Array, cells: slice = EVERYWHERE) -> Array:
        """Shape (labels, cells)."""
        design = self.design[:, cells]
        found = np.zeros((self.labels, design.shape[1]))
        for label, mine in self._groups():
            found[label] = parameters[mine] @ design[mine]
        return found

    def _groups(self) -> list[tuple[int, Places]]:
        """The labels that have parameters, with the places of these."""
        labels = sorted({int(label) for label in self.label})
        if len(labels) == 1:
            return [(labels[0], slice(None))]
        return [(label, np.flatnonzero(self.label == label)) for label in labels]

    def probabilities(self, parameters: Array, cells: slice = EVERYWHERE) -> Array:
        """Shape (labels, cells)."""
        scores = self.scores(parameters, cells)
        scores -= scores.max(axis=0)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=0)
        if self.fixed is not None:
            fixed = self.fixed[:, cells]
            scores = np.where(np.isnan(fixed), scores, fixed)
        return scores

    def moments(self, parameters: Array) -> Array:
        probabilities = self.probabilities(parameters)
        found = np.zeros(len(self.label))
        for label, mine in self._groups():
            found[mine] = self.design[mine] @ (self.weights * probabilities[label])
        return found

    def slopes(self, parameters: Array) -> Array:
        head = slice(self.sketch)
        probabilities = self.probabilities(parameters, head)
        weights = self.weights[head] / self.weights[head].sum()
        if self.fixed is not None:
            weights = weights * np.isnan(self.fixed[0, head])
        slopes = np.zeros((len(self.label), len(self.label)))
        for a, rows in self._groups():
            for b, columns in self._groups():
                both = probabilities[a] * ((a == b) - probabilities[b]) * weights
                places = np.ix_(_numbers(rows, len(slopes)), _numbers(columns, len(slopes)))
                left, right = self.design[rows, head], self.design[columns, head]
                slopes[places] = (left * both) @ right.T
        return slopes

    def largest_score(self, parameters: Array) -> float:
        scores = self.scores(parameters)
        return float((scores.max(axis=0) - scores.min(axis=0)).max(initial=0.0))

    def measure(self, name: str, parameters: Array) -> float:
        """The best possible `auc` or `accuracy` with these parameters, of shape (parameters,)."""
        probabilities = self.probabilities(parameters)
        if name == "accuracy":
            return best_accuracy(probabilities, self.weights)
        return best_auc_of_labels(probabilities, self.weights, self.positive)


def _numbers(places: Places, count: int) -> NDArray[np.intp]:
    return np.arange(count)[places]


def reference_label(shares: Sequence[float], spoken_of: Sequence[int]) -> int:
    """The label whose score is 0: the most frequent of those that no effect speaks of, if any."""
    silent = [label for label in range(len(shares)) if label not in spoken_of]
    return max(silent or range(len(shares)), key=lambda label: shares[label])
