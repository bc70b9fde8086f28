"""What the figures of an evaluation mean, and what they do not show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meaning:
    """One figure in words.

    Args:
        title: what it is called.
        says: what it measures.
        hides: what it does not show.
        best: the value that nothing betters; None where that is the ceiling.
    """

    title: str
    says: str
    hides: str
    best: float | None = None


MEANINGS: Mapping[str, Meaning] = {
    "two_sample_auc": Meaning(
        "Distinguishable (C2ST)",
        "how well a classifier tells synthetic rows from real ones: 0.5 is a coin, 1 is always",
        "whether the rows were copied: copies cannot be distinguished either",
        0.5,
    ),
    "trained_score": Meaning(
        "Models trained on it",
        "the AUC (R² of numbers) on real rows of a model that was trained on synthetic ones",
        "how other models than boosted trees would do, or another target",
    ),
    "closer_share": Meaning(
        "Closer to learned rows",
        "the share of synthetic rows that lie closer to a row that was learned than to one that "
        "was not; 0.5 is even",
        "a leak of few rows among many: it is a check of overfitting and no proof of privacy",
        0.5,
    ),
    "membership_auc": Meaning(
        "Membership attack",
        "how well an attacker tells rows that were learned from others by their distance to the "
        "synthetic rows; 0.5 is a coin",
        "what a stronger attack, or one on a single person, would find",
        0.5,
    ),
    "copied_share": Meaning(
        "Exact copies",
        "the share of synthetic rows that equal a row that was learned",
        "near copies; where real rows repeat themselves, so do synthetic ones: see the ceiling",
    ),
}
