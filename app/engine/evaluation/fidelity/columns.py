"""How near single columns of synthetic rows come to the real ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.engine.evaluation.row_space import Array, LabelAxis, NumberAxis, RowSpace


@dataclass(frozen=True, slots=True)
class ColumnFidelity:
    """One column of synthetic rows beside the held-out rows.

    Args:
        distance: the largest difference of the two cumulative shares (Kolmogorov–Smirnov) of
            numbers, half the sum of the differences of shares (total variation) of labels.
        ceiling: the same of as many other real rows.
        moved: how far numbers would have to be moved on average, in standard deviations of the
            real ones (Wasserstein's distance); None of labels and constants.
        missing, missing_real: shares of missing cells.
        outside: share of synthetic values beyond the least and greatest real one; labels that no
            real row has.
    """

    name: str
    is_label: bool
    distance: float
    ceiling: float
    moved: float | None
    missing: float
    missing_real: float
    outside: float


def column_fidelity(
    space: RowSpace, train: Array, holdout: Array, synthetic: Array
) -> tuple[ColumnFidelity, ...]:
    """All columns; tables are numbers of the space, shape (rows, columns) each."""
    return tuple(
        _compared(axis, train[:, place], holdout[:, place], synthetic[:, place])
        for place, axis in enumerate(space.axes)
    )


def _compared(
    axis: LabelAxis | NumberAxis, train: Array, holdout: Array, synthetic: Array
) -> ColumnFidelity:
    rows = min(len(train), len(synthetic))
    known, real, other = (_known(each) for each in (synthetic, holdout, train))
    is_label = isinstance(axis, LabelAxis)
    distance = total_variation if is_label else kolmogorov_smirnov
    return ColumnFidelity(
        axis.name,
        is_label,
        distance(real, _known(synthetic[:rows])),
        distance(real, _known(train[:rows])),
        None if is_label else _moved(np.concatenate([real, other]), known),
        _missing(synthetic),
        _missing(holdout),
        _outside(axis, known),
    )


def kolmogorov_smirnov(first: Array, second: Array) -> float:
    """The largest difference between two samples' cumulative shares, 1 where just one is empty."""
    if not len(first) or not len(second):
        return float(len(first) != len(second))
    first, second = np.sort(first), np.sort(second)
    places = np.concatenate([first, second])
    one = np.searchsorted(first, places, side="right") / len(first)
    other = np.searchsorted(second, places, side="right") / len(second)
    return float(np.abs(one - other).max())


def total_variation(first: Array, second: Array) -> float:
    """Half the sum of the differences of two samples' shares of labels, 1 where just one is
    empty."""
    if not len(first) or not len(second):
        return float(len(first) != len(second))
    labels = int(max(first.max(), second.max())) + 1
    one, other = (
        np.bincount(each.astype(np.intp), minlength=labels) / len(each) for each in (first, second)
    )
    return float(np.abs(one - other).sum() / 2.0)


def wasserstein(first: Array, second: Array) -> float:
    """The area between two samples' cumulative shares, in their own unit; neither may be empty."""
    first, second = np.sort(first), np.sort(second)
    places = np.sort(np.concatenate([first, second]))
    one = np.searchsorted(first, places[:-1], side="right") / len(first)
    other = np.searchsorted(second, places[:-1], side="right") / len(second)
    return float((np.abs(one - other) * np.diff(places)).sum())


def _moved(real: Array, synthetic: Array) -> float | None:
    spread = float(real.std()) if len(real) else 0.0
    return wasserstein(real, synthetic) / spread if spread and len(synthetic) else None


def _outside(axis: LabelAxis | NumberAxis, known: Array) -> float:
    if not len(known):
        return 0.0
    if isinstance(axis, LabelAxis):
        return float((known >= len(axis.labels)).mean())
    if not len(axis.ordered):
        return 1.0
    return float(((known < axis.ordered[0]) | (known > axis.ordered[-1])).mean())


def _known(values: Array) -> Array:
    return values[~np.isnan(values)]


def _missing(values: Array) -> float:
    return float(np.isnan(values).mean()) if len(values) else 0.0
