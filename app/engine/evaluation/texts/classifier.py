"""Linear models of hashed words: quick, and hard to better by far on short texts."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from app.engine.evaluation.row_space import Array
from app.engine.evaluation.texts.rows import Texts, character_grams, words_of

AXES = 1 << 15  # that words are hashed to
CHARACTERS = 3  # of a stretch
RIDGE = 1.0  # penalty of squared weights, beside a sum over the rows
ROUNDS = 60

Units = Callable[[str], Iterable[str]]


def by_words(text: str) -> Iterable[str]:
    """Words, marks and pairs of neighbours."""
    words = words_of(text)
    return [*words, *(" ".join(pair) for pair in itertools.pairwise(words))]


def by_characters(text: str) -> Iterable[str]:
    """Stretches of three characters."""
    return character_grams(text, CHARACTERS)


def hashed(rows: Sequence[Texts], units: Units) -> Any:
    """Which units the texts of each row have, hashed to AXES (Weinberger et al. 2009); a sparse
    matrix of shape (rows, AXES)."""
    from scipy.sparse import csr_matrix

    places, starts = [], [0]
    for texts in rows:
        own = {
            zlib.crc32(f"{column} {unit}".encode("utf-8", "replace")) % AXES
            for column, text in enumerate(texts)
            for unit in units(text)
        }
        places += sorted(own)
        starts.append(len(places))
    return csr_matrix((np.ones(len(places)), places, starts), shape=(len(rows), AXES))


def linear_scores(features: Any, truth: Array, asked: Any, *, is_label: bool) -> Array:
    """Scores of rows by logistic regression, or by least squares of numbers, with a ridge.

    Args:
        features, asked: of the rows that are learned and of those asked for, as of `hashed`.
        truth: 0 or 1, or a number, shape (rows,).
        is_label: whether it is 0 or 1.

    Returns:
        Shape (asked,): of labels the log odds.
    """
    from scipy.optimize import minimize

    middle = 0.0 if is_label else float(truth.mean())
    signs = 2.0 * truth - 1.0

    def loss(weights: Array) -> tuple[float, Array]:
        scores = features @ weights[:-1] + weights[-1]
        if is_label:
            value = float(np.logaddexp(0.0, -signs * scores).sum())
            slope = -signs / (1.0 + np.exp(np.clip(signs * scores, -500, 500)))
        else:
            slope = scores + middle - truth
            value = float((slope**2).sum() / 2.0)
        inner = weights[:-1]
        gradient = np.append(features.T @ slope + RIDGE * inner, slope.sum())
        return value + RIDGE * float(inner @ inner) / 2.0, gradient

    start = np.zeros(features.shape[1] + 1)
    with threadpool_limits(limits=1, user_api="blas"):  # threads that wait cost what they wait
        found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS}).x
    return np.asarray(asked @ found[:-1] + found[-1] + middle)


def folds_of(rows: Sequence[Texts], folds: int) -> NDArray[np.int64]:
    """The fold of each row by the hash of its texts, so that equal ones lie in one; (rows,)."""
    hashes = [zlib.crc32("\0".join(texts).encode("utf-8", "replace")) for texts in rows]
    return np.array(hashes, dtype=np.int64) % folds
