"""Columns without any relation, each by one noisy marginal."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from app.engine.privacy.curator import Curator
from app.engine.privacy.events import variance_for
from app.engine.synthesizers.private.base import PrivateSynthesizer
from app.engine.synthesizers.private.estimation import estimated, observed
from app.engine.synthesizers.private.private_model import PrivateModel, private_model

ITERATIONS = 200


class IndependentSettings(BaseModel):
    """Nothing to set."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def fit(curator: Curator, settings: IndependentSettings, target: str | None) -> PrivateModel:
    """The margins of a table, an equal part of the budget for each."""
    part = curator.budget.left // len(curator.domain.columns)
    measure_columns(curator, variance_for(part, curator.sensitivity))
    found = observed(curator.domain, curator.transcript.measurements)
    return private_model(curator.domain, estimated(curator.domain.sizes, found, ITERATIONS).beliefs)


def measure_columns(curator: Curator, variance: int) -> None:
    """Measure each column by itself, with noise of one σ² in units of 1e-6."""
    for name in curator.domain.names:
        curator.measure("column", [name], variance)


SYNTHESIZER = PrivateSynthesizer(
    name="independent",
    label="Independent columns",
    summary="Each column by itself, with noise: nothing goes together.",
    settings=IndependentSettings,
    fit=fit,
)
