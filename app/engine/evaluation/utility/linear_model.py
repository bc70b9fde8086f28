"""Linear models: least squares of numbers, logistic regression of labels, both with a ridge.

In numpy alone. Numbers are centred and scaled by the rows that define the design, labels have a
flag each but for the most frequent one, the rarest share a flag, and missing numbers have one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.engine.evaluation.row_space import Array

MOST_LABELS = 10  # of a column that have flags of their own
ROUNDS = 30
NEAR = 1e-8  # change of coefficients at which they are found
RIDGE = 1.0  # penalty of squared coefficients, beside a sum over the rows
SMALL_RIDGE = 1e-6  # where coefficients themselves are read


@dataclass(frozen=True, slots=True)
class Design:
    """How rows become regressors.

    Args:
        categories: numbers of the columns that hold labels.
        places: for each regressor the column that it is made of.
    """

    target: int
    categories: tuple[int, ...]
    means: Array
    spreads: Array
    flagged: tuple[int, ...]
    places: tuple[int, ...]

    def regressors(self, rows: Array) -> Array:
        """Shape (rows, 1 + regressors), the first being 1."""
        return np.column_stack([np.ones(len(rows)), *self._parts(rows)])

    def _parts(self, rows: Array) -> Iterator[Array]:
        for place in range(rows.shape[1]):
            if place == self.target:
                continue
            values = rows[:, place]
            if place in self.categories:
                labels = np.minimum(np.where(np.isnan(values), 0, values), MOST_LABELS)
                yield (labels[:, None] == np.arange(1, MOST_LABELS + 1)).astype(np.float64)
            else:
                known = np.nan_to_num((values - self.means[place]) / self.spreads[place])
                yield known[:, None]
            if place in self.flagged:
                yield np.isnan(values)[:, None].astype(np.float64)


def design_of(rows: Array, target: int, categories: Sequence[int]) -> Design:
    """By the rows of a table, numbers of a `RowSpace`."""
    missing = np.isnan(rows)
    flagged = tuple(np.flatnonzero(missing.any(axis=0)).tolist())
    known = np.where(missing, 0.0, rows)
    counts = np.maximum((~missing).sum(axis=0), 1)
    means = known.sum(axis=0) / counts
    spreads = np.sqrt(np.where(missing, 0.0, (rows - means) ** 2).sum(axis=0) / counts)
    places: list[int] = []
    for place in range(rows.shape[1]):
        if place != target:
            places += [place] * (MOST_LABELS if place in categories else 1)
            places += [place] * (place in flagged)
    spreads = np.where(spreads > 0, spreads, 1.0)
    return Design(target, tuple(categories), means, spreads, flagged, tuple(places))


@dataclass(frozen=True, slots=True)
class Coefficients:
    """Of regressors, the constant first, with their standard errors; shape (1 + regressors,)."""

    values: Array
    errors: Array


def least_squares(regressors: Array, truth: Array, ridge: float = RIDGE) -> Coefficients:
    """Coefficients that make the squared error least (Hoerl & Kennard 1970 where there is a ridge);
    the constant is not penalised."""
    inner = regressors.T @ regressors + _penalty(regressors, ridge)
    inverse = np.linalg.pinv(inner, hermitian=True)
    values: Array = np.asarray(inverse @ (regressors.T @ truth), dtype=np.float64)
    free = max(len(truth) - regressors.shape[1], 1)
    variance = float(((truth - regressors @ values) ** 2).sum()) / free
    return Coefficients(values, np.sqrt(np.maximum(variance * np.diag(inverse), 0.0)))


def logistic(regressors: Array, truth: Array, ridge: float = RIDGE) -> Coefficients:
    """Logistic regression by Newton's steps (iteratively reweighted least squares); truth is 0 or
    1, the constant is not penalised."""
    values: Array = np.zeros(regressors.shape[1])
    penalty = _penalty(regressors, ridge)
    inverse: Array = penalty
    for _ in range(ROUNDS):
        chance = chances(regressors, values)
        weights = np.maximum(chance * (1.0 - chance), 1e-10)
        inner = (regressors.T * weights) @ regressors + penalty
        inverse = np.asarray(np.linalg.pinv(inner, hermitian=True), dtype=np.float64)
        step = inverse @ (regressors.T @ (truth - chance) - penalty @ values)
        values = values + step * min(1.0, 5.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < NEAR:
            break
    return Coefficients(values, np.sqrt(np.maximum(np.diag(inverse), 0.0)))


def chances(regressors: Array, coefficients: Array) -> Array:
    """Of 1, shape (rows,)."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(regressors @ coefficients, -30.0, 30.0))))


def _penalty(regressors: Array, ridge: float) -> Array:
    return np.diag(np.concatenate([[0.0], np.full(regressors.shape[1] - 1, ridge)]))
