"""Columns whose value says the value of another one in every row: A determines B."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.engine.profiling.column_profiles import ProfiledColumn
from app.engine.profiling.models import Dependency

SAMPLES = (512, 20_000)
"""Rows in which a pair is tried first, so that most pairs cost little."""
MOST = 500
# Chance of a dependency that is none, for all pairs of columns together.
BY_CHANCE = 1e-6
KINDS = ("category", "boolean", "id", "integer", "date", "text", "time", "datetime", "number")

Codes = NDArray[np.int32]


def find_dependencies(columns: Sequence[ProfiledColumn], rows: int) -> tuple[Dependency, ...]:
    """Every pair of columns in which one determines the other, in all rows.

    A missing value counts as a value. A determinant has at most half as many values as there are
    rows, and repeats them so often that chance cannot be the reason.
    """
    varied = [each for each in columns if each.distinct > 1]
    held = [each for each in varied if each.distinct <= rows / 2 and each.profile.kind in KINDS]
    samples = [np.linspace(0, rows - 1, min(rows, size)).astype(np.intp) for size in SAMPLES]
    parts = {each.profile.name: [each.codes[at] for at in samples] for each in varied}
    # Their number bounds the chance of any.
    bar = math.log(BY_CHANCE / max(1, len(held) * len(varied)))
    found = []
    for determinant in held:
        for dependent in varied:
            if dependent is determinant or dependent.distinct > determinant.distinct + 1:
                continue
            pairs_of_parts = zip(
                [*parts[determinant.profile.name], determinant.codes],
                [*parts[dependent.profile.name], dependent.codes],
                strict=True,
            )
            if not all(_determines(a, b, determinant.distinct) for a, b in pairs_of_parts):
                continue
            if _chance(determinant, dependent, rows) < bar:
                found.append((determinant, dependent))
    pairs = {(a.profile.name, b.profile.name) for a, b in found}
    return tuple(
        Dependency(determinant=a, dependent=b, one_to_one=(b, a) in pairs)
        for a, b in ((a.profile.name, b.profile.name) for a, b in found[:MOST])
    )


def _determines(first: Codes, second: Codes, distinct: int) -> bool:
    """Whether no two rows with one code in `first` have two codes in `second`."""
    seen = np.full(distinct + 1, -1, np.int32)
    seen[first] = second  # the code of missing values, -1, is the last place
    return bool((seen[first] == second).all())


def _chance(determinant: ProfiledColumn, dependent: ProfiledColumn, rows: int) -> float:
    """Logarithm of the chance that all repeated values agree if the columns had nothing to do
    with each other."""
    counts = np.bincount(dependent.codes + 1).astype(np.float64)
    alike = float(((counts / rows) ** 2).sum())
    repeats = rows - determinant.distinct - 1
    return repeats * math.log(min(alike, 1 - 1e-12))
