"""Compiling a target of labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.engine.errors import ConflictError, Fault
from app.engine.expressions import Expression
from app.engine.plan.target.assembling import (
    balances,
    bend_scores,
    correlation_facts,
    effect_reports,
    elsewhere,
    outcome,
    ruled,
    scorecards,
    segments,
    statistic_rows,
    tendencies,
)
from app.engine.plan.target.conflicts import explain_labels, target_metric_fault
from app.engine.plan.target.inputs import Inputs
from app.engine.plan.target.labels import LabelProblem, reference_label
from app.engine.plan.target.model import Array, FactReport, RuleOutcome, TargetModel
from app.engine.plan.target.newton import LARGEST_OF_FINE_BINS, LARGEST_SCORE, NoConvergence
from app.engine.plan.target.population import Population
from app.engine.plan.target.request import TargetRequest
from app.engine.plan.target.strengths import (
    Equations,
    OutOfReach,
    Settled,
    settle,
)

LEAST_ODDS = 1e-12
MANY_TERMS = 8
SKETCHED_CELLS = 4_096

COVERED = 1e-9  # of the rows: what no rule decides is nothing
MOST_OFF, OFF_OF_SHARE = 5e-4, 2e-3


@dataclass(frozen=True, eq=False, slots=True)
class Term:
    """A parameter: points by bin of an input (None: the intercept) for the score of a label.

    `role`: exact, relative, neutral (nulls say nothing), bend or intercept.
    """

    role: str
    input: int | None
    label: int
    scores: Array
    wanted: float


@dataclass(frozen=True, eq=False, slots=True)
class LabelCompiler:
    """Everything known about a target of labels, and the steps from it to a model."""

    request: TargetRequest
    inputs: Inputs
    population: Population
    conditions: list[Expression]
    labels: tuple[str, ...]
    shares: tuple[float, ...]

    def model(self) -> TargetModel:
        """Raises:
        ConflictError: where the facts cannot hold together.
        """
        fixed = self._fixed()
        self._check_rules(fixed)
        terms = self._terms()
        problem = self._problem(terms, fixed)
        equations = self._equations(terms, problem)
        settled = self._settle(equations, problem)
        return self._assembled(terms, problem, settled)

    @property
    def positive(self) -> int:
        name = self.request.target.positive
        return self.labels.index(name) if name in self.labels else int(np.argmin(self.shares))

    @property
    def metric(self) -> str:
        return "accuracy" if self.request.target.accuracy is not None else "auc"

    def _fixed(self) -> Array | None:
        """Probabilities that rules decide, NaN elsewhere, shape (labels, cells)."""
        if not self.conditions:
            return None
        fixed = np.full((len(self.labels), self.population.size), np.nan)
        for number in range(len(self.conditions)):
            fixed[:, self.population.rule == number] = self._then(number)[:, None]
        return fixed

    def _then(self, number: int) -> Array:
        """What a rule states; labels it leaves out share the rest as they are declared."""
        stated = self.request.rules[number].then
        rest = 1.0 - sum(stated.values())
        others = sum(
            s for name, s in zip(self.labels, self.shares, strict=True) if name not in stated
        )
        return np.array(
            [
                stated[name] if name in stated else rest * share / max(others, 1e-300)
                for name, share in zip(self.labels, self.shares, strict=True)
            ]
        )

    def _check_rules(self, fixed: Array | None) -> None:
        """The shares of the labels must leave room for what the rules say; rules that cover all
        rows must meet them."""
        if fixed is None:
            return
        weights = self.population.weights
        free = float(weights @ np.isnan(fixed[0]))
        ruled = np.nan_to_num(fixed) @ weights
        faults = []
        for label, share in enumerate(self.shares):
            low, high = float(ruled[label]), float(ruled[label]) + free
            met = abs(share - low) <= _off_by_sampling(share)
            if not (met if free <= COVERED else low < share < high):
                name = outcome(self.request.target.name, self.labels[label])
                faults.append(
                    Fault(
                        self.request.rules_path,
                        f"share of {name}: {_apart(share, low, high)}",
                        "change rules or proportions",
                    )
                )
        if faults:
            raise ConflictError(faults)

    def _terms(self) -> list[Term]:
        terms = []
        for each in self.inputs.statistics:
            label = self.labels.index(each.label or self.labels[self.positive])
            present = 1.0 - self.inputs.inputs[each.input].missing
            wanted = each.correlation * self._spread(label) * present
            role = "exact" if each.exact else "relative"
            terms.append(Term(role, each.input, label, each.scores, wanted))
        return [*terms, *self._neutral(terms), *self._bends(terms), *self._intercepts(terms)]

    def _solved_shares(self) -> Array:
        """The shares that the population is solved for: the declared ones, or where rules decide
        every cell what these come to, which is as near as the population's weights are."""
        fixed = self._fixed()
        if fixed is None or float(self.population.weights @ np.isnan(fixed[0])) > COVERED:
            return np.array(self.shares)
        return np.asarray(fixed @ self.population.weights)

    def _spread(self, label: int) -> float:
        share = self.shares[label]
        return float(np.sqrt(share * (1.0 - share)))

    def _neutral(self, terms: list[Term]) -> list[Term]:
        """Nulls of an input say nothing about the labels that the input speaks of."""
        found = []
        for number, label in sorted({(t.input, t.label) for t in terms if t.input is not None}):
            missing = self.inputs.inputs[number].missing
            if 0 < missing < 1:
                scores = np.full(len(self.inputs.inputs[number].shares), -missing)
                scores[-1] = 1.0 - missing
                found.append(Term("neutral", number, label, scores, 0.0))
        return found

    def _bends(self, terms: list[Term]) -> list[Term]:
        """Free curvature of promised effects of values, where nothing else is free for a
        target metric."""
        target = self.request.target
        if (target.auc, target.accuracy) == (None, None) or any(
            t.role == "relative" for t in terms
        ):
            return []
        found = []
        for each, term in zip(self.inputs.statistics, terms, strict=False):
            scores = bend_scores(each, self.inputs.inputs[each.input].shares)
            if each.bucket is None and scores.any():
                found.append(Term("bend", each.input, term.label, scores, 0.0))
        return found

    def _intercepts(self, terms: list[Term]) -> list[Term]:
        reference = reference_label(self.shares, [term.label for term in terms])
        return [
            Term("intercept", None, label, np.ones(1), float(share))
            for label, share in enumerate(self._solved_shares())
            if label != reference and share > 0
        ]

    def _problem(self, terms: list[Term], fixed: Array | None) -> LabelProblem:
        codes = self.population.codes
        rows = [
            np.ones(self.population.size) if t.input is None else t.scores.take(codes[t.input])
            for t in terms
        ]
        design = np.array(rows).reshape(len(rows), self.population.size)
        label = np.array([term.label for term in terms], dtype=np.intp)
        sketch = SKETCHED_CELLS if self.population.shuffled and len(terms) > MANY_TERMS else None
        return LabelProblem(
            design, label, self.population.weights, len(self.labels), self.positive, fixed, sketch
        )

    def _equations(self, terms: list[Term], problem: LabelProblem) -> Equations:
        roles = np.array([term.role for term in terms], dtype=object)
        wanted = np.array([term.wanted for term in terms])
        relative = roles == "relative"
        start = np.zeros(len(terms))
        reference = reference_label(self.shares, [t.label for t in terms if t.role != "intercept"])
        for place, term in enumerate(terms):
            if term.role == "intercept":
                start[place] = np.log(max(term.wanted, 1e-9) / max(self.shares[reference], 1e-9))
        return Equations(
            problem,
            start,
            np.where(relative, 0.0, wanted),
            np.where(relative, wanted, 0.0),
            np.asarray(relative, dtype=np.bool_),
            np.asarray(roles == "bend", dtype=np.bool_),
            LARGEST_OF_FINE_BINS if self.inputs.fine else LARGEST_SCORE,
        )

    def _settle(self, equations: Equations, problem: LabelProblem) -> Settled:
        target = self.request.target
        target_metric = target.accuracy if target.auc is None else target.auc
        try:
            return settle(equations, self.metric, target_metric)
        except NoConvergence:
            raise ConflictError(
                explain_labels(self.request, self.inputs, problem, self.labels, self.shares)
            ) from None
        except OutOfReach as error:
            raise ConflictError(
                [
                    target_metric_fault(
                        self.request,
                        self.inputs,
                        self.metric,
                        target_metric or 0.0,
                        error.reachable,
                    )
                ]
            ) from None

    def _assembled(self, terms: list[Term], problem: LabelProblem, settled: Settled) -> TargetModel:
        parameters = settled.parameters
        probabilities = problem.probabilities(parameters)
        parts = [
            (t.input, t.label, p * t.scores)
            for t, p in zip(terms, parameters, strict=True)
            if t.input is not None
        ]
        base = np.zeros(len(self.labels))
        for term, parameter in zip(terms, parameters, strict=True):
            base[term.label] += parameter if term.role == "intercept" else 0.0
        reached = self._reached(probabilities)
        listed, complete = segments(self.population, probabilities)
        watched = balances(self.inputs.statistics, self.labels)
        return TargetModel(
            name=self.request.target.name,
            labels=self.labels,
            positive=self.positive,
            shares=self.shares,
            base=np.rint(base * 2.0**24) / 2.0**24,
            cards=scorecards(self.inputs, len(self.labels), parts),
            rules=self._outcomes(),
            balances=watched,
            tendencies=tendencies(self.inputs.statistics, self.labels, self.positive, reached),
            segments=listed,
            complete=complete,
            elsewhere=elsewhere(self.population, probabilities, listed),
            effects=effect_reports(self.inputs, reached),
            facts=self._facts(probabilities, reached, settled),
            metric=self.metric,
            reached=settled.reached,
            reachable=settled.reachable,
        )

    def _reached(self, probabilities: Array) -> Array:
        """Correlation of each statistic with its label, over the rows that are not null."""
        rows = statistic_rows(self.inputs, self.population)
        found = []
        for each, row in zip(self.inputs.statistics, rows, strict=True):
            label = self.labels.index(each.label or self.labels[self.positive])
            present = 1.0 - self.inputs.inputs[each.input].missing
            moment = float((row * self.population.weights * probabilities[label]).sum())
            found.append(moment / max(self._spread(label) * present, 1e-300))
        return np.array(found)

    def _outcomes(self) -> tuple[RuleOutcome, ...]:
        found = []
        for number, condition in enumerate(self.conditions):
            then = self._then(number)
            share = float(self.population.weights[self.population.rule == number].sum())
            points = np.log(np.maximum(then, LEAST_ODDS))
            stated = dict(zip(self.labels, map(float, then), strict=True))
            found.append(ruled(condition, stated, points, share))
        return tuple(found)

    def _facts(
        self, probabilities: Array, reached: Array, settled: Settled
    ) -> tuple[FactReport, ...]:
        name = self.request.target.name
        totals = probabilities @ self.population.weights
        facts = [
            FactReport(f"share of {outcome(name, label)}", share, float(total))
            for label, share, total in zip(self.labels, self.shares, totals, strict=True)
        ]
        facts += correlation_facts(self.inputs, reached, name)
        target_metric = getattr(self.request.target, self.metric)
        if target_metric is not None:
            facts.append(
                FactReport(f"best possible {self.metric} of {name}", target_metric, settled.reached)
            )
        return tuple(facts)


def _off_by_sampling(share: float) -> float:
    """How far what rules come to in a listed population may be from a share that they meet."""
    return min(MOST_OFF, OFF_OF_SHARE * min(share, 1.0 - share)) + 1e-9


def _apart(share: float, low: float, high: float) -> str:
    """The declared share and what the rules allow, with digits enough to tell them apart."""
    bound = low if share <= low else high
    digits = next((n for n in range(4, 16) if f"{share:.{n}g}" != f"{bound:.{n}g}"), 15)
    shown = [f"{value:.{digits}g}" for value in (share, low, high)]
    if low == high:
        return f"{shown[0]} declared, the rules make it {shown[1]}"
    return f"{shown[0]} declared, the rules leave more than {shown[1]} and less than {shown[2]}"
