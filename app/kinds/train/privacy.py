"""What is asked of a training with differential privacy, and what it answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.engine.privacy.domain import MOST_CELLS
from app.engine.privacy.statement import LEAST_EPSILON, Band
from app.engine.privacy.zcdp import MOST_EPSILON
from app.jobs.requests import RequestBody
from app.privacy.entries import AccountSettings, Policy, Use
from app.privacy.ledger import Ledger

Column = Annotated[str, Field(min_length=1, max_length=1000)]


class PrivacyOrder(RequestBody):
    """Differential privacy of a training. Unit, contributions and δ are those of the source's
    privacy account."""

    epsilon: float = Field(
        ge=LEAST_EPSILON, le=MOST_EPSILON, description="What is spent of the account, as ε."
    )
    delta: float | None = Field(
        None, gt=0, le=1e-3, description="That of the account, where it is given."
    )
    algorithm: Literal["aim", "mst", "independent"] = "aim"
    target: Column | None = Field(None, description="The column whose relations matter most.")
    domain: Literal["declared"] = Field(
        "declared", description="Where domains come from: nothing is read from rows."
    )
    bounds: dict[str, Any] = Field(
        {},
        description="Of numbers and dates, by column: `[low, high]`, or `{low, high, bins, edges, "
        "decimals, missing}`.",
        examples=[{"age": [18, 90]}],
    )
    categories: dict[str, Any] = Field(
        {},
        description="Labels, by column: a list, or `{labels, missing}`.",
        examples=[{"smokes": ["yes", "no"]}],
    )
    drop: list[Column] = Field(
        [], max_length=10_000, description="Columns that are left out: texts and keys."
    )
    max_cells: int = Field(MOST_CELLS, ge=2, le=MOST_CELLS, strict=True)

    def request(self, account: AccountSettings) -> dict[str, Any]:
        """Fields of the engine's `PrivacyRequest`."""
        own = self.model_dump(exclude={"target", "drop", "delta"})
        shared = account.model_dump(include={"delta", "unit", "max_contributions"})
        return {**own, **shared}


class PrivacyBudget(BaseModel):
    """A part of a budget, exactly and as ε at the account's δ."""

    model_config = ConfigDict(frozen=True)

    rho: int = Field(description="ρ of zero-concentrated privacy, in units of 1e-12.")
    epsilon: float


class AccountFigures(BaseModel):
    """Where a privacy account stands."""

    model_config = ConfigDict(frozen=True)

    policy: Policy
    delta: float
    epsilon_limit: float | None
    spent: PrivacyBudget = Field(description="By all executions together; ε is rounded up.")
    remaining: PrivacyBudget = Field(
        description="ε is the largest that one more execution may have; rounded down."
    )
    unbounded: list[Use] = Field(
        description="Ways in which rows were read that no budget bounds. Where there is one, "
        "`spent` bounds the executions with differential privacy alone."
    )

    @classmethod
    def of(cls, ledger: Ledger) -> AccountFigures:
        settings = ledger.settings
        return cls(
            policy=settings.policy,
            delta=settings.delta,
            epsilon_limit=settings.epsilon_limit,
            spent=PrivacyBudget(rho=ledger.spent, epsilon=ledger.epsilon_spent),
            remaining=PrivacyBudget(rho=ledger.left, epsilon=ledger.epsilon_left),
            unbounded=sorted(ledger.uses),
        )


class DomainColumn(BaseModel):
    """What a column may hold."""

    model_config = ConfigDict(frozen=True)

    origin: Literal["declared"]
    kind: str = Field(examples=["labels"])
    cells: int
    missing: bool


class TrainedPrivacy(BaseModel):
    """The differential privacy of a training that has ended."""

    model_config = ConfigDict(frozen=True)

    algorithm: str
    epsilon: float = Field(description="What was reserved, and is spent.")
    delta: float
    rho: int = Field(description="What was reserved, in units of 1e-12.")
    epsilon_used: float = Field(description="What the answers come to; never more.")
    band: Band
    unit: str | None
    max_contributions: int
    domain: dict[str, DomainColumn]
    transcript: str = Field(description="SHA-256 of all answers that were given of the source.")
    account: AccountFigures
