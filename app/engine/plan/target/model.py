"""A compiled target: small tables to draw with, and what there is to tell about them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.expressions import Expression
from app.engine.generators.arranging.marginals import numeric_values
from app.engine.plan.target.bins import Bins, Codes

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Scorecard:
    """What one input adds to the scores.

    Args:
        column: name of the input.
        bins: how its values are binned.
        points: added to the score of each label in each bin, nulls last, shape
            (labels, bins + 1); one row for a numeric target.
        odds: exp of the points.
        shares: share of each bin in the population, nulls last.
    """

    column: str
    bins: Bins
    points: Array
    odds: Array
    shares: Array

    def codes(self, columns: dict[str, pa.Array]) -> Codes:
        """Bin of the column in each row, the last one for nulls; shape (rows,)."""
        return self.bins.codes(columns[self.column])


@dataclass(frozen=True, eq=False, slots=True)
class RuleOutcome:
    """A rule written by the user: rows where `condition` holds, and no earlier one does.

    `points` are the scores of such a row, `odds` their exp, both (labels,).
    """

    condition: Expression
    then: dict[str, float]
    points: Array
    odds: Array
    share: float


@dataclass(frozen=True, eq=False, slots=True)
class Balance:
    """A correlation to be met in small tables too, where chance alone would miss it.

    Args:
        card: number of the scorecard whose column it is about.
        label: number of the label it speaks of.
        correlation: what was promised or planned.
        subject: what it is the correlation of.
        centre, scale: the quantity is (value − centre) / scale.
        members: bins that count as 1 in a membership; None for the value itself.
        scores: the quantity by bin, nulls last.
    """

    card: int
    label: int
    correlation: float
    centre: float
    scale: float
    members: tuple[int, ...] | None
    scores: Array
    subject: str = ""

    def quantity(self, column: pa.Array, codes: Codes, unit: int) -> Array:
        """The standardised quantity of each row, 0 for nulls; shape (rows,), as `column` and
        `codes`. `unit` is how many steps of the column one of the quantity has."""
        if self.members is not None:
            return np.asarray(self.scores.take(codes))
        found = (numeric_values(column) / unit - self.centre) / self.scale
        if column.null_count:
            found[column.is_null().to_numpy(zero_copy_only=False)] = 0.0
        return np.asarray(found)


@dataclass(frozen=True, slots=True)
class EffectReport:
    """What became of a declared effect."""

    column: str
    subject: str
    label: str | None
    correlation: str
    strength: float | str
    reached: float


@dataclass(frozen=True, slots=True)
class FactReport:
    fact: str
    declared: float
    reached: float


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment of the input space: the bin of each input, its share of the rows, and the
    distribution of the target in it (probability by label, or the mean)."""

    bins: tuple[int, ...]
    share: float
    then: tuple[float, ...]


@dataclass(frozen=True, eq=False, slots=True)
class TargetModel:
    """How a target depends on its inputs.

    Args:
        name: the target.
        labels: its labels; empty for a numeric target.
        positive: number of the positive label; -1 for a numeric target.
        shares: of the labels.
        base: scores without any input, shape (labels,), or (1,) for a numeric target.
        cards: what each input adds.
        rules: the user's, first match wins.
        balances: promised correlations.
        tendencies: planned correlations of effects of which sign and order are promised.
        segments: the largest ones; all of them where `complete`.
        elsewhere: distribution of the target outside of rules and listed segments.
        effects, facts: what was declared and what is reached.
        metric: auc, accuracy or r2; `reachable` its least and largest value.
    """

    name: str
    labels: tuple[str, ...]
    positive: int
    shares: tuple[float, ...]
    base: Array
    cards: tuple[Scorecard, ...]
    rules: tuple[RuleOutcome, ...]
    balances: tuple[Balance, ...]
    tendencies: tuple[Balance, ...]
    segments: tuple[Segment, ...]
    complete: bool
    elsewhere: tuple[float, ...]
    effects: tuple[EffectReport, ...]
    facts: tuple[FactReport, ...]
    metric: str
    reached: float
    reachable: tuple[float, float]

    @property
    def reads(self) -> frozenset[str]:
        """Columns that must be drawn before the target."""
        own = {card.column for card in self.cards}
        return frozenset(own.union(*(rule.condition.columns for rule in self.rules)))

    def probabilities(self, columns: dict[str, pa.Array]) -> Array:
        """Probability of each label in each row, shape (labels, rows): what a model that knows
        everything would say.

        Raises:
            ValueError: for a numeric target.
        """
        if not self.labels:
            raise ValueError("a numeric target has no probabilities")
        scores = self.scores(columns)
        scores -= scores.max(axis=0)
        odds = np.exp(scores)
        return np.asarray(odds / odds.sum(axis=0))

    def scores(self, columns: dict[str, pa.Array]) -> Array:
        """The additive scores of each row, shape (labels or 1, rows)."""
        rows = len(next(iter(columns.values())))
        found = np.repeat(self.base[:, None], rows, axis=1)
        for card in self.cards:
            found += card.points[:, card.codes(columns)]
        free = np.ones(rows, dtype=np.bool_)
        for rule in self.rules:
            here = rule.condition.mask(columns, rows) & free
            found[:, here] = rule.points[:, None]
            free &= ~here
        return found
