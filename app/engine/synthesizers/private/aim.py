"""AIM: marginals chosen one by one by what the model so far misses most.

McKenna, Mullins, Sheldon & Miklau (2022), "AIM: An Adaptive and Iterative Mechanism for
Differentially Private Synthetic Data". Columns are measured first. Then each round chooses a
marginal with the exponential mechanism, measures it and fits the model again. Where a measurement
says no more than its noise, later rounds have half as much of it. The workload is all pairs; where
a target is named, also the triples that it is in.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from math import prod

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from app.engine.privacy.curator import ESTIMATE_STEPS, Candidate, Curator
from app.engine.privacy.events import selection_epsilon_for, variance_for
from app.engine.synthesizers.private.base import PrivateSynthesizer
from app.engine.synthesizers.private.estimation import Estimate, estimated, observed
from app.engine.synthesizers.private.independent import measure_columns
from app.engine.synthesizers.private.junction_tree import Columns, cells_of
from app.engine.synthesizers.private.private_model import PrivateModel, private_model

ROUNDS_PER_COLUMN = 16
MEASURED_SHARE = (9, 10)  # of each round's budget; the rest is for its choice


class AimSettings(BaseModel):
    """How large the model may be, and how long it is fitted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_cells: int = Field(
        200_000, ge=1_000, le=10_000_000, description="Cells of all cliques of the model, at most."
    )
    iterations: int = Field(40, ge=1, le=10_000, description="Steps of the fit after each round.")
    last_iterations: int = Field(
        400, ge=1, le=100_000, description="Steps of the fit after the last round."
    )


def fit(curator: Curator, settings: AimSettings, target: str | None) -> PrivateModel:
    """Columns, marginals chosen in rounds, and what they speak for together."""
    workload = _workload(curator, target)
    rounds = ROUNDS_PER_COLUMN * len(curator.domain.columns)
    plan = _Plan.of(curator, curator.budget.left // rounds)
    whole = curator.budget.left
    measure_columns(curator, plan.variance)
    model = _estimate(curator, settings.last_iterations)
    is_last = not workload
    while not is_last:
        is_last = curator.budget.left < 2 * plan.rho
        if is_last:
            plan = _Plan.of(curator, curator.budget.left)
        spent = 1 - (curator.budget.left - plan.rho) / whole
        open_ones = _allowed(curator, model, workload, settings.model_cells * spent)
        model, says_little = _round(curator, model, workload, open_ones, plan, settings)
        if says_little:
            plan = _Plan.of(curator, 4 * plan.rho)
    return private_model(
        curator.domain, _estimate(curator, settings.last_iterations, model).beliefs
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """What one round costs.

    Args:
        rho: of a choice and a measurement together, in units of 1e-12.
        variance: σ² in units of 1e-6.
        epsilon: of the choice, in units of 1e-12.
    """

    rho: int
    variance: int
    epsilon: int

    @classmethod
    def of(cls, curator: Curator, rho: int) -> _Plan:
        rho = max(min(rho, curator.budget.left), 2)
        measured = max(rho * MEASURED_SHARE[0] // MEASURED_SHARE[1], 1)
        variance = variance_for(measured, curator.sensitivity)
        return cls(rho, variance, selection_epsilon_for(rho - measured))

    @property
    def sigma(self) -> float:
        return math.sqrt(self.variance * 1e-6)


def _round(
    curator: Curator,
    model: Estimate,
    workload: dict[Columns, int],
    open_ones: list[Columns],
    plan: _Plan,
    settings: AimSettings,
) -> tuple[Estimate, bool]:
    """The model after one more marginal, and whether that said no more than its noise."""
    candidates = [_candidate(curator, model, each, workload[each], plan) for each in open_ones]
    chosen = open_ones[curator.select("round", candidates, plan.epsilon)]
    before = model.beliefs.marginal(chosen)
    curator.measure("marginal", [curator.domain.names[each] for each in chosen], plan.variance)
    after = _estimate(curator, settings.iterations, model)
    moved = float(np.abs(after.beliefs.marginal(chosen) - before).sum())
    return after, moved <= _noise_norm(plan, before.size)


def _estimate(curator: Curator, iterations: int, start: Estimate | None = None) -> Estimate:
    found = observed(curator.domain, curator.transcript.measurements)
    potentials = None if start is None else start.potentials
    return estimated(curator.domain.sizes, found, iterations, potentials)


def _candidate(
    curator: Curator, model: Estimate, columns: Columns, weight: int, plan: _Plan
) -> Candidate:
    marginal = model.beliefs.marginal(columns)
    steps = np.round(ESTIMATE_STEPS * marginal).astype(np.int64).ravel()
    penalty = round(ESTIMATE_STEPS * _noise_norm(plan, marginal.size))
    names = tuple(curator.domain.names[each] for each in columns)
    return Candidate(names, steps, penalty, weight)


def _noise_norm(plan: _Plan, cells: int) -> float:
    """What noise alone adds up to over so many cells, on average."""
    return math.sqrt(2 / math.pi) * plan.sigma * cells


def _workload(curator: Curator, target: str | None) -> dict[Columns, int]:
    """Marginals that may be chosen, and what each weighs: how many columns it has in common with
    all queries. Those with more cells than there may be are none."""
    domain, columns = curator.domain, range(len(curator.domain.columns))
    queries: list[Columns] = list(combinations(columns, 2))
    if target is not None:
        aim = domain.place(target)
        queries += [each for each in combinations(columns, 3) if aim in each]
    open_ones = {part for query in queries for part in _parts(query)}
    return {
        part: sum(len(set(part) & set(query)) for query in queries)
        for part in sorted(open_ones, key=lambda each: (len(each), each))
        if prod(domain.sizes[each] for each in part) <= curator.max_cells
    }


def _parts(query: Columns) -> Iterable[Columns]:
    """All sets of columns of a query."""
    for size in range(1, len(query) + 1):
        yield from combinations(query, size)


def _allowed(
    curator: Curator, model: Estimate, workload: dict[Columns, int], cells: float
) -> list[Columns]:
    """Marginals with which the model has no more cells than it may by now; those that it has a
    clique for already are always among them."""
    sizes, tree = curator.domain.sizes, model.beliefs.tree
    measured = list(model.potentials)
    return [
        each
        for each in workload
        if tree.home(each) is not None or cells_of(sizes, [*measured, each]) <= cells
    ]


SYNTHESIZER = PrivateSynthesizer(
    name="aim",
    label="AIM",
    summary="Marginals chosen one by one by what is missed most, with noise.",
    settings=AimSettings,
    fit=fit,
)
