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
    """

    design: Array
    label: NDArray[np.intp]
    weights: Array
    labels: int
    positive: int
    fixed: Array | None = None

    def scores(self, parameters: Array) -> Array:
        """Shape (labels, cells)."""
        found = np.zeros((self.labels, self.design.shape[1]))
        for label in range(self.labels):
            mine = self.label == label
            if mine.any():
                found[label] = parameters[mine] @ self.design[mine]
        return found

    def probabilities(self, parameters: Array) -> Array:
        """Shape (labels, cells)."""
        scores = self.scores(parameters)
        scores -= scores.max(axis=0)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=0)
        if self.fixed is not None:
            scores = np.where(np.isnan(self.fixed), scores, self.fixed)
        return scores

    def moments(self, parameters: Array) -> Array:
        return self.moments_of(self.probabilities(parameters))

    def moments_of(self, probabilities: Array) -> Array:
        weighted = probabilities * self.weights
        found = np.zeros(len(self.label))
        for label in range(self.labels):
            mine = self.label == label
            found[mine] = self.design[mine] @ weighted[label]
        return found

    def evaluate(self, parameters: Array) -> tuple[Array, Array]:
        probabilities = self.probabilities(parameters)
        return self.moments_of(probabilities), self._slopes(probabilities)

    def _slopes(self, probabilities: Array) -> Array:
        slopes = np.zeros((len(self.label), len(self.label)))
        free = self.weights if self.fixed is None else self.weights * np.isnan(self.fixed[0])
        used = sorted({int(label) for label in self.label})
        for a in used:
            for b in used:
                both = probabilities[a] * ((a == b) - probabilities[b]) * free
                rows, columns = self.label == a, self.label == b
                slopes[np.ix_(rows, columns)] = (self.design[rows] * both) @ self.design[columns].T
        return slopes

    def largest_score(self, parameters: Array) -> float:
        scores = self.scores(parameters)
        return float((scores.max(axis=0) - scores.min(axis=0)).max(initial=0.0))

    def measure(self, name: str, parameters: Array) -> float:
        """The best possible `auc` or `accuracy`."""
        probabilities = self.probabilities(parameters)
        if name == "accuracy":
            return best_accuracy(probabilities, self.weights)
        return best_auc_of_labels(probabilities, self.weights, self.positive)


def reference_label(shares: Sequence[float], spoken_of: Sequence[int]) -> int:
    """The label whose score is 0: the most frequent of those that no effect speaks of, if any."""
    silent = [label for label in range(len(shares)) if label not in spoken_of]
    return max(silent or range(len(shares)), key=lambda label: shares[label])
