"""How strongly columns go together in real and in synthetic rows, for drawings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.evaluation.row_space import Array, LabelAxis, NumberAxis, RowSpace

CELLS = 10

Codes = NDArray[np.intp]
Matrix = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Associations:
    """Cramér's V of each two columns, 0 (independent) to 1; shape (columns, columns)."""

    columns: tuple[str, ...]
    real: Matrix
    synthetic: Matrix

    @property
    def difference(self) -> Matrix:
        """What the synthetic rows have more."""
        return tuple(
            tuple(round(made - own, 2) for made, own in zip(first, second, strict=True))
            for first, second in zip(self.synthetic, self.real, strict=True)
        )


def associations_of(
    space: RowSpace, places: list[int], real: Array, synthetic: Array
) -> Associations:
    """Of some columns.

    Args:
        places: numbers of the columns; at least two.
        real, synthetic: numbers of the space, shape (rows, columns).
    """
    codes = [
        [_codes(space.axes[n], real[:, n], table[:, n]) for n in places]
        for table in (real, synthetic)
    ]
    return Associations(tuple(space.names[n] for n in places), _matrix(codes[0]), _matrix(codes[1]))


def cramers_v(first: Codes, second: Codes) -> float:
    """Cramér's V of two columns of codes, less its bias (Bergsma 2013, equations 6 to 8); 0 where
    one of them is constant. Shape (rows,) each."""
    width = int(second.max(initial=0)) + 1
    size = (int(first.max(initial=0)) + 1) * width
    table = np.bincount(first * width + second, minlength=size).reshape(-1, width)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    rows, (r, k) = table.sum(), table.shape
    if rows < 2 or min(r, k) < 2:
        return 0.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / rows
    phi = float(((table - expected) ** 2 / expected).sum() / rows)
    corrected = max(0.0, phi - (r - 1) * (k - 1) / (rows - 1))
    levels = [each - (each - 1) ** 2 / (rows - 1) for each in (r, k)]
    return float(min(1.0, np.sqrt(corrected / max(min(levels) - 1.0, 1e-12))))


def _matrix(codes: list[Codes]) -> Matrix:
    found = np.eye(len(codes))
    for a in range(len(codes)):
        for b in range(a):
            found[a, b] = found[b, a] = round(cramers_v(codes[a], codes[b]), 2)
    return tuple(tuple(float(value) for value in row) for row in found)


def _codes(axis: LabelAxis | NumberAxis, real: Array, values: Array) -> Codes:
    """Ten bins of about equal mass of the real numbers, or the ten most frequent labels and all
    others; 0 where missing."""
    missing = np.isnan(values)
    known = np.where(missing, 0.0, values)
    if isinstance(axis, LabelAxis):
        found = np.minimum(known, CELLS).astype(np.intp)
    else:
        own = real[~np.isnan(real)]
        inner = np.unique(np.quantile(own, np.linspace(0, 1, CELLS + 1)[1:-1])) if len(own) else own
        found = np.searchsorted(inner, known, side="right")
    return np.where(missing, 0, found + 1)
