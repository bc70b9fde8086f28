"""Labels put in an order in which those that go with the same rows stand side by side.

The first axis of a correspondence analysis (Greenacre 1984) of the labels beside all features: a
question about one half of the labels is then one that the features can answer.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from app.engine.synthesizers.sequential.trees import CODES, Features
from app.engine.synthesizers.values import Floats, Symbols

NUMBER_PARTS = 8  # of the codes of a number
DECIMALS = 6  # of a place in the order, so that the last bits of a machine do not show


def label_order(
    features: Features, labels: Collection[int], symbols: Symbols, counts: NDArray[np.int64]
) -> NDArray[np.intp]:
    """Symbols in order, shape (symbols,).

    Args:
        features: shape (features, rows).
        labels: numbers of the features whose codes have no order.
        symbols: of each row, shape (rows,).
        counts: rows of each symbol, shape (symbols,).
    """
    weights = np.sqrt(np.maximum(counts, 1) / max(len(symbols), 1))
    products = np.zeros((len(counts), len(counts)))
    for place, codes in enumerate(features):
        parts = codes if place in labels else codes // (CODES // NUMBER_PARTS)
        residuals = _residuals(symbols, parts, weights)
        products += residuals @ residuals.T
    first = np.linalg.eigh(products)[1][:, -1]
    first *= np.where(first[np.argmax(np.abs(first))] < 0, -1.0, 1.0)
    return np.argsort(np.round(first / weights, DECIMALS), kind="stable")


def _residuals(symbols: Symbols, parts: Features, weights: Floats) -> Floats:
    """How much more often symbols meet parts of a feature than by chance, shape (symbols, CODES).

    Args:
        weights: root of the share of each symbol, shape (symbols,).
    """
    pairs = symbols.astype(np.intp) * CODES + parts
    met = np.bincount(pairs, minlength=len(weights) * CODES).reshape(-1, CODES) / len(symbols)
    share = np.sqrt(met.sum(axis=0))
    expected = np.outer(weights, share)
    return np.divide(met - expected**2, expected, out=np.zeros_like(met), where=expected > 0)
