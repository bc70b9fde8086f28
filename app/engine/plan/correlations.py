"""From declared correlations to the latent ones that give them, or a refusal.

The correlation of the values is not that of the normal scores behind them: it depends on both
marginals. The latent one is found by solving for it (the NORTA method: Cario & Nelson 1997,
"Modeling and generating random vectors with arbitrary marginal distributions and correlation
matrix").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import pyarrow as pa

from app.engine.errors import ConflictError, Fault
from app.engine.generators.apportionment import ExactApportionment
from app.engine.generators.arranging.beside import ColumnsBeside
from app.engine.generators.arranging.correlated import CorrelatedColumns, Pull, measured
from app.engine.generators.arranging.marginals import POINTS, NumberMarginal, population
from app.engine.generators.base import Member
from app.engine.generators.numbers.columns import NumberGenerator
from app.engine.generators.numbers.following import BetweenGenerator
from app.engine.generators.numbers.quantiles import (
    Array,
    Quantiles,
    continuous_quantiles,
    normal_grid,
    probability_grid,
)
from app.engine.plan.from_model.columns import LearnedGenerator
from app.engine.plan.roots import find_root
from app.engine.schema.models import Association, Correlation
from app.engine.seeds import Stream

NODES = 256
LEAST_EIGENVALUE = 1e-6
TOLERANCE = 0.02
MOST_UNSEEN = 0.026  # of r: measured, what is below it holds at 200,000 rows
FULL = 5_000
COMPLETION_ROUNDS = 400


def correlated_groups(
    correlations: Sequence[Correlation], members: Mapping[str, Member], stream: Stream, path: str
) -> list[CorrelatedColumns | ColumnsBeside]:
    """One step for each set of columns that declared correlations join.

    Args:
        correlations: the declared correlations of one table.
        members: the table's columns that can be arranged, by name.
        stream: randomness keyed by the table.
        path: place of the correlations in the document.

    Raises:
        ConflictError: naming each correlation that cannot be had and what can be reached.
    """
    faults = [
        fault
        for i, each in enumerate(correlations)
        if (fault := _learned_fault(each, members, f"{path}[{i}]"))
    ]
    if faults:
        raise ConflictError(faults)
    wanted = [_Wanted.of(i, c, members, path) for i, c in enumerate(correlations)]
    faults = [fault for pair in wanted if (fault := pair.fault())]
    if faults:
        raise ConflictError(faults)
    return [_group(names, wanted, members, stream) for names in correlated_columns(correlations)]


def _learned_fault(
    correlation: Correlation, members: Mapping[str, Member], path: str
) -> Fault | None:
    """A fault where both columns are learned: how they go together is the model's."""
    found = [members[n].generator if n in members else None for n in correlation.between]
    if not all(isinstance(each, LearnedGenerator) for each in found):
        return None
    a, b = correlation.between
    message = f"{a} and {b} are both learned, and correlate as the model has it"
    return Fault(path, message, "correlate a declared column with one of them")


def check_correlations(
    correlations: Sequence[Correlation], drawn: pa.RecordBatch, path: str
) -> None:
    """See that what constraints rearranged still correlates as declared.

    Args:
        drawn: a sample of the table's rows; the fewer there are, the wider the tolerance, from
            4 standard errors of an uncorrelated sample (1/√rows each) down to `TOLERANCE`.

    Raises:
        ConflictError: naming each correlation that the constraints do not leave.
    """
    tolerance = max(TOLERANCE, 4.0 / max(drawn.num_rows, 1) ** 0.5 if drawn.num_rows < FULL else 0)
    faults = []
    for index, each in enumerate(correlations):
        a, b = each.between
        reached = measured(drawn.column(a), drawn.column(b), by_rank=each.method == "spearman")
        if abs(reached - each.r) > tolerance:
            message = (
                f"correlation of {a} with {b}: {each.r:g} declared, the constraints make it "
                f"{reached:.3f}"
            )
            hint = "leave out the correlation, or the constraint that ties these columns"
            faults.append(Fault(f"{path}[{index}].r", message, hint))
    if faults:
        raise ConflictError(faults)


