"""Rows set apart before anything is fitted or drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state

SIZES = (0.7, 0.15, 0.15)


def train_validation_test_split(
    X: Any,
    y: Any,
    *,
    sizes: Sequence[float] = SIZES,
    stratify: bool = True,
    random_state: Any = None,
) -> tuple[Any, Any, Any, Any, Any, Any]:
    """Rows in three parts, each of them real: split first, and generate from the first part alone.

    Args:
        X: array or data frame, shape (rows, columns).
        y: labels, shape (rows,).
        sizes: shares of the training, validation and test part; they sum to 1.
        stratify: whether each part has the classes' shares.
        random_state: a seed or a RandomState, as everywhere in scikit-learn.

    Returns:
        X_train, X_validation, X_test, y_train, y_validation, y_test.

    Raises:
        ValueError: sizes that are no three shares, or a class with fewer than three rows.
    """
    if len(sizes) != 3 or min(sizes) <= 0 or abs(sum(sizes) - 1) > 1e-9:
        raise ValueError(f"sizes are three shares above 0 that sum to 1, not {tuple(sizes)}")
    rng = check_random_state(random_state)
    _, validation, test = sizes
    rest, X_test, y_rest, y_test = train_test_split(
        X, y, test_size=test, stratify=y if stratify else None, random_state=rng
    )
    X_train, X_validation, y_train, y_validation = train_test_split(
        rest,
        y_rest,
        test_size=validation / (1 - test),
        stratify=y_rest if stratify else None,
        random_state=rng,
    )
    return X_train, X_validation, X_test, y_train, y_validation, y_test
