"""How much a report shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReportLimits:
    """Most columns of each section, the farthest from real rows first.

    Args:
        univariate: that are drawn.
        bivariate: whose pairs are listed.
        phik: of the matrices of associations.
        knn: by which neighbours are looked for where diversity is measured, the first ones; None
            for all.
    """

    univariate: int = 50
    bivariate: int = 30
    phik: int = 30
    knn: int | None = None
