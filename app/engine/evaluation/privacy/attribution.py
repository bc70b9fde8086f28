"""What keys that single people out tell of a secret (Raab, Nowok & Dibben 2024, "Practical privacy
metrics for synthetic data", the vignette of synthpop; Little, Allmendinger & Elliot 2025)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Attribution:
    """Numbers of real rows. Rows that have the same keys are a class; a class is disclosive where
    all of its rows have the same secret.

    Args:
        rows: all of them.
        unique: alone in their class (UiO is their share).
        replicated: alone in their class, which has one synthetic row, too (repU).
        disclosive: in classes that are disclosive among the real rows (Dorig).
        certain: in classes that are disclosive among the synthetic rows: those whose within
            equivalence class attribution probability (WEAP) is 1.
        correct: of these the ones that have the secret that the synthetic rows tell (DiSCO).
    """

    rows: int
    unique: int
    replicated: int
    disclosive: int
    certain: int
    correct: int

    @property
    def tcap(self) -> float | None:
        """The targeted correct attribution probability: how often what the synthetic rows tell for
        certain is right; None where they tell nothing."""
        return self.correct / self.certain if self.certain else None


def attribution(real: Codes, synthetic: Codes) -> Attribution:
    """Counts of real rows by what synthetic ones tell of them.

    Args:
        real, synthetic: shape (rows, 2) each: the number of the keys' combination, which is the
            same for the same keys in both, and that of the secret's label.
    """
    keys = np.unique(np.concatenate([real[:, 0], synthetic[:, 0]]))
    own, made = _Classes.of(real, keys), _Classes.of(synthetic, keys)
    place = np.searchsorted(keys, real[:, 0])
    unique = own.counts[place] == 1
    certain = made.disclosive[place]
    return Attribution(
        len(real),
        int(unique.sum()),
        int((unique & (made.counts[place] == 1)).sum()),
        int(own.disclosive[place].sum()),
        int(certain.sum()),
        int((certain & (made.lowest[place] == real[:, 1])).sum()),
    )


@dataclass(frozen=True, eq=False, slots=True)
class _Classes:
    """Of each class the number of its rows, the lowest of its secrets, and whether it is the only
    one; shape (keys,)."""

    counts: Codes
    lowest: Codes
    disclosive: NDArray[np.bool_]

    @classmethod
    def of(cls, rows: Codes, keys: Codes) -> _Classes:
        place = np.searchsorted(keys, rows[:, 0])
        ends = np.iinfo(np.int64)
        lowest = np.full(len(keys), ends.max)
        highest = np.full(len(keys), ends.min)
        np.minimum.at(lowest, place, rows[:, 1])
        np.maximum.at(highest, place, rows[:, 1])
        counts = np.bincount(place, minlength=len(keys))
        return cls(counts, lowest, lowest == highest)
