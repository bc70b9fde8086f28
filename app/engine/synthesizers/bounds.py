"""Bounds that values read from a file are held to; each failure says in words what is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]


def need(holds: bool | np.bool_, otherwise: str) -> None:
    """Raises ValueError with `otherwise` where something does not hold."""
    if not holds:
        raise ValueError(otherwise)


def need_shape(array: Numbers, shape: tuple[int, ...], what: str) -> None:
    """An array of exactly this shape. Raises what `need` raises."""
    need(array.shape == shape, f"{what} have another shape than they should")


def need_within(array: Numbers, low: float, high: float, what: str) -> None:
    """An array of any shape, all its numbers from `low` to `high`, both included. Raises what
    `need` raises."""
    fits = not array.size or (array.min() >= low and array.max() <= high)
    need(bool(fits), f"{what} leave their range")


def need_starts(starts: Numbers, length: int, what: str) -> None:
    """Where stretches of a sequence of this length start: ascending from 0, none of them empty."""
    need(starts.ndim == 1 and (len(starts) > 0) == (length > 0), f"{what} do not start anywhere")
    if len(starts):
        need(starts[0] == 0 and starts[-1] < length, f"{what} leave their range")
        need(bool((np.diff(starts) > 0).all()), f"{what} do not ascend")
