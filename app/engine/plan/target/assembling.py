"""What compiling a target of labels and one of numbers have in common."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.engine.expressions import Expression, elementary
from app.engine.plan.target.inputs import Inputs
from app.engine.plan.target.model import (
    Array,
    Balance,
    EffectReport,
    FactReport,
    RuleOutcome,
    Scorecard,
    Segment,
)
from app.engine.plan.target.population import Population
from app.engine.plan.target.statistic import Statistic

POINT_STEP = 2.0**-24
LISTED_SEGMENTS = 40

# Of an effect that the plan leaves nothing of: its sign is wanted all the same.
LEAST_TENDENCY = 0.01


def statistic_rows(inputs: Inputs, population: Population) -> Array:
    """Each statistic over the cells, shape (statistics, cells)."""
    rows = [each.scores.take(population.codes[each.input]) for each in inputs.statistics]
    return np.array(rows).reshape(len(rows), population.size)


def bend_scores(statistic: Statistic, shares: Array) -> Array:
    """The square of a statistic, freed of its mean and of the statistic itself, with spread 1;
    zeros where nothing is left of it. Of shape (bins,), as the shares are; the last bin holds the
    missing values and scores 0."""
    t = statistic.scores
    present = shares.copy()
    present[-1] = 0.0
    present /= max(float(present.sum()), 1e-300)
    basis = np.stack([np.ones_like(t), t])
    normal = (basis * present) @ basis.T + 1e-12 * np.eye(2)
    bent = t * t - np.linalg.solve(normal, (basis * present) @ (t * t)) @ basis
    bent[-1] = 0.0
    spread = float(np.sqrt(present @ bent**2))
    return np.asarray(bent / spread) if spread > 1e-6 else np.zeros_like(t)


def scorecards(
    inputs: Inputs, labels: int, parts: Sequence[tuple[int, int, Array]]
) -> tuple[Scorecard, ...]:
    """Points of each input.

    Args:
        labels: number of scores.
        parts: input, label and points by bin, shape (bins,), of each term of the scores.
    """
    cards = []
    for number, each in enumerate(inputs.inputs):
        points = np.zeros((labels, len(each.shares)))
        for input_, label, added in parts:
            if input_ == number:
                points[label] += added
        points = np.rint(points / POINT_STEP) * POINT_STEP
        cards.append(Scorecard(each.name, each.bins, points, elementary.exp(points), each.shares))
    return tuple(cards)


def balances(statistics: Sequence[Statistic], labels: Sequence[str]) -> tuple[Balance, ...]:
    """What must be watched when small tables are drawn: the promised correlations."""
    return tuple(
        Balance(
            each.input,
            labels.index(each.label) if each.label is not None and labels else 0,
            each.correlation,
            each.centre,
            each.scale,
            each.bucket,
            each.scores,
            each.subject,
        )
        for each in statistics
        if each.exact
    )


def tendencies(
    statistics: Sequence[Statistic], labels: Sequence[str], positive: int, reached: Array
) -> tuple[Balance, ...]:
    """What is watched in small tables beside the promises: the correlation that the plan gives to
    each effect whose strength is a word."""
    return tuple(
        Balance(
            each.input,
            labels.index(each.label) if each.label in labels else max(positive, 0),
            float(value) if value * each.sign > 0 else LEAST_TENDENCY * each.sign,
            each.centre,
            each.scale,
            each.bucket,
            each.scores,
            each.subject,
        )
        for each, value in zip(statistics, reached, strict=True)
        if not each.exact
    )


def effect_reports(inputs: Inputs, reached: Array) -> tuple[EffectReport, ...]:
    """What each declared effect came to; `reached` holds its correlation, of shape (effects,)."""
    return tuple(
        EffectReport(
            inputs.inputs[each.input].name,
            each.subject,
            each.label,
            "positive" if each.sign > 0 else "negative",
            each.strength,
            float(value),
        )
        for each, value in zip(inputs.statistics, reached, strict=True)
    )


def correlation_facts(inputs: Inputs, reached: Array, target: str) -> list[FactReport]:
    """The correlations that were declared as numbers, beside those reached, of shape (effects,)."""
    return [
        FactReport(
            f"correlation of {each.subject} with {outcome(target, each.label)}",
            each.correlation,
            float(value),
        )
        for each, value in zip(inputs.statistics, reached, strict=True)
        if each.exact
    ]


def outcome(target: str, label: str | None) -> str:
    return target if label is None else f"{target}={label}"


def segments(
    population: Population, then: Array, limit: int = LISTED_SEGMENTS
) -> tuple[tuple[Segment, ...], bool]:
    """The largest segments outside of rules, and whether these are all.

    Args:
        then: distribution of the target in each cell, shape (labels or 1, cells).
    """
    free = np.flatnonzero(population.rule < 0)
    codes, places = np.unique(population.codes[:, free], axis=1, return_inverse=True)
    places = places.ravel()
    shares = np.bincount(places, population.weights[free], codes.shape[1])
    first = np.full(codes.shape[1], -1)
    first[places[::-1]] = free[::-1]
    order = np.argsort(-shares, kind="stable")[:limit]
    listed = tuple(
        Segment(
            tuple(map(int, codes[:, i])), float(shares[i]), tuple(map(float, then[:, first[i]]))
        )
        for i in order
    )
    return listed, codes.shape[1] <= limit


def ruled(
    condition: Expression, then: dict[str, float], points: Array, share: float
) -> RuleOutcome:
    """A user's rule, its scores rounded as those of the inputs are."""
    kept = np.rint(points / POINT_STEP) * POINT_STEP
    return RuleOutcome(condition, then, kept, elementary.exp(kept), share)


def elsewhere(population: Population, then: Array, listed: Sequence[Segment]) -> tuple[float, ...]:
    """Distribution of the target outside of rules and listed segments (of everything outside of
    rules where the list is complete)."""
    free = population.rule < 0
    share = float(population.weights[free].sum())
    total = then[:, free] @ population.weights[free]
    rest = share - sum(segment.share for segment in listed)
    if rest > 1e-9:
        for segment in listed:
            total = total - segment.share * np.asarray(segment.then)
        share = rest
    return tuple(float(each) for each in total / max(share, 1e-300))
