"""Facts of the target: numeric strengths and the rules that were written for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from app.engine.evaluation.accumulators.correlations import (
    PearsonAccumulator,
    Series,
    SignAccumulator,
    correlation_tolerance,
)
from app.engine.evaluation.accumulators.predictability import (
    PROMISED,
    SIGMAS,
    ExplainedAccumulator,
    RulesAccumulator,
)
from app.engine.evaluation.accumulators.segments import SegmentsAccumulator, segment_tolerance
from app.engine.evaluation.declarations.formulas import own_expression
from app.engine.evaluation.declarations.scope import TableScope
from app.engine.evaluation.declarations.series import bucket_membership, membership, values
from app.engine.evaluation.measurement import Measurement
from app.engine.evaluation.target_model import KnownTarget
from app.engine.expressions import Expression
from app.engine.schema.models import (
    BoolColumn,
    Bucket,
    Category,
    CategoryColumn,
    Column,
    Effect,
    NumberColumn,
    Target,
)


@dataclass(frozen=True, slots=True)
class Strength:
    """A declared effect.

    Args:
        subject: what has the effect, such as ``Plan = Gold``.
        label: the target's label that it speaks of; None for a numeric target.
    """

    column: str
    subject: str
    series: Series
    label: str | None
    effect: Effect

    @property
    def declared(self) -> float | None:
        """The correlation that was promised; None where the strength is a word, or is missing."""
        if not isinstance(self.effect.strength, float) or self.effect.correlation == "neutral":
            return None
        return self.effect.strength * (1 if self.effect.correlation == "positive" else -1)


def declared_strengths(columns: dict[str, Column], target: Target) -> Iterator[Strength]:
    """Every effect that was declared on a column, or a part of one."""
    for name, column in columns.items():
        if name == target.name:
            continue
        for subject, series, holder in _holders(name, column):
            for label, effect in _effects(holder, target.positive):
                yield Strength(name, subject, series, label, effect)


def _holders(name: str, column: Column) -> Iterator[tuple[str, Series, Column | Bucket | Category]]:
    yield name, values(name), column
    if isinstance(column, CategoryColumn):
        for cat in column.cats:
            yield f"{name} = {cat.label}", membership(name, cat.label), cat
    if not isinstance(column, NumberColumn):
        return
    if len(column.buckets) == 1:
        yield name, values(name), column.buckets[0]
        return
    for part, bucket in enumerate(column.buckets):
        subject = f"{name} in bucket {bucket.mean:g} ± {bucket.std:g}"
        yield subject, bucket_membership(name, column.buckets, part), bucket


def _effects(
    holder: Column | Bucket | Category, positive: str | None
) -> Iterator[tuple[str | None, Effect]]:
    own = Effect(correlation=holder.correlation, strength=holder.strength)
    spoken = () if positive in holder.effects else ((positive, own),)
    for label, effect in (*spoken, *holder.effects.items()):
        if effect.correlation != "neutral":
            yield label, effect


def target_facts(scope: TableScope) -> Iterator[Measurement]:
    """The promises that join a target with its inputs."""
    target = scope.table.target
    if target is None:
        return
    declared = {**scope.read, **scope.table.columns()}
    columns = {n: c for n, c in declared.items() if n in scope.schema.names}
    for strength in declared_strengths(columns, target):
        if strength.declared is not None:
            yield _strength(strength, strength.declared, target, scope)
        if scope.sampling == "exact":
            yield _sign(strength, target, scope)
    names = scope.schema.names
    conditions = [own_expression(rule.condition, names) for rule in scope.table.rules]
    readable = [condition for condition in conditions if condition is not None]
    if readable and len(readable) == len(conditions):
        yield _rules(target, readable, scope)
    if scope.known_target is not None:
        yield from _predictability(target, scope.known_target, scope)


def _predictability(target: Target, known: KnownTarget, scope: TableScope) -> Iterator[Measurement]:
    target_metric = getattr(target, known.metric)
    words = f"best possible {known.metric} of {target.name}"
    note = "of a model that knows the rules, on these rows"
    target_facts = (
        (scope.fact(words, target_metric, PROMISED, note),) if target_metric is not None else ()
    )
    if known.labels:
        note = (
            "largest deviation of a segment of 1,000 rows or more from its probability, in sigmas"
        )
        rules = scope.fact(f"rules of {target.name}", 0.0, SIGMAS, note)
        yield Measurement(
            (*target_facts, rules), lambda: RulesAccumulator(known, known.metric, target_metric)
        )
    elif target_facts:
        yield Measurement(target_facts, lambda: ExplainedAccumulator(known, target_metric))


def _strength(
    strength: Strength, declared: float, target: Target, scope: TableScope
) -> Measurement:
    goal = target.name if strength.label is None else f"{target.name}={strength.label}"
    series = target_series(target, strength.label)
    start = partial(PearsonAccumulator, strength.series, series, declared, scope.sampling)
    tolerance = correlation_tolerance(declared, scope.rows, scope.sampling)
    words = f"correlation of {strength.subject} with {goal}"
    return scope.one(words, declared, start, tolerance, scope.noted("Pearson"))


def _sign(strength: Strength, target: Target, scope: TableScope) -> Measurement:
    """The sign of a declared effect, at any number of rows."""
    goal = target.name if strength.label is None else f"{target.name}={strength.label}"
    positive = strength.effect.correlation == "positive"
    series = target_series(target, strength.label)
    start = partial(
        SignAccumulator, strength.series, series, 1.0 if positive else -1.0, scope.sampling
    )
    words = f"sign of the effect of {strength.subject} on {goal}"
    return scope.one(words, strength.effect.correlation, start)


def target_series(target: Target, label: str | None) -> Series:
    """A numeric target's values, or 1 in the rows that have the label."""
    if label is None:
        return values(target.name)
    return membership(target.name, label)


def _rules(target: Target, conditions: list[Expression], scope: TableScope) -> Measurement:
    """In the rows of each written rule (those no earlier rule has taken) the stated
    probabilities."""
    wanted: list[tuple[int, Series, float]] = []
    facts = []
    is_label = isinstance(target.column, CategoryColumn | BoolColumn)
    for number, rule in enumerate(scope.table.rules):
        for label, value in rule.then.items():
            goal = f"P({target.name}={label})" if is_label else f"mean of {target.name}"
            wanted.append((number, target_series(target, label if is_label else None), value))
            tolerance = segment_tolerance(value, scope.rows) if is_label else 0.0
            note = "rows that no earlier rule takes; within 4 standard errors of their number"
            facts.append(scope.fact(f"{goal} if {rule.condition}", value, tolerance, note))
    return Measurement(tuple(facts), lambda: SegmentsAccumulator(conditions, wanted))
