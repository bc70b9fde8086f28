"""What is asked of differential privacy, and what a model says of it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.engine.privacy.budget import Budget, exact_delta
from app.engine.privacy.domain import MOST_CELLS, ColumnDomain, Domain, Labels
from app.engine.privacy.events import event_document, event_of, total_rho
from app.engine.privacy.transcript import Transcript
from app.engine.privacy.zcdp import MOST_EPSILON, epsilon_of

LEAST_EPSILON = 0.01
STRONG, MEDIUM = 1.0, 10.0

_LAST_BITS = 1e-8  # of ε, which logarithms of another machine may come to

Band = Literal["strong", "medium", "weak"]


class PrivacyRequest(BaseModel):
    """How private a model is to be, and what the values of its columns may be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    epsilon: float = Field(ge=LEAST_EPSILON, le=MOST_EPSILON, description="The budget, ε.")
    delta: float = Field(
        1e-6, gt=0, le=1e-3, description="δ: far less than one by the number of individuals."
    )
    algorithm: str = Field("aim", description="`aim`, `mst` or `independent`.")
    domain: Literal["declared"] = Field(
        "declared", description="Where domains come from: nothing is read from rows."
    )
    bounds: dict[str, Any] = Field({}, description="Of numbers and dates, by column.")
    categories: dict[str, Any] = Field({}, description="Labels, by column.")
    max_cells: int = Field(
        MOST_CELLS, ge=2, le=MOST_CELLS, description="Counts of one marginal, at most."
    )
    unit: str | None = Field(
        None, description="The column that says whose a row is; each row is somebody's own if none."
    )
    max_contributions: int = Field(
        1, ge=1, le=10_000, description="Rows of one individual, at most; more are left out."
    )


class PrivacyStatement(BaseModel):
    """The privacy of a model, checked against its events."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    algorithm: str
    epsilon: float = Field(description="What was asked for.")
    epsilon_spent: float = Field(description="What the events come to, rounded up.")
    delta: float = Field(gt=0, lt=1)
    rho: int = Field(ge=0, description="What was spent, in units of 1e-12, rounded up.")
    band: Band = Field(description="`strong` to ε 1, `medium` to 10, `weak` above.")
    adjacency: Literal["add_remove"]
    unit: str | None
    max_contributions: int = Field(ge=1)
    domain: dict[str, dict[str, Any]] = Field(description="Of each column, and where it is from.")
    transcript: str = Field(pattern="^[0-9a-f]{64}$", description="SHA-256 of all answers.")
    events: list[dict[str, Any]] = Field(description="All that was asked, in its order.")

    @model_validator(mode="after")
    def _events_say_the_same(self) -> PrivacyStatement:
        events = [event_of(each) for each in self.events]
        if not all(each.sensitivity % self.max_contributions == 0 for each in events):
            raise ValueError("the events have another sensitivity than rows of one individual")
        asked = {each for event in events for each in getattr(event, "columns", ())}
        if not asked or not asked <= set(self.domain):
            raise ValueError("the events do not fit the domain")
        rho = total_rho(events)
        spent = epsilon_of(rho, exact_delta(self.delta))
        is_said = rho == self.rho and abs(spent - self.epsilon_spent) <= _LAST_BITS
        if not is_said or self.epsilon_spent > self.epsilon:
            raise ValueError("the events come to another loss than is said")
        if self.band != band_of(self.epsilon):
            raise ValueError("the band is not that of ε")
        return self


def band_of(epsilon: float) -> Band:
    """How strong a guarantee is, in a word."""
    if epsilon <= STRONG:
        return "strong"
    return "medium" if epsilon <= MEDIUM else "weak"


def privacy_statement(
    request: PrivacyRequest, domain: Domain, budget: Budget, transcript: Transcript
) -> PrivacyStatement:
    """What is to be said of an execution that has ended."""
    return PrivacyStatement(
        algorithm=request.algorithm,
        epsilon=request.epsilon,
        epsilon_spent=budget.epsilon_spent(),
        delta=request.delta,
        rho=budget.spent,
        band=band_of(request.epsilon),
        adjacency="add_remove",
        unit=request.unit,
        max_contributions=request.max_contributions,
        domain={column.name: _said_of(column) for column in domain.columns},
        transcript=transcript.hash,
        events=[event_document(each) for each in transcript.events],
    )


def _said_of(column: ColumnDomain) -> dict[str, Any]:
    said = {"from": "declared", "cells": column.cells, "missing": column.missing}
    if isinstance(column, Labels):
        return {**said, "kind": "labels"}
    return {**said, "kind": "dates" if column.scale == "day" else "numbers"}
