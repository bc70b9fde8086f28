"""What a model is, without drawing from it: everything here may be shown to who may use it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.engine.privacy.statement import Band, PrivacyStatement
from app.engine.synthesis.models import Fairness
from app.engine.synthesizers.explanation import ExplainedColumn
from app.engine.synthesizers.learning import LearnedTable
from app.engine.synthesizers.provenance import ModelEvaluation, Provenance


class PrivacyGuarantee(BaseModel):
    """The differential privacy of the one execution that made a model."""

    model_config = ConfigDict(frozen=True)

    epsilon: float = Field(description="The budget, ε.")
    delta: float = Field(description="δ.")
    band: Band = Field(description="`strong` to ε 1, `medium` to 10, `weak` above.")
    unit: str | None = Field(
        description="The column that says whose a row is; null where each row is somebody's own."
    )
    transcript: str = Field(description="SHA-256 of all answers that were given of the source.")

    @classmethod
    def of(cls, said: PrivacyStatement) -> PrivacyGuarantee:
        return cls.model_validate(said.model_dump(include=set(cls.model_fields)))


class ModelDescription(BaseModel):
    """A model in words and numbers; no value of the table that it learned."""

    model_config = ConfigDict(frozen=True)

    synthesizer: str = Field(description="The kind of synthesizer.", examples=["sequential"])
    settings: dict[str, Any] = Field(description="Every setting that it was fitted with.")
    k: int = Field(
        description="No value that fewer rows have is ever drawn; 1 where values are not protected."
    )
    seed: int = Field(description="Of the fit; what is drawn has a seed of its own.")
    rows: int = Field(description="Drawn where nobody says how many; as many as the source has.")
    holdout: float = Field(0.0, description="Share of the rows that was to be set aside.")
    held_out: int = Field(
        0, description="Rows that were set aside before anything was learned; 0 of a small table."
    )
    columns: list[str] = Field(description="Columns that come out, in their order.")
    made: list[str] = Field(description="Those of them that are not learned but made.")
    learned: list[ExplainedColumn] = Field(
        [], description="Those that are learned, in the order in which they are drawn."
    )
    kept: list[str] = Field(
        [], description="Columns whose rows keep their own values, which `given` has to name."
    )
    rules: list[str] = Field(
        [], description="Orders and sums that hold in every row, as expressions."
    )
    target: str | None = Field(description="The column that models will be trained on.")
    fairness: Fairness | None = Field(
        None, description="Of one column between the groups of another; null for as in the source."
    )
    warnings: list[str] = Field(description="What will be weak.")
    provenance: Provenance = Field(
        Provenance(), description="When, with what and of what it was made."
    )
    evaluation: ModelEvaluation | None = Field(
        None,
        description="What it was found to be worth; null where no rows were set aside, or it is of "
        "an earlier version.",
    )
    privacy: PrivacyGuarantee | None = Field(
        None, description="Its differential privacy; null where it was learned without."
    )


def describe(learned: LearnedTable) -> ModelDescription:
    """The description of what was learned."""
    return ModelDescription(
        synthesizer=learned.synthesizer,
        settings=learned.settings.model_dump(mode="json"),
        k=learned.protection.k,
        seed=learned.seed,
        rows=learned.rows,
        holdout=learned.holdout,
        held_out=learned.held_out,
        columns=list(learned.order) or learned.schema.names,
        made=list(learned.made),
        learned=list(learned.model.explained()),
        kept=list(learned.kept),
        rules=list(learned.model.rules.texts),
        target=learned.target,
        fairness=learned.fairness,
        warnings=list(learned.warnings),
        provenance=learned.provenance or Provenance(),
        evaluation=learned.evaluation,
        privacy=None if learned.privacy is None else PrivacyGuarantee.of(learned.privacy),
    )
