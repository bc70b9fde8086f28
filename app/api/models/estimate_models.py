"""Bodies about what learning a source would take."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from app.api.models.response_models import Answer, FaultBody
from app.api.models.source_models import SynthesisDocument
from app.engine.privacy.statement import Band
from app.jobs.requests import RequestBody
from app.kinds.train.privacy import AccountFigures, PrivacyOrder


class EstimateRequest(RequestBody):
    """What would be learned: as for a job of kind `train`."""

    definition: SynthesisDocument | None = Field(
        None,
        description="A synthesis definition; that of the source when left out, as stored or as "
        "suggested.",
    )
    settings: dict[str, Any] = Field(
        {}, description="The `name` of a synthesizer and those of its settings that differ."
    )
    privacy: PrivacyOrder | None = Field(
        None,
        description="What it would cost with differential privacy; then there is no definition, "
        "and `settings` are those of its algorithm.",
    )


class PrivacyEstimateBody(Answer):
    """What a training with differential privacy would cost; nothing is spent by asking."""

    epsilon: float
    delta: float
    rho: int = Field(description="In units of 1e-12.")
    band: Band = Field(description="`strong` to ε 1, `medium` to 10, `weak` above.")
    affordable: bool = Field(description="Whether the account has as much left.")
    columns: dict[str, int] = Field(description="That are learned; places in the domain of each.")
    account: AccountFigures = Field(description="As it stands now.")


class EstimateBody(Answer):
    """What learning would take; nothing of it blocks."""

    rows: int
    columns: int = Field(description="That are learned.")
    seconds: float = Field(description="Of one core, about.")
    memory: int = Field(description="Bytes at the most, about.")
    model_bytes: int = Field(description="Of the model's file, about.")
    sampled: list[str] = Field(description="What will be learned from a part of the rows.")
    weak: list[str] = Field(description="What will come out weak, or not at all.")
    suggestions: list[str] = Field(description="What would mend it.")
    reveals: list[str] = Field(
        description="What the definition lets be known that is kept back by default; such a "
        "training wants a key of scope `source`."
    )
    warnings: list[FaultBody] = Field(description="Of the definition.")
