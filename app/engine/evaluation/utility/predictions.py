"""What a model of one table says of the rows of another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.evaluation.metrics.auc import auc, macro_auc
from app.engine.evaluation.metrics.r2 import r2
from app.engine.evaluation.row_space import Array

Rows = NDArray[np.intp] | slice
ALL: Rows = slice(None)


@dataclass(frozen=True, slots=True)
class Predictions:
    """What a model of one table says of the rows of another.

    Args:
        answers: the truth, or the numbers of its labels, shape (rows,).
        predicted: a number or the chance of the second of two labels, shape (rows,); of more
            labels the chance of each, shape (rows, labels).
        labels: how many labels there are; 0 of numbers.
    """

    answers: Array
    predicted: Array
    labels: int

    def score(self, rows: Rows = ALL) -> float | None:
        """The AUC of labels (the mean over labels where there are more than two), R² of numbers;
        None where the rows show nothing."""
        answers, predicted = self.answers[rows], self.predicted[rows]
        if not self.labels:
            return r2(answers, predicted) if len(answers) else None
        if self.labels == 2:
            return auc(answers == 1, predicted)
        return macro_auc(answers.astype(int), predicted)

    def of(self, rows: NDArray[np.intp]) -> Predictions:
        """Those of some rows."""
        return Predictions(self.answers[rows], self.predicted[rows], self.labels)
