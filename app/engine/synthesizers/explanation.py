"""What a model says of itself: the order of its columns, and what each one depends on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

MOST_EXPLAINING = 5
DECIMALS = 3


class Explaining(BaseModel):
    """A column that says something of another one."""

    model_config = ConfigDict(frozen=True)

    column: str
    weight: float = Field(
        ge=0,
        le=1,
        description="Of trees: its share of what they add. Of a copula: the absolute correlation "
        "of the normal scores. 1 where one column says the other in every row.",
    )


class ExplainedColumn(BaseModel):
    """A learned column."""

    model_config = ConfigDict(frozen=True)

    name: str
    trees: int = Field(0, description="Trees that were grown for it; 0 where none helped.")
    by: list[Explaining] = Field(
        [], description="The columns that say most of it, the heaviest first."
    )


def heaviest(names: Sequence[str], weights: NDArray[np.float64]) -> list[Explaining]:
    """The columns with the largest weights, without those that round to nothing.

    Args:
        weights: in [0, 1], shape (len(names),).
    """
    rounded = np.clip(np.round(weights, DECIMALS), 0.0, 1.0)
    order = np.argsort(-rounded, kind="stable")[:MOST_EXPLAINING]
    return [
        Explaining(column=names[at], weight=float(rounded[at])) for at in order if rounded[at] > 0
    ]