@dataclass(frozen=True, eq=False, slots=True)
class _Wanted:
    """A declared correlation with the standardised quantiles of both columns."""

    path: str
    declared: Correlation
    x: Array
    y: Array

    @classmethod
    def of(
        cls, index: int, correlation: Correlation, members: Mapping[str, Member], path: str
    ) -> _Wanted:
        place = f"{path}[{index}]"
        by_rank = correlation.method == "spearman"
        if not by_rank:
            faults = [
                fault
                for name in correlation.between
                if (fault := _heavy_tail(members.get(name), name, correlation.r, place))
            ]
            if faults:
                raise ConflictError(faults)
        x, y = (
            _standardised(members.get(name), name, by_rank, place) for name in correlation.between
        )
        return cls(place, correlation, x, y)

    def fault(self) -> Fault | None:
        low, high = self.reachable()
        if low - 1e-3 <= self.declared.r <= high + 1e-3:
            return None
        a, b = self.declared.between
        return Fault(
            f"{self.path}.r",
            f"correlation of {a} with {b}: {self.declared.r:g} declared, these distributions "
            f"allow from {low:.3f} to {high:.3f}",
            "declare a value in this range",
        )

    def reachable(self) -> tuple[float, float]:
        """The least and the most correlation of the two marginals (Fréchet bounds)."""
        return float((self.x * self.y[::-1]).mean()), float((self.x * self.y).mean())

    def latent(self) -> float:
        """The correlation of normal scores that gives the declared one of the values."""
        edge = 0.9999
        low, high = self._given(-edge), self._given(edge)
        if not low < self.declared.r < high:
            return edge if self.declared.r >= high else -edge
        return find_root(lambda r: self._given(r) - self.declared.r, -edge, edge, within=1e-5)

    def _given(self, latent: float) -> float:
        """Correlation of the values where the scores correlate by `latent`: a sum over a grid of
        NODES x NODES equally likely pairs of scores."""
        from app.engine.special_functions import ndtr, ndtri

        middles = (np.arange(NODES) + 0.5) / NODES
        z = ndtri(middles)
        second = ndtr(latent * z[:, None] + np.sqrt(1.0 - latent**2) * z[None, :])
        at_second = np.interp(second, (np.arange(len(self.y)) + 0.5) / len(self.y), self.y)
        at_first = self.x.reshape(NODES, -1).mean(axis=1)
        return float((at_first[:, None] * at_second).mean())


def _heavy_tail(member: Member | None, name: str, r: float, path: str) -> Fault | None:
    """Pearson's correlation is one of variances: a fault where a column has none, or where a few
    of its rows make up so much of it that `r` would be missed."""
    generator = member.generator if member else None
    if not isinstance(generator, NumberGenerator):
        return None
    if not generator.has_variance:
        message = f"{name!r} has no finite variance, so no Pearson correlation"
        return Fault(path, message, "write `method: spearman`, or give the column min and max")
    if (
        isinstance(generator.apportionment, ExactApportionment)
        and abs(r) * _unseen(generator) > MOST_UNSEEN
    ):
        message = f"a few extreme rows decide the variance of {name!r}: {r:g} would be missed"
        return Fault(path, message, "write `method: spearman`, or give the column min and max")
    return None


def _unseen(generator: NumberGenerator) -> float:
    """Share of the column's standard deviation that its 4096 middle values do not show."""
    rows = int(
        sum(generator.apportionment.shares[:-1])
        * sum(getattr(generator.apportionment, "counts", (0,)))
    )
    if rows <= POINTS or len(generator.segments) > 1:
        return 0.0
    seen, there = (_deviation(generator, count) for count in (POINTS, rows))
    return 1.0 - seen / there if there > 0 else 0.0


def _deviation(generator: NumberGenerator, rows: int) -> float:
    """Standard deviation of the values at the middles of `rows` even cells."""
    grid = np.unique(probability_grid().clip(0.5 / rows, 1.0 - 0.5 / rows))
    middles = np.concatenate([grid[:1], (grid[1:] + grid[:-1]) / 2, grid[-1:]])
    weights = np.concatenate([[0.5 / rows], np.diff(grid), [0.5 / rows]])
    values = generator.grain.apply(generator.segments[0].at(middles))
    mean = float((weights * values).sum())
    return float(np.sqrt((weights * (values - mean) ** 2).sum()))


def _standardised(member: Member | None, name: str, by_rank: bool, path: str) -> Array:
    """The column's values at even probabilities, mean 0 and variance 1."""
    if member and isinstance(member.generator, BetweenGenerator):
        followed = " and ".join(sorted(member.generator.reads))
        message = f"{name!r} follows {followed} row by row, so it cannot be arranged by another too"
        hint = "correlate what it follows, or leave `after` and `before` out"
        raise ConflictError([Fault(path, message, hint)])
    marginal = population(member.generator) if member else None
    if not isinstance(marginal, NumberMarginal):
        raise ConflictError(
            [Fault(path, f"{name!r} has no order to correlate by", "name numbers, bools or dates")]
        )
    cumulative = np.cumsum(marginal.weights)
    middles = (np.arange(16 * NODES) + 0.5) / (16 * NODES)
    places = np.minimum(np.searchsorted(cumulative, middles), len(cumulative) - 1)
    values = (cumulative - marginal.weights / 2)[places] if by_rank else marginal.values[places]
    spread = values.std()
    if spread < 1e-12:
        raise ConflictError(
            [Fault(path, f"{name!r} has the same value in every row", "leave the correlation out")]
        )
    return np.asarray((values - values.mean()) / spread)


