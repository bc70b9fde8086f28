"""The settings of the sequential synthesizer."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field


class SequentialSettings(BaseModel):
    """How columns are learned one after the other.

    `sizes` are what `model_size` of a synthesis definition stands for: settings that differ from
    the defaults, which are the medium size. No size has smaller leaves than the medium one, for
    these give more away.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sizes: ClassVar[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
        {
            "small": {"bins": 64, "max_rounds": 40, "rows_per_leaf": 40, "max_rows": 50_000},
            "medium": {},
            "large": {
                "bins": 250, "max_rounds": 400, "learning_rate": 0.1, "max_rows": 1_000_000,
            },
        }
    )  # fmt: skip

    bins: int = Field(128, ge=2, le=250, description="Bins of a number, at most.")
    rows_per_bin: int = Field(15, ge=1, description="Rows that a bin of a number has, about.")
    max_rounds: int = Field(120, ge=1, le=1000, description="Trees of one yes-or-no question.")
    learning_rate: float = Field(0.25, gt=0, le=1, description="What a tree adds of its answer.")
    rows_per_leaf: int = Field(20, ge=5, description="Rows that a leaf stands for, at least.")
    l2: float = Field(5.0, ge=0, description="How far leaves are drawn towards zero.")
    validation_fraction: float = Field(
        0.15, ge=0.05, le=0.5, description="Share of rows that decide when to stop."
    )
    patience: int = Field(6, ge=1, description="Trees without progress before it stops.")
    early_stop_delta: float = Field(
        0.0, ge=0, description="Progress of the log loss that counts as such."
    )
    max_rows: int = Field(
        200_000, ge=1000, description="Rows that trees are grown from; of more, an even sample."
    )
