"""A learned column that is made again as the target, as predictable as the dial says.

What the model has learned is read off a sample of its rows: a logit-additive score of the learned
columns' bins, fitted by penalised maximum likelihood. The declared shares move its intercepts and
the dial its scale, so the order in which rows are likely to have a label stays as learned, and no
learned column moves at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.errors import ConflictError
from app.engine.expressions import Expression
from app.engine.generators.categories import typed_labels
from app.engine.plan.target.conflicts import explain_labels, target_metric_fault
from app.engine.plan.target.inputs import Input, Inputs, value_input
from app.engine.plan.target.label_target import LabelCompiler, Term
from app.engine.plan.target.labels import LabelProblem
from app.engine.plan.target.model import Array, TargetModel
from app.engine.plan.target.newton import NoConvergence
from app.engine.plan.target.population import input_population
from app.engine.plan.target.request import TargetRequest
from app.engine.plan.target.strengths import (
    DIAL_ROUNDS,
    METRIC_TOLERANCE,
    Equations,
    Settled,
)
from app.engine.schema.learned import (
    LearnedBool,
    LearnedCategory,
    LearnedMoment,
    LearnedNumber,
)

MOST_INPUTS = 16
MOST_BINS = 60
SURE = 3.0  # times what chance alone would give
PENALTY = 1.0
ROUNDS = 100
FITTED_ROWS = 16_384
POINT_STEP = 2.0**-16
SCALES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)

Codes = NDArray[np.int64]


def learned_target(
    request: TargetRequest,
    conditions: list[Expression],
    labels: tuple[str, ...],
    shares: tuple[float, ...],
) -> TargetModel:
    """The model of a target as it was learned, with the declared shares, rules and dial.

    Raises:
        ConflictError: where these cannot hold together.
    """
    truth = _truth(request, labels)
    inputs = Inputs(inputs=_informative(_inputs(request), request.drawn(), truth, len(labels)))
    population = input_population(request, inputs.inputs, conditions)
    plain = LearnedCompiler(request, inputs, population, conditions, labels, shares)
    fitted = _fitted(plain, truth)
    return replace(plain, fitted=fitted).model()


def _truth(request: TargetRequest, labels: tuple[str, ...]) -> Codes:
    """Label of each row of the sample as learned, -1 where there is none."""
    assert request.learned is not None
    column = request.drawn()[request.learned]
    values = typed_labels(labels, column.type)
    codes = pc.index_in(column, value_set=values).fill_null(-1)
    return np.asarray(codes.to_numpy(zero_copy_only=False), dtype=np.int64)


def _inputs(request: TargetRequest) -> Iterator[Input]:
    """The learned columns that the target may depend on, in few bins each."""
    kinds = LearnedNumber | LearnedCategory | LearnedBool | LearnedMoment
    for name, column in request.columns.items():
        if isinstance(column, kinds) and column.missing < 1:
            found = value_input(request, name)
            if 1 < len(found.shares) - 1 <= MOST_BINS or 0 < found.missing < 1:
                yield found


def _informative(
    inputs: Iterator[Input], drawn: Mapping[str, pa.Array], truth: Codes, labels: int
) -> list[Input]:
    """The inputs that tell the label better than chance alone would, at most MOST_INPUTS, in
    their order."""
    known = truth >= 0
    found = []
    for place, each in enumerate(inputs):
        codes = each.bins.codes(drawn[each.name]).astype(np.int64)[known]
        gain = _information(codes * labels + truth[known], len(each.shares), labels)
        if gain > 0:
            found.append((-gain, place, each))
    best = sorted(found, key=lambda each: each[:2])[:MOST_INPUTS]
    return [each for _, _, each in sorted(best, key=lambda each: each[1])]


def _information(joint: Codes, bins: int, labels: int) -> float:
    """Mutual information of bins and labels in nats, beyond SURE times what chance gives (the G
    statistic has as many degrees of freedom on average)."""
    counts = np.bincount(joint, minlength=bins * labels).reshape(bins, labels).astype(np.float64)
    total = max(float(counts.sum()), 1.0)
    rows, columns = counts.sum(axis=1, keepdims=True), counts.sum(axis=0, keepdims=True)
    expected = rows * columns / total
    there = counts > 0
    found = float((counts[there] * np.log(counts[there] / expected[there])).sum() / total)
    freedom = max(int((rows > 0).sum()) - 1, 0) * max(int((columns > 0).sum()) - 1, 0)
    return found - SURE * freedom / (2.0 * total)


@dataclass(frozen=True, eq=False, slots=True)
class LearnedCompiler(LabelCompiler):
    """A target of labels whose score was fitted.

    Args:
        fitted: input, label and points by bin of each part of the score.
    """

    fitted: tuple[tuple[int, int, Array], ...] = ()

    @property
    def reference(self) -> int:
        """The label whose score is 0."""
        if len(self.labels) == 2:
            return 1 - self.positive
        return int(np.argmax(self.shares))

    def _terms(self) -> list[Term]:
        parts = [Term("relative", i, label, points, 0.0) for i, label, points in self.fitted]
        others = [label for label in range(len(self.labels)) if label != self.reference]
        solved = self._solved_shares()
        one = np.ones(1)
        return [
            *parts,
            *(Term("intercept", None, n, one, float(solved[n])) for n in others if solved[n] > 0),
        ]

    def _settle(self, equations: Equations, problem: LabelProblem) -> Settled:
        dial = _Dial(equations, problem, self.metric)
        target = self.request.target
        wanted = target.accuracy if target.auc is None else target.auc
        try:
            path = dial.path()
        except NoConvergence:
            faults = explain_labels(self.request, self.inputs, problem, self.labels, self.shares)
            raise ConflictError(faults) from None
        reached = [each.reached for each in path]
        if wanted is None:
            chosen = next((each for each in path if each.scale == 1.0), path[-1])
        elif min(reached) - METRIC_TOLERANCE <= wanted <= max(reached) + METRIC_TOLERANCE:
            chosen = dial.found(path, wanted)
        else:
            reach = (min(reached), max(reached))
            fault = target_metric_fault(self.request, self.inputs, self.metric, wanted, reach)
            raise ConflictError([replace(fault, message=_reach_in_words(fault.message))])
        return Settled(
            chosen.parameters, chosen.scale, chosen.reached, (min(reached), max(reached))
        )


def _reach_in_words(message: str) -> str:
    return message.partition(", since no input")[0] + " with what the model has learned"


@dataclass(frozen=True, eq=False, slots=True)
class _Point:
    scale: float
    parameters: Array
    reached: float


@dataclass(frozen=True, eq=False, slots=True)
class _Dial:
    """The best possible metric as a function of the score's scale."""

    equations: Equations
    problem: LabelProblem
    metric: str

    def at(self, scale: float, start: Array) -> _Point:
        """Raises NoConvergence."""
        whole = np.ones(len(start))
        parameters = self.equations.at_scale(scale, whole, start)
        return _Point(scale, parameters, self.problem.measure(self.metric, parameters))

    def path(self) -> list[_Point]:
        """Points from a score of nothing on, as far as the shares can be had.

        Raises:
            NoConvergence: where they cannot be had at all.
        """
        found = [self.at(SCALES[0], self.equations.start)]
        for scale in SCALES[1:]:
            try:
                found.append(self.at(scale, found[-1].parameters))
            except NoConvergence:
                break
        return found

    def found(self, path: Sequence[_Point], wanted: float) -> _Point:
        """The scale at which the metric is the wanted one, by bisection."""
        low, high = next(
            ((a, b) for a, b in pairwise(path) if a.reached <= wanted <= b.reached),
            (path[-1], path[-1]),
        )
        for _ in range(DIAL_ROUNDS):
            middle = self.at((low.scale + high.scale) / 2, low.parameters)
            if abs(middle.reached - wanted) <= METRIC_TOLERANCE or low is high:
                return middle
            low, high = (middle, high) if middle.reached < wanted else (low, middle)
        return middle