def correlated_columns(correlations: Sequence[Correlation | Association]) -> list[tuple[str, ...]]:
    """Sets of columns joined by correlations or associations, names in alphabetical order."""
    groups: list[set[str]] = []
    for correlation in correlations:
        touched = [group for group in groups if group & set(correlation.between)]
        groups = [group for group in groups if group not in touched]
        groups.append(set(correlation.between).union(*touched))
    return [tuple(sorted(group)) for group in groups]


def _group(
    names: tuple[str, ...],
    wanted: Sequence[_Wanted],
    members: Mapping[str, Member],
    stream: Stream,
) -> CorrelatedColumns | ColumnsBeside:
    given = [name for name in names if isinstance(members[name].generator, LearnedGenerator)]
    names = (*given, *(name for name in names if name not in given))
    own = [pair for pair in wanted if pair.declared.between[0] in names]
    places = [
        (names.index(pair.declared.between[0]), names.index(pair.declared.between[1]))
        for pair in own
    ]
    fixed = {place: pair.latent() for place, pair in zip(places, own, strict=True)}
    latent = completed(len(names), fixed | _between_given(given, members))
    if latent is None:
        raise ConflictError(_contradiction(len(names), fixed, own))
    pulls = tuple(
        Pull(place[0], place[1], pair.declared.r, pair.declared.method == "spearman")
        for place, pair in zip(places, own, strict=True)
    )
    arranged = tuple(members[name] for name in names if name not in given)
    stream, normal = stream.child("correlations", *names), _normal_quantiles()
    if given:
        return ColumnsBeside(tuple(given), arranged, pulls, latent, normal, stream)
    return CorrelatedColumns(arranged, pulls, latent, normal, stream)


def _between_given(
    given: Sequence[str], members: Mapping[str, Member]
) -> dict[tuple[int, int], float]:
    """Rank correlations that learned columns have, by their places."""
    columns = [cast(LearnedGenerator, members[name].generator).sample for name in given]
    return {
        (i, j): measured(columns[i], columns[j], by_rank=True)
        for j in range(len(given))
        for i in range(j)
    }


def completed(size: int, fixed: Mapping[tuple[int, int], float]) -> Array | None:
    """A positive definite correlation matrix with the given entries, shape (size, size), or None
    where there is none.

    Alternating projections between the positive semidefinite matrices and those that hold the
    given entries (Higham 2002, "Computing the nearest correlation matrix"); nothing given moves.
    """
    matrix = _with_entries(np.eye(size), fixed)
    for _ in range(COMPLETION_ROUNDS):
        values, vectors = np.linalg.eigh(matrix)
        if values[0] >= LEAST_EIGENVALUE:
            return np.asarray(matrix)
        raised = np.maximum(values, 2 * LEAST_EIGENVALUE)
        matrix = _with_entries((vectors * raised) @ vectors.T, fixed)
    return None


def _with_entries(matrix: Array, fixed: Mapping[tuple[int, int], float]) -> Array:
    held = matrix.copy()
    np.fill_diagonal(held, 1.0)
    for (i, j), r in fixed.items():
        held[i, j] = held[j, i] = r
    return held


def _contradiction(
    size: int, fixed: Mapping[tuple[int, int], float], wanted: Sequence[_Wanted]
) -> list[Fault]:
    """A fault for each correlation of a set that no data can have together."""
    low, high = 0.0, 1.0
    for _ in range(12):
        factor = (low + high) / 2
        possible = completed(size, {place: factor * r for place, r in fixed.items()}) is not None
        low, high = (factor, high) if possible else (low, factor)
    return [
        Fault(
            f"{pair.path}.r",
            f"correlation of {pair.declared.between[0]} with {pair.declared.between[1]}: "
            f"{pair.declared.r:g} declared, together with the others of its group "
            f"{pair.declared.r * low:.3f} is the most",
            f"all of the group scaled to {low:.1%} can be had together",
        )
        for pair in wanted
    ]


def _normal_quantiles() -> Quantiles:
    return continuous_quantiles(normal_grid(), 1.0)
