"""Facts of single columns: nulls, shares, bounds, distributions, uniqueness."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial, singledispatch

from app.engine.evaluation.accumulators.counts import (
    LabelsAccumulator,
    NullsAccumulator,
    share_tolerance,
)
from app.engine.evaluation.accumulators.distances import DistanceAccumulator, distance_tolerance
from app.engine.evaluation.accumulators.ranges import RangeAccumulator
from app.engine.evaluation.accumulators.uniqueness import CAP, UniqueAccumulator
from app.engine.evaluation.declarations.buckets import bucket_facts
from app.engine.evaluation.declarations.forms import decimals_exceeded, identifier_form, longer
from app.engine.evaluation.declarations.formulas import formula_facts, script_facts
from app.engine.evaluation.declarations.learned import bound_facts
from app.engine.evaluation.declarations.moments import moment_facts
from app.engine.evaluation.declarations.scope import TableScope
from app.engine.evaluation.marginal_cdf import number_cdf
from app.engine.evaluation.measurement import Measurement
from app.engine.generators.faker.people import SEXES
from app.engine.schema.learned import LearnedColumn
from app.engine.schema.models import (
    BoolColumn,
    CategoryColumn,
    Column,
    ComputedColumn,
    FormulaColumn,
    IdColumn,
    JointColumn,
    LineNumberColumn,
    MomentColumn,
    NumberColumn,
    ScriptColumn,
)


def column_facts(name: str, column: Column, scope: TableScope) -> Iterator[Measurement]:
    """Everything declared of one column."""
    if isinstance(column, LearnedColumn):
        yield from learned_facts(name, column, scope)
        return
    if column.missing or not _may_be_null(column):
        yield nulls_fact(name, column.missing, scope)
    yield from facts_of(column, name, scope)
    longest = getattr(column, "max_length", None)
    if longest is not None:
        yield scope.every_row(f"length of {name}", longer(name, longest), f"at most {longest}")
    if column.unique or isinstance(column, IdColumn):
        yield unique_fact((name,), scope)


def learned_facts(name: str, column: LearnedColumn, scope: TableScope) -> Iterator[Measurement]:
    """What is declared of a column that a model draws; what is learned is no promise."""
    has_shares = "shares" in column.declared
    if "missing" in column.declared or (has_shares and column.missing):
        yield nulls_fact(name, column.missing, scope)
    if has_shares:
        yield from facts_of(column, name, scope)
    yield from bound_facts(name, column, scope)


def _may_be_null(column: Column) -> bool:
    """Whether nulls come about by themselves, as other columns have some."""
    return isinstance(column, ComputedColumn | LineNumberColumn)


def nulls_fact(name: str, share: float, scope: TableScope) -> Measurement:
    """The share of nulls of a column."""
    tolerance = share_tolerance(share, scope.rows, scope.sampling)
    start = partial(NullsAccumulator, name, share, scope.sampling)
    note = scope.noted("share of the rows")
    return scope.one(f"nulls of {name}", share, start, tolerance, note)


def unique_fact(names: tuple[str, ...], scope: TableScope) -> Measurement:
    """No combination of values of the columns stands in two rows; nulls do not count."""
    what = names[0] if len(names) == 1 else f"({', '.join(names)})"
    note = "rows whose value stands in an earlier row"
    if scope.rows > CAP:
        note += f"; measured on one value in {-(-scope.rows // CAP)}"
    return scope.one(f"unique {what}", 0, partial(UniqueAccumulator, names, scope.rows), note=note)


@singledispatch
def facts_of(column: Column, name: str, scope: TableScope) -> Iterator[Measurement]:
    """What the kind of column promises."""
    yield from ()


@facts_of.register
def _(column: CategoryColumn, name: str, scope: TableScope) -> Iterator[Measurement]:
    yield _labels(name, {cat.label: cat.proportion for cat in column.cats}, column, scope)


@facts_of.register
def _(column: JointColumn, name: str, scope: TableScope) -> Iterator[Measurement]:
    if column.part == "sex" and not column.missing:
        yield _labels(name, dict.fromkeys(SEXES, 0.5), column, scope)


@facts_of.register
def _(column: BoolColumn, name: str, scope: TableScope) -> Iterator[Measurement]:
    shares = {"true": column.proportion, "false": 1.0 - column.proportion}
    yield _labels(name, shares, column, scope)


def _labels(name: str, shares: dict[str, float], column: Column, scope: TableScope) -> Measurement:
    present = round(scope.rows * (1.0 - column.missing))
    note = scope.noted("share of the values that are there") if column.missing else scope.noted()
    facts = [
        scope.fact(
            f"share of {name}={label}",
            share,
            share_tolerance(share, present, scope.sampling),
            note,
        )
        for label, share in shares.items()
    ]
    facts.append(scope.fact(f"labels of {name}", 0, note="rows with another label"))
    return Measurement(tuple(facts), partial(LabelsAccumulator, name, shares, scope.sampling))


@facts_of.register
def _(column: NumberColumn, name: str, scope: TableScope) -> Iterator[Measurement]:
    if column.min is not None or column.max is not None:
        yield _bounds(name, column, scope)
    if column.type == "float" and column.decimals is not None:
        check = decimals_exceeded(name, column.decimals)
        yield scope.every_row(f"decimals of {name}", check, f"at most {column.decimals}")
    yield distribution_fact(name, column, scope)
    if len(column.buckets) > 1:
        yield from bucket_facts(name, column, scope)


def _bounds(name: str, column: NumberColumn, scope: TableScope) -> Measurement:
    low, high = column.min, column.max
    if low is None:
        words = f"at most {high:.12g}"
    elif high is None:
        words = f"at least {low:.12g}"
    else:
        words = f"within {low:.12g}..{high:.12g}"
    start = partial(RangeAccumulator, name, low, high)
    return scope.one(f"{name} {words}", [low, high], start, note="least and largest value")


def distribution_fact(name: str, column: NumberColumn, scope: TableScope) -> Measurement:
    present = round(scope.rows * (1.0 - column.missing))
    note = scope.noted(f"Kolmogorov–Smirnov distance to {law_in_words(column)}")

    def start() -> DistanceAccumulator:
        return DistanceAccumulator(name, number_cdf(column), scope.sampling)

    tolerance = distance_tolerance(present, scope.sampling)
    return scope.one(f"distribution of {name}", 0.0, start, tolerance, note)


def law_in_words(column: NumberColumn) -> str:
    """The declared distribution in a few words."""
    if column.buckets:
        parts = [
            f"{b.proportion:.4g} normal(mean {b.mean:g}, std {b.std:g})" for b in column.buckets
        ]
        law = " + ".join(parts) if len(parts) > 1 else parts[0].partition(" ")[2]
    elif column.distribution is None:
        law = "uniform"
    else:
        declared = column.distribution.model_dump(exclude_none=True).items()
        values = ", ".join(f"{key} {v:g}" for key, v in declared if isinstance(v, int | float))
        law = f"{column.distribution.family}({values})"
    if column.min is None and column.max is None:
        return law
    low = "-∞" if column.min is None else f"{column.min:.12g}"
    high = "∞" if column.max is None else f"{column.max:.12g}"
    return f"{law}, {'cut' if column.bounds == 'truncate' else 'clipped'} to {low}..{high}"


@facts_of.register
def _(column: MomentColumn, name: str, scope: TableScope) -> Iterator[Measurement]:
    yield from moment_facts(column, name, scope)


@facts_of.register
def _(column: IdColumn, name: str, scope: TableScope) -> Iterator[Measurement]:
    form = identifier_form(column, scope.generator(name))
    if form is not None:
        yield scope.every_row(f"format of {name}", form.check(name), form.words)


@facts_of.register
def _(column: FormulaColumn, name: str, scope: TableScope) -> Iterator[Measurement]:
    yield from formula_facts(column, name, scope)


@facts_of.register
def _(column: ScriptColumn, name: str, scope: TableScope) -> Iterator[Measurement]:
    yield from script_facts(column, name, scope)