def _fitted(compiler: LearnedCompiler, truth: Codes) -> tuple[tuple[int, int, Array], ...]:
    """Points of each input's bins for each label but the reference, in whole steps.

    Multinomial logistic regression on the bins with a ridge penalty, by L-BFGS.
    """
    from app.engine.special_functions import lean_numpy

    with lean_numpy():
        from scipy.optimize import minimize

    inputs, drawn = compiler.inputs.inputs, compiler.request.drawn()
    known = np.flatnonzero(truth >= 0)[:FITTED_ROWS]
    labels = [n for n in range(len(compiler.labels)) if n != compiler.reference]
    if not inputs or not len(known):
        return ()
    codes = [each.bins.codes(drawn[each.name])[known].astype(np.intp) for each in inputs]
    problem = _Fit(codes, [len(each.shares) for each in inputs], truth[known], labels)
    options = {"maxiter": ROUNDS, "ftol": 1e-10, "gtol": 1e-6}
    search: Any = minimize
    found = search(problem.loss, problem.start(), jac=True, method="L-BFGS-B", options=options)
    points = np.rint(problem.points(found.x) / POINT_STEP) * POINT_STEP
    ends = np.cumsum([0, *problem.sizes])
    return tuple(
        (number, label, points[place, first:last])
        for place, label in enumerate(labels)
        for number, (first, last) in enumerate(pairwise(ends))
    )


@dataclass(frozen=True, eq=False, slots=True)
class _Fit:
    """Penalised log loss of additive scores.

    Args:
        codes: of each input the bin of each row, shape (rows,).
        sizes: bins of each input.
        truth: label of each row, shape (rows,).
        labels: those with a score of their own; that of the other one is 0.
    """

    codes: list[NDArray[np.intp]]
    sizes: list[int]
    truth: Codes
    labels: list[int]

    def start(self) -> Array:
        return np.zeros(len(self.labels) * (1 + sum(self.sizes)))

    def points(self, parameters: Array) -> Array:
        """Shape (labels, bins of all inputs)."""
        return parameters.reshape(len(self.labels), -1)[:, 1:]

    def loss(self, parameters: Array) -> tuple[float, Any]:
        """The mean log loss with its penalty, and its gradient."""
        rows, table = len(self.truth), parameters.reshape(len(self.labels), -1)
        scores = np.repeat(table[:, :1], rows, axis=1)
        starts = np.cumsum([1, *self.sizes])
        for codes, first in zip(self.codes, starts, strict=False):
            scores += table[:, first + codes]
        largest = np.maximum(scores.max(axis=0), 0.0)
        odds = np.exp(scores - largest)
        total = odds.sum(axis=0) + np.exp(-largest)
        own = np.array([self.truth == label for label in self.labels])
        log_loss = float((np.log(total) + largest - (scores * own).sum(axis=0)).sum())
        off = odds / total - own
        slopes = np.zeros_like(table)
        slopes[:, 0] = off.sum(axis=1)
        for codes, first, size in zip(self.codes, starts, self.sizes, strict=False):
            for place in range(len(self.labels)):
                slopes[place, first : first + size] = np.bincount(codes, off[place], size)
        slopes[:, 1:] += PENALTY * table[:, 1:]
        penalty = PENALTY / 2 * float((table[:, 1:] ** 2).sum())
        return (log_loss + penalty) / rows, slopes.ravel() / rows
