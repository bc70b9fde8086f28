"""Signs and order of declared effects in small tables, where chance alone would lose some.

An effect whose strength is a word is planned with a correlation, and chance misses that by about
1/√rows. Where an observed sign is another than the declared one, or the weaker of two effects comes
out as the stronger, outcomes are exchanged between rows as for promised correlations (`exchanges`),
towards correlations that are moved until signs and order hold. Tables in which they hold already
stay as they were drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.engine.plan.target.few_rows.exchanges import Array, Places, Watched, Whole, exchanges

ROUNDS = 16
# One planned correlation is another's superior from here on; as words go it is 1.67 times as large.
STRONGER = 1.2
# How far a promised correlation may lie from its value for the sake of signs: as far as a promise
# reaches, in tables of few rows half a standard error.
NEAR, FEW_ROWS = 0.02, 0.5
# Rows of which all pairs are looked at, exchanges of them, and the least correlation with a sign.
FEW_ENOUGH, MOST_STEPS = 300, 100
LEAST = 0.005


@dataclass(frozen=True, slots=True)
class Unmet:
    """What does not come out as declared.

    Args:
        signs: numbers of the effects with another sign.
        order: pairs of effects of which the first should be the stronger one, and is not.
        promises: how far promised correlations are beyond their tolerance, summed.
    """

    signs: tuple[int, ...]
    order: tuple[tuple[int, int], ...]
    promises: float

    @property
    def score(self) -> tuple[int, float, int]:
        return len(self.signs), self.promises, len(self.order)

    @property
    def is_met(self) -> bool:
        return not self.signs and not self.order


def with_tendencies(
    found: Whole, order: Places, promises: list[Watched], tendencies: list[Watched]
) -> Places | None:
    """From which row each row takes its outcome, shape (rows,); None where all stay.

    Args:
        found: outcomes of the rows, as for `exchanges`.
        order: the rows that take part, neighbours having nearly the same odds.
        promises: correlations that shall hold as they are.
        tendencies: correlations of which sign and order shall.
    """
    best = unmet(found, promises, tendencies)
    wanted, source = [each.correlation for each in tendencies], None
    reached = best
    for _ in range(ROUNDS if not best.is_met else 0):
        moved = [replace(t, correlation=r) for t, r in zip(tendencies, wanted, strict=True)]
        offered = exchanges(found, order, promises + moved)
        reached = unmet(found[offered], promises, tendencies)
        if reached.score < best.score:
            best, source = reached, offered
        if reached.is_met:
            break
        wanted = _moved(wanted, tendencies, reached, len(order))
    if best.is_met or len(order) > FEW_ENOUGH:
        return source
    start = np.arange(len(found)) if source is None else source
    offered = start[_descended(found[start], order, promises, tendencies)]
    return offered if unmet(found[offered], promises, tendencies).score < best.score else source


def _descended(
    found: Whole, order: Places, promises: list[Watched], tendencies: list[Watched]
) -> Places:
    """The best exchange of any two rows, again and again, until none is of use."""
    source, found = np.arange(len(found)), found.copy()
    places = np.triu_indices(len(order), 1)
    first, second = order[places[0]], order[places[1]]
    watched = promises + tendencies
    here = np.array([each.observed(found) for each in watched])
    least = _penalty(here[:, None], promises, tendencies)[0]
    for _ in range(MOST_STEPS):
        steps = np.array([each.correlation_steps(found, first, second) for each in watched])
        penalties = _penalty(here[:, None] + steps, promises, tendencies)
        best = int(np.argmin(penalties))
        if penalties[best] >= least:
            break
        a, b = first[best], second[best]
        for rows in (found, source):
            rows[a], rows[b] = rows[b], rows[a]
        here = np.array([each.observed(found) for each in watched])
        least = _penalty(here[:, None], promises, tendencies)[0]
    return source


def _penalty(observed: Array, promises: list[Watched], tendencies: list[Watched]) -> Array:
    """How bad correlations are, shape (offers,): signs above all, then promises, then order.

    Args:
        observed: of every promise and tendency, shape (promises + tendencies, offers).
    """
    kept, free = observed[: len(promises)], observed[len(promises) :]
    promised = np.array([each.correlation for each in promises])[:, None]
    planned = np.array([each.correlation for each in tendencies])
    towards = free * np.sign(planned)[:, None]
    sizes = np.abs(free)
    late = [
        np.maximum(0.0, sizes[j] - sizes[i] + LEAST)
        for i, j in _order(planned, [each.label for each in tendencies])
    ]
    signs = np.maximum(0.0, LEAST - towards).sum(axis=0) + LEAST * (towards <= 0).sum(axis=0)
    found = 100.0 * signs + ((kept - promised) ** 2).sum(axis=0)
    found += sum(late, np.zeros(observed.shape[1]))
    return np.asarray(found + 0.1 * ((free - planned[:, None]) ** 2).sum(axis=0))


def _order(planned: Array, labels: Sequence[int | None]) -> list[tuple[int, int]]:
    """Pairs of effects on the same label of which the first is planned to be the stronger one."""
    return [
        (i, j)
        for i, strong in enumerate(planned)
        for j, weak in enumerate(planned)
        if labels[i] == labels[j] and abs(strong) > STRONGER * abs(weak) > 0
    ]


def unmet(found: Whole, promises: Sequence[Watched], tendencies: Sequence[Watched]) -> Unmet:
    """What of the declared effects some outcomes, of shape (rows,), do not hold."""
    observed = [each.observed(found) for each in tendencies]
    planned = [each.correlation for each in tendencies]
    signs = [i for i, r in enumerate(planned) if observed[i] * r <= 0 and r]
    pairs = [
        (i, j)
        for i, j in _order(np.array(planned), [each.label for each in tendencies])
        if abs(observed[i]) <= abs(observed[j])
    ]
    few = FEW_ROWS / max(len(found), 1) ** 0.5
    excess = sum(max(0.0, abs(each.shortfall(found)[0]) - max(NEAR, few)) for each in promises)
    return Unmet(tuple(signs), tuple(pairs), round(excess, 3))


def _moved(
    wanted: list[float], tendencies: Sequence[Watched], reached: Unmet, rows: int
) -> list[float]:
    """Correlations to strive for next: more of what fell short, less of what came out too
    strong."""
    step, moved = 0.5 / rows**0.5, list(wanted)
    for i in reached.signs:
        moved[i] += step * np.sign(tendencies[i].correlation)
    for i, j in reached.order:
        moved[i] += step / 2 * np.sign(tendencies[i].correlation)
        moved[j] -= min(step / 2, abs(moved[j]) / 2) * np.sign(moved[j])
    return [float(np.clip(r, -1.0, 1.0)) for r in moved]
