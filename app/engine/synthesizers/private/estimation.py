"""The distribution that noisy marginals speak for: Private-PGM.

McKenna, Sheldon & Miklau (2019), "Graphical-model based estimation and inference for differential
privacy": of the graphical models whose cliques hold what was measured, the one whose marginals
come nearest, Σ ‖μ − y‖²/(2σ²), found by mirror descent. A step subtracts the gradient by the
marginals from the potentials. Everything here is computed from what has come out already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.engine.privacy.domain import Domain
from app.engine.privacy.transcript import Measurement
from app.engine.synthesizers.private.beliefs import Array, Beliefs, calibrated
from app.engine.synthesizers.private.junction_tree import (
    Columns,
    JunctionTree,
    junction_tree,
)

FEWEST_ROWS = 1.0


@dataclass(frozen=True, eq=False, slots=True)
class Observed:
    """All that was measured of one set of columns, by the weight of its noise.

    Args:
        counts: an axis for each column, ascending.
        weight: 1/σ².
    """

    columns: Columns
    counts: Array
    weight: float


@dataclass(frozen=True, eq=False, slots=True)
class Estimate:
    """A fitted model.

    Args:
        potentials: of each observed set of columns.
    """

    potentials: Mapping[Columns, Array]
    beliefs: Beliefs


def observed(domain: Domain, measurements: Iterable[Measurement]) -> list[Observed]:
    """Measurements with those of the same columns taken together."""
    sums: dict[Columns, tuple[Array, float]] = {}
    for each in measurements:
        places = [domain.place(name) for name in each.columns]
        counts = each.counts.astype(float).reshape([domain.sizes[place] for place in places])
        columns = tuple(sorted(places))
        turned = counts.transpose([places.index(place) for place in columns])
        before, weights = sums.get(columns, (np.zeros(turned.shape), 0.0))
        weight = each.sigma**-2
        sums[columns] = (before + weight * turned, weights + weight)
    return [Observed(columns, sum_ / weight, weight) for columns, (sum_, weight) in sums.items()]


def estimated_rows(found: Sequence[Observed]) -> float:
    """How many rows there are, by the sums of what was observed, each by its variance."""
    weights = np.array([each.weight / each.counts.size for each in found])
    sums = np.array([each.counts.sum() for each in found])
    return max(float((weights * sums).sum() / weights.sum()), FEWEST_ROWS)


def estimated(
    sizes: Sequence[int],
    found: Sequence[Observed],
    iterations: int,
    start: Mapping[Columns, Array] | None = None,
) -> Estimate:
    """The model that comes nearest to what was observed.

    Args:
        sizes: places of each column.
        iterations: steps of mirror descent.
        start: potentials to start from; those of columns that are not named are even.
    """
    tree = junction_tree(sizes, [each.columns for each in found])
    known = start or {}
    potentials = {
        each.columns: known.get(each.columns, np.zeros(each.counts.shape)) for each in found
    }
    return _descended(tree, found, potentials, estimated_rows(found), iterations)


def _descended(
    tree: JunctionTree,
    found: Sequence[Observed],
    potentials: dict[Columns, Array],
    rows: float,
    iterations: int,
) -> Estimate:
    """Mirror descent whose steps are halved where the loss falls too little (Armijo's rule)."""
    beliefs = calibrated(tree, potentials, rows)
    loss, gradients, marginals = _loss(found, beliefs)
    step = 2.0 / (rows * sum(each.weight for each in found))
    for _ in range(iterations):
        step *= 2.0
        for _ in range(25):
            tried = {each: potentials[each] - step * gradients[each] for each in potentials}
            moved = calibrated(tree, tried, rows)
            new_loss, new_gradients, new_marginals = _loss(found, moved)
            gain = sum(
                float((gradients[each] * (marginals[each] - new_marginals[each])).sum())
                for each in potentials
            )
            if loss - new_loss >= 0.5 * gain:
                break
            step /= 2.0
        else:
            break
        is_still = loss - new_loss <= 1e-7 * loss
        potentials, beliefs = tried, moved
        loss, gradients, marginals = new_loss, new_gradients, new_marginals
        if is_still:
            break
    return Estimate(potentials, beliefs)


def _loss(
    found: Sequence[Observed], beliefs: Beliefs
) -> tuple[float, dict[Columns, Array], dict[Columns, Array]]:
    """The loss, its gradient by each marginal, and the marginals."""
    loss, gradients, marginals = 0.0, {}, {}
    for each in found:
        marginal = beliefs.marginal(each.columns)
        missed = marginal - each.counts
        gradients[each.columns] = each.weight * missed
        marginals[each.columns] = marginal
        loss += 0.5 * each.weight * float((missed * missed).sum())
    return loss, gradients, marginals
