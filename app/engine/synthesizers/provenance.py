"""Where a model comes from, and what it was found to be worth; no value of its source."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from pydantic import BaseModel, ConfigDict, Field

LIBRARIES = ("tablesmith", "numpy", "pyarrow", "lightgbm")


class Provenance(BaseModel):
    """When, with what and of what a model was made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fingerprint: str | None = Field(
        None,
        pattern="^[0-9a-f]{64}$",
        description="Of the source, under a key of whoever trained it: models with the same one "
        "learned the same table. null where there was no key.",
    )
    trained_at: datetime | None = Field(None, description="When it had been fitted.")
    seconds: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="What fitting took, without judging."
    )
    libraries: dict[str, str] = Field(
        default_factory=dict, description="Versions that it was fitted with, by name."
    )


class ModelFigure(BaseModel):
    """One figure beside what is possible; null where it cannot be taken."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(max_length=100, examples=["two_sample_auc"])
    value: float | None = Field(allow_inf_nan=False)
    low: float | None = Field(
        allow_inf_nan=False, description="Of the interval of the value, 95 of 100."
    )
    high: float | None = Field(allow_inf_nan=False)
    ceiling: float | None = Field(allow_inf_nan=False, description="The same of real rows.")
    floor: float | None = Field(allow_inf_nan=False, description="The same of independent columns.")
    copied: float | None = Field(
        None,
        allow_inf_nan=False,
        description="The same of learned rows, drawn again; null of models of earlier versions.",
    )


class ModelEvaluation(BaseModel):
    """A model's rows beside rows of its source that were not learned.

    Rows that were looked at are at most 1,000 of each, fewer of wide tables.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    learned: int = Field(ge=0, description="Learned rows that were looked at.")
    held_out: int = Field(ge=0, description="Rows not learned that were looked at.")
    synthetic: int = Field(ge=0, description="Drawn rows that were looked at.")
    second_model: bool = Field(
        description="Whether a second model was judged, which learned 80 % of the rows and was "
        "thrown away: a small table is learned whole."
    )
    figures: list[ModelFigure] = Field(max_length=1_000)
    notes: list[str] = Field([], description="What was not measured, in words.")


@cache
def library_versions() -> dict[str, str]:
    """Versions of what learns and draws, by name."""
    from importlib.metadata import version

    return {name: version(name) for name in LIBRARIES}
