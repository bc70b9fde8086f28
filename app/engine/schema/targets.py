"""What a target can have: dials by the kind of its column, and a positive label by default."""

from __future__ import annotations

from collections.abc import Mapping

# The usual one first.
LABEL_DIALS: tuple[str, ...] = ("auc", "accuracy")
NUMBER_DIALS: tuple[str, ...] = ("r2",)
DIALS = (*LABEL_DIALS, *NUMBER_DIALS)


def least_frequent(shares: Mapping[str, float]) -> str:
    """The label that is positive where none is declared; of several that are equally rare the last.

    Args:
        shares: share of the rows by label, in the order of the definition; not empty.
    """
    return min(reversed(tuple(shares)), key=shares.__getitem__)
