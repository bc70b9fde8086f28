"""How densely rows lie about a point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.evaluation.privacy.nearest import Points, squared_distances

MOST_AXES = 10  # principal axes of a space in which densities are taken
SMALLEST = 1e-9  # share of the largest variance below which an axis has none


@dataclass(frozen=True, eq=False, slots=True)
class Density:
    """A Gaussian kernel density (Silverman 1986, section 4.2) of rows whose covariance is that of
    the kernel, up to a bandwidth.

    Args:
        whitening: takes a point to a space where the kernel is standard normal, shape
            (coordinates, axes).
        centre: shape (coordinates,).
        rows: whitened, shape (rows, axes).
        constant: the logarithm of what a sum of kernels of height 1 is to be multiplied by.
    """

    whitening: Points
    centre: Points
    rows: Points
    constant: float

    def logarithms(self, points: Points) -> NDArray[np.float64]:
        """The logarithm of the density at each point, shape (points,)."""
        asked = ((points - self.centre) @ self.whitening).astype(points.dtype)
        found = np.empty(len(points))
        for rows, squares in squared_distances(asked, self.rows):
            nearest = squares.min(axis=1)
            heights = np.exp(-0.5 * (squares - nearest[:, None]))
            sums = heights.sum(axis=1, dtype=np.float64)
            found[rows] = np.log(sums) - 0.5 * nearest + self.constant
        return found


def density(rows: Points) -> Density:
    """The density of rows, with Silverman's bandwidth ((d + 2) n / 4)^(-1 / (d + 4)) in `d` axes
    for `n` rows. Axes along which rows do not differ are left out."""
    centre = rows.mean(axis=0)
    axes, variances = _axes(rows - centre)
    kept = variances > SMALLEST * max(float(variances.max(initial=0.0)), SMALLEST)
    number = int(kept.sum())
    bandwidth = ((number + 2) * len(rows) / 4.0) ** (-1.0 / (number + 4))
    widths = bandwidth * np.sqrt(variances[kept])
    whitening = (axes[:, kept] / widths).astype(rows.dtype)
    constant = -float(np.log(widths).sum()) - np.log(len(rows)) - number / 2 * np.log(2 * np.pi)
    return Density(whitening, centre, (rows - centre) @ whitening, constant)


def principal_axes(rows: Points) -> Points:
    """Directions along which rows differ most, at most `MOST_AXES`; shape (coordinates, axes)."""
    axes, variances = _axes(rows - rows.mean(axis=0))
    return axes[:, np.argsort(-variances, kind="stable")[:MOST_AXES]].astype(rows.dtype)


def _axes(centred: Points) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Eigenvectors and eigenvalues of a covariance."""
    values = centred.astype(np.float64)
    variances, axes = np.linalg.eigh(values.T @ values / max(len(values) - 1, 1))
    return axes, variances
