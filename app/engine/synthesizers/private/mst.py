"""MST: the columns, and the pairs of a tree that says most.

McKenna, Miklau & Sheldon (2021), "Winning the NIST Contest". A third of the budget goes to the
columns, a third to the choice of the tree's edges, one after the other as Kruskal (1956) does, by
what columns without relation miss of a pair, and a third to the pairs of the tree. Declared domains
stand in the place of its compression of rare values.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from pydantic import BaseModel, ConfigDict

from app.engine.privacy.curator import ESTIMATE_STEPS, Candidate, Curator
from app.engine.privacy.events import selection_epsilon_for, variance_for
from app.engine.synthesizers.private.base import PrivateSynthesizer
from app.engine.synthesizers.private.beliefs import Beliefs
from app.engine.synthesizers.private.estimation import Estimate, estimated, observed
from app.engine.synthesizers.private.independent import measure_columns
from app.engine.synthesizers.private.private_model import PrivateModel, private_model

ITERATIONS = 300
Pair = tuple[int, int]


class MstSettings(BaseModel):
    """Nothing to set."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def fit(curator: Curator, settings: MstSettings, target: str | None) -> PrivateModel:
    """Columns, a tree of pairs among them, and what they speak for together."""
    third, columns = curator.budget.left // 3, len(curator.domain.columns)
    measure_columns(curator, variance_for(third // columns, curator.sensitivity))
    alone = _estimate(curator, ITERATIONS)
    edges = _tree(curator, alone.beliefs, third)
    if edges:
        variance = variance_for(curator.budget.left // len(edges), curator.sensitivity)
        for one, other in edges:
            names = curator.domain.names
            curator.measure("pair", [names[one], names[other]], variance)
    return private_model(curator.domain, _estimate(curator, ITERATIONS, alone).beliefs)


def _estimate(curator: Curator, iterations: int, start: Estimate | None = None) -> Estimate:
    found = observed(curator.domain, curator.transcript.measurements)
    potentials = None if start is None else start.potentials
    return estimated(curator.domain.sizes, found, iterations, potentials)


def _tree(curator: Curator, alone: Beliefs, rho: int) -> list[Pair]:
    """Edges that join all columns as far as marginals may be that large, chosen one by one."""
    domain, part = curator.domain, list(range(len(curator.domain.columns)))
    pairs = [
        pair
        for pair in combinations(range(len(domain.columns)), 2)
        if domain.sizes[pair[0]] * domain.sizes[pair[1]] <= curator.max_cells
    ]
    candidates = {pair: _candidate(curator, alone, pair) for pair in pairs}
    edges: list[Pair] = []
    while open_pairs := [pair for pair in pairs if part[pair[0]] != part[pair[1]]]:
        epsilon = selection_epsilon_for(rho // max(len(part) - 1, 1))
        chosen = curator.select("edge", [candidates[pair] for pair in open_pairs], epsilon)
        edges.append(open_pairs[chosen])
        one, other = (part[each] for each in edges[-1])
        part = [one if each == other else each for each in part]
    return edges


def _candidate(curator: Curator, alone: Beliefs, pair: Pair) -> Candidate:
    names = tuple(curator.domain.names[each] for each in pair)
    steps = np.round(ESTIMATE_STEPS * alone.marginal(pair)).astype(np.int64)
    return Candidate(names, steps.ravel(), 0, 1)


SYNTHESIZER = PrivateSynthesizer(
    name="mst",
    label="MST",
    summary="Each column and a tree of pairs, with noise: fast.",
    settings=MstSettings,
    fit=fit,
)
