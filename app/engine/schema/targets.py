"""What a target can have: dials by the kind of its column, and a positive label by default."""

from __future__ import annotations

from collections.abc import Mapping

# The usual one first.
LABEL_METRICS: tuple[str, ...] = ("auc", "accuracy")
NUMBER_METRICS: tuple[str, ...] = ("r2",)
TARGET_METRICS = (*LABEL_METRICS, *NUMBER_METRICS)


def least_frequent(shares: Mapping[str, float]) -> str:
    """The label that is positive where none is declared; of several that are equally rare the last.

    Args:
        shares: share of the rows by label, in the order of the definition; not empty.
    """
    return min(reversed(tuple(shares)), key=shares.__getitem__)
