"""Compiling a target: effects to inputs, inputs to a population, facts to parameters.

Three steps, each in a file of its own. Inputs (`inputs`, `bins`): columns cut into bins with
a statistic for each effect. Population (`population`): the joint distribution of the bins.
Solving (`labels` or `numbers` for the moments, `newton`, `strengths` for the path of effects):
parameters at which every share, every numeric correlation, every rule and the target metric hold.
No linear program is needed for facts that can hold: the logit-additive score that meets them is
unique. One is used where they cannot, to name the facts in conflict and what can be reached
(`conflicts`).
"""

from __future__ import annotations

from collections.abc import Callable

from app.engine.errors import ConflictError, Fault
from app.engine.expressions import Expression, ExpressionError, parse
from app.engine.generators.base import Generator
from app.engine.generators.categories import BoolGenerator, CategoryGenerator
from app.engine.generators.numbers.columns import NumberGenerator
from app.engine.plan.target.declared import declared_shares
from app.engine.plan.target.drawing import NORMAL_POINTS, LabelTarget, ValueTarget
from app.engine.plan.target.inputs import Inputs, read_inputs
from app.engine.plan.target.label_target import LabelCompiler
from app.engine.plan.target.learned_target import learned_target
from app.engine.plan.target.model import Array, TargetModel
from app.engine.plan.target.population import input_population
from app.engine.plan.target.request import TargetRequest
from app.engine.plan.target.value_target import ValueCompiler
from app.engine.schema.models import Column

NOT_AS_LEARNED = (
    "depends on the declared effects alone, and not on what the model has learned of it"
)


def compile_target(request: TargetRequest) -> tuple[Generator, tuple[Fault, ...]]:
    """The generator of a target that depends on its inputs, and warnings.

    The generator's `model` is the compiled TargetModel. Where nothing is declared that the target
    could depend on, it is still drawn to its shares, independent of everything.

    Raises:
        DefinitionError: where an effect or a rule cannot be read.
        ConflictError: where declared facts cannot hold together.
    """
    from threadpoolctl import threadpool_limits

    # On a busy machine the threads of a linear algebra library cost far more than they save on
    # problems of this size.
    with threadpool_limits(limits=1, user_api="blas"):
        return _compiled(request)


def _compiled(request: TargetRequest) -> tuple[Generator, tuple[Fault, ...]]:
    inner = request.generator
    if isinstance(inner, NumberGenerator):
        model, warnings = _modelled(request, None, lambda i: _value_model(request, i, inner))
        return ValueTarget(model, inner, _normal_factors()), warnings
    if not isinstance(inner, CategoryGenerator | BoolGenerator):
        raise ConflictError([Fault(request.path, "a target is a category, a bool or a number")])
    labels, shares = label_shares(request.target.column, inner)
    of_labels = dict(zip(labels, shares, strict=True))
    model, warnings = _modelled(request, of_labels, lambda i: _label_model(request, i, inner))
    return LabelTarget(model, inner), warnings


def _modelled(
    request: TargetRequest, shares: dict[str, float] | None, model: Callable[[Inputs], TargetModel]
) -> tuple[TargetModel, tuple[Fault, ...]]:
    """A model of few bins where these can hold the facts, else of finer ones, and warnings."""
    inputs = _inputs(request, shares)
    try:
        return model(inputs), tuple(inputs.warnings)
    except ConflictError:
        finer = _inputs(request, shares, fine=True)
        if all(
            a.bins.count >= b.bins.count for a, b in zip(inputs.inputs, finer.inputs, strict=True)
        ):
            raise
        return model(finer), tuple(finer.warnings)


def label_shares(
    column: Column, inner: CategoryGenerator | BoolGenerator
) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Labels of a planned column and their declared shares of the rows that are not null."""
    labels = inner.labels if isinstance(inner, CategoryGenerator) else ("true", "false")
    return labels, declared_shares(column)


def _inputs(request: TargetRequest, shares: dict[str, float] | None, fine: bool = False) -> Inputs:
    inputs = read_inputs(request, shares, fine)
    if inputs.conflicts:
        raise ConflictError(inputs.conflicts)
    return inputs


def _label_model(
    request: TargetRequest, inputs: Inputs, inner: CategoryGenerator | BoolGenerator
) -> TargetModel:
    labels, shares = label_shares(request.target.column, inner)
    conditions = _conditions(request)
    if request.learned is not None and not inputs.inputs:
        return learned_target(request, conditions, labels, shares)
    if request.learned is not None:
        inputs.warnings.append(Fault(request.path, NOT_AS_LEARNED, "leave the effects out"))
    population = input_population(request, inputs.inputs, conditions)
    return LabelCompiler(request, inputs, population, conditions, labels, shares).model()


def _value_model(request: TargetRequest, inputs: Inputs, inner: NumberGenerator) -> TargetModel:
    conditions = _conditions(request)
    population = input_population(request, inputs.inputs, conditions)
    return ValueCompiler(request, inputs, population, conditions, inner).model()


def _conditions(request: TargetRequest) -> list[Expression]:
    found = []
    for number, rule in enumerate(request.rules):
        try:
            condition = parse(rule.condition, list(request.types))
            condition.check_condition(request.types)
        except ExpressionError as error:
            raise error.at(f"{request.rules_path}[{number}].if") from None
        found.append(condition)
    return found


def _normal_factors() -> Array:
    """Exp of the standard normal quantile at even probabilities, to 40 bits."""
    import numpy as np

    from app.engine.expressions import elementary
    from app.engine.special_functions import ndtri

    quantiles = ndtri((np.arange(NORMAL_POINTS) + 0.5) / NORMAL_POINTS)
    return elementary.exp(np.rint(quantiles * 2.0**30) / 2.0**30)
