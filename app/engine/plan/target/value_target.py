"""Compiling a numeric target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.engine.errors import ConflictError, Fault
from app.engine.expressions import Expression
from app.engine.generators.arranging.marginals import NumberMarginal
from app.engine.generators.numbers.columns import NumberGenerator
from app.engine.plan.target.assembling import (
    balances,
    correlation_facts,
    effect_reports,
    elsewhere,
    ruled,
    scorecards,
    segments,
    statistic_rows,
    tendencies,
)
from app.engine.plan.target.conflicts import explain_values, target_metric_fault
from app.engine.plan.target.declared import declared_marginal
from app.engine.plan.target.inputs import Inputs
from app.engine.plan.target.model import Array, FactReport, RuleOutcome, TargetModel
from app.engine.plan.target.newton import LARGEST_OF_FINE_BINS, LARGEST_SCORE, NoConvergence
from app.engine.plan.target.numbers import ValueProblem
from app.engine.plan.target.population import Population
from app.engine.plan.target.request import TargetRequest
from app.engine.plan.target.strengths import (
    Equations,
    OutOfReach,
    Settled,
    settle,
)
from app.engine.plan.target.value_reach import Couplings


@dataclass(frozen=True, eq=False, slots=True)
class ValueCompiler:
    """Everything known about a numeric target, and the steps from it to a model."""

    request: TargetRequest
    inputs: Inputs
    population: Population
    conditions: list[Expression]
    inner: NumberGenerator

    def model(self) -> TargetModel:
        """Raises:
        ConflictError: where the facts cannot hold together.
        """
        marginal = declared_marginal(self.request.target.column, self.inner)
        assert isinstance(marginal, NumberMarginal)
        problem = self._problem(marginal)
        if not problem.spread > 0:
            raise ConflictError(
                [Fault(self.request.path, "the target is the same in every row", "let it vary")]
            )
        equations = self._equations(problem)
        settled = self._settle(equations, problem)
        return self._assembled(problem, settled)

    def _problem(self, marginal: NumberMarginal) -> ValueProblem:
        """One parameter for each statistic, then for the nulls of each input with nulls, then for
        each rule."""
        free = self.population.rule < 0
        rows = [*statistic_rows(self.inputs, self.population), *self._null_rows()]
        decided = [
            (self.population.rule == k).astype(np.float64) for k in range(len(self.conditions))
        ]
        design = np.array([*rows, *decided]).reshape(len(rows) + len(decided), self.population.size)
        scores = [*(row * free for row in rows), *decided]
        score = np.array(scores).reshape(design.shape) if decided else design
        return ValueProblem(
            design, score, self.population.weights, marginal.values, marginal.weights
        )

    def _nulls(self) -> list[int]:
        return [i for i, each in enumerate(self.inputs.inputs) if 0 < each.missing < 1]

    def _null_rows(self) -> list[Array]:
        found = []
        for number in self._nulls():
            each = self.inputs.inputs[number]
            absent = self.population.codes[number] == each.bins.count
            found.append(absent - each.missing)
        return found

    def _equations(self, problem: ValueProblem) -> Equations:
        """Moments are in units of the target's spread, around its mean."""
        wanted = np.zeros(len(problem.design))
        relative = np.zeros(len(wanted), dtype=np.bool_)
        for place, each in enumerate(self.inputs.statistics):
            wanted[place] = each.correlation * (1.0 - self.inputs.inputs[each.input].missing)
            relative[place] = not each.exact
        first = len(wanted) - len(self.conditions)
        for number, rule in enumerate(self.request.rules):
            share = float(self.population.weights @ problem.design[first + number])
            wanted[first + number] = share * (rule.then["mean"] - problem.centre) / problem.spread
        return Equations(
            problem,
            np.zeros(len(wanted)),
            np.where(relative, 0.0, wanted),
            np.where(relative, wanted, 0.0),
            relative,
            np.zeros(len(wanted), dtype=np.bool_),
            LARGEST_OF_FINE_BINS if self.inputs.fine else LARGEST_SCORE,
        )

    def _settle(self, equations: Equations, problem: ValueProblem) -> Settled:
        target_metric = self.request.target.r2
        try:
            return settle(equations, "r2", target_metric)
        except NoConvergence:
            raise ConflictError(self._conflict(equations, problem)) from None
        except OutOfReach as error:
            fault = target_metric_fault(
                self.request, self.inputs, "r2", target_metric or 0.0, error.reachable
            )
            raise ConflictError([fault]) from None

    def _conflict(self, equations: Equations, problem: ValueProblem) -> list[Fault]:
        statistics = self.inputs.statistics
        exact = [i for i, each in enumerate(statistics) if each.exact]
        if not exact:
            return self._rule_faults(problem)
        others = range(len(statistics), len(equations.fixed))
        units = np.array([1.0 - self.inputs.inputs[statistics[i].input].missing for i in exact])
        rule = self.population.rule
        reach = Couplings.of(problem, rule, exact, list(others), equations.fixed, units)
        return explain_values(self.request, self.inputs, problem, reach) + self._rule_faults(
            problem
        )

    def _rule_faults(self, problem: ValueProblem) -> list[Fault]:
        low, high = float(problem.values[0]), float(problem.values[-1])
        return [
            Fault(
                f"{self.request.rules_path}[{number}].then.mean",
                f"a mean of {rule.then['mean']:g} is declared, values run from {low:g} to {high:g}",
                "state a mean nearer to the middle, or a narrower condition",
            )
            for number, rule in enumerate(self.request.rules)
        ]

    def _assembled(self, problem: ValueProblem, settled: Settled) -> TargetModel:
        parameters = settled.parameters
        means = problem.means(parameters)
        then = (problem.centre + problem.spread * means)[None, :]
        reached = self._reached(problem, means)
        listed, complete = segments(self.population, then)
        return TargetModel(
            name=self.request.target.name,
            labels=(),
            positive=-1,
            shares=(),
            base=np.zeros(1),
            cards=scorecards(self.inputs, 1, self._parts(parameters)),
            rules=self._outcomes(parameters),
            balances=balances(self.inputs.statistics, ()),
            tendencies=tendencies(self.inputs.statistics, (), 0, reached),
            segments=listed,
            complete=complete,
            elsewhere=elsewhere(self.population, then, listed),
            effects=effect_reports(self.inputs, reached),
            facts=self._facts(problem, means, reached, settled),
            metric="r2",
            reached=settled.reached,
            reachable=settled.reachable,
        )

    def _parts(self, parameters: Array) -> list[tuple[int, int, Array]]:
        parts = [
            (each.input, 0, parameter * each.scores)
            for each, parameter in zip(self.inputs.statistics, parameters, strict=False)
        ]
        first = len(self.inputs.statistics)
        for place, number in enumerate(self._nulls()):
            each = self.inputs.inputs[number]
            scores = np.full(len(each.shares), -each.missing)
            scores[-1] = 1.0 - each.missing
            parts.append((number, 0, parameters[first + place] * scores))
        return parts

    def _reached(self, problem: ValueProblem, means: Array) -> Array:
        present = [1.0 - self.inputs.inputs[e.input].missing for e in self.inputs.statistics]
        rows = problem.design[: len(present)]
        return np.asarray(rows @ (problem.weights * means) / np.array(present))

    def _outcomes(self, parameters: Array) -> tuple[RuleOutcome, ...]:
        first = len(parameters) - len(self.conditions)
        return tuple(
            ruled(
                condition,
                dict(self.request.rules[number].then),
                parameters[first + number : first + number + 1],
                float(self.population.weights[self.population.rule == number].sum()),
            )
            for number, condition in enumerate(self.conditions)
        )

    def _facts(
        self, problem: ValueProblem, means: Array, reached: Array, settled: Settled
    ) -> tuple[FactReport, ...]:
        name = self.request.target.name
        mean = problem.centre + problem.spread * float(means @ problem.weights)
        facts = [FactReport(f"mean of {name}", problem.centre, mean)]
        facts += correlation_facts(self.inputs, reached, name)
        target_metric = self.request.target.r2
        if target_metric is not None:
            facts.append(FactReport(f"best possible r2 of {name}", target_metric, settled.reached))
        return tuple(facts)
