"""Facts of columns whose labels go together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from math import sqrt

import numpy as np
import pyarrow as pa

from app.engine.evaluation.accumulator import Outcome
from app.engine.evaluation.declarations.scope import TableScope
from app.engine.evaluation.measurement import Measurement
from app.engine.plan.associations import Table, contingency, cramers_v
from app.engine.schema.models import Association
from app.engine.schema.reading.associations import labels_of

WITHIN = 0.02
SIGMAS = 4.0


def association_facts(scope: TableScope) -> Iterator[Measurement]:
    """How the labels of each associated pair of columns go together, where both are there."""
    columns = scope.table.columns()
    for each in scope.table.associations:
        first, second = each.between
        labels = [labels_of(columns[name]) for name in each.between]
        if each.cramers_v is not None:
            allowed = _v_tolerance(scope, len(labels[0]), len(labels[1]))
            start = partial(_VAccumulator, each.between, labels, each.cramers_v, allowed)
            words = f"association of {first} with {second}"
            yield scope.one(words, each.cramers_v, start, allowed, scope.noted("Cramér's V"))
        else:
            yield _share_facts(each, labels, scope)


def _v_tolerance(scope: TableScope, first: int, second: int) -> float:
    """0.02; of few rows see `_whole_rows`. Random sampling: four standard deviations, and the V
    that independent columns have by chance."""
    if scope.sampling == "random":
        by_chance = sqrt((first - 1) * (second - 1))
        return (SIGMAS + by_chance) / sqrt(max(scope.rows, 1) * max(min(first, second) - 1, 1))
    return WITHIN


def _whole_rows(counts: Table) -> float:
    """How much Cramér's V changes at most where every pair of labels has one row more or less.

    V is the length of (n - e) / sqrt(e), over all pairs with n rows where e are expected, divided
    by sqrt(N (k - 1)), N being all rows and k the fewer labels.
    """
    counts = counts[np.ix_(counts.sum(axis=1) > 0, counts.sum(axis=0) > 0)]
    least = min(counts.shape) - 1
    if least < 1:
        return 0.0
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    return sqrt(float((1.0 / expected).sum()) / (float(counts.sum()) * least))


def _share_facts(
    each: Association, labels: Sequence[Sequence[str]], scope: TableScope
) -> Measurement:
    first, second = each.between
    assert each.shares is not None
    note = scope.noted("largest difference of a share from the declared one")
    facts = tuple(
        scope.fact(f"shares of {second} beside {first}={label}", 0.0, 0.0, note)
        for label in labels[0]
    )
    declared = np.array([list(row.values()) for row in each.shares.values()])
    start = partial(_SharesAccumulator, each.between, labels, declared, scope.sampling)
    return Measurement(facts, start)


class _Counted:
    def __init__(self, names: Sequence[str], labels: Sequence[Sequence[str]]) -> None:
        self.names, self.labels = names, labels
        self.counts: Table = np.zeros((len(labels[0]), len(labels[1])))

    def add(self, batch: pa.RecordBatch) -> None:
        self.counts += contingency(batch, self.names, *self.labels)


class _VAccumulator(_Counted):
    """Cramér's V of two columns."""

    def __init__(
        self,
        names: Sequence[str],
        labels: Sequence[Sequence[str]],
        declared: float,
        tolerance: float,
    ) -> None:
        super().__init__(names, labels)
        self.declared, self.tolerance = declared, tolerance

    def outcomes(self) -> list[Outcome]:
        seen = cramers_v(self.counts)
        tolerance = max(self.tolerance, _whole_rows(self.counts))
        holds = not self.counts.any() or abs(seen - self.declared) <= tolerance
        return [Outcome(round(seen, 6), holds, tolerance)]


class _SharesAccumulator(_Counted):
    """Shares of the second column's labels beside each label of the first: the counts of pairs are
    less than 2 away, one for the rounding of the labels and one for that of the pairs; by random
    sampling within four standard deviations and two rows."""

    def __init__(
        self,
        names: Sequence[str],
        labels: Sequence[Sequence[str]],
        declared: Table,
        sampling: str,
    ) -> None:
        super().__init__(names, labels)
        self.declared, self.sampling = declared, sampling

    def outcomes(self) -> list[Outcome]:
        return [self._outcome(row) for row in range(len(self.counts))]

    def _outcome(self, row: int) -> Outcome:
        rows, declared = self.counts[row].sum(), self.declared[row]
        if not rows:
            return Outcome(0.0, True, 0.0)
        apart = np.abs(self.counts[row] / rows - declared)
        allowed = np.full(len(declared), 2.0 / rows)
        if self.sampling == "random":
            allowed += SIGMAS * np.sqrt(declared * (1.0 - declared) / rows)
        worst = int((apart - allowed).argmax())
        return Outcome(
            float(apart[worst]), bool((apart <= allowed + 1e-9).all()), float(allowed[worst])
        )
