"""From declared effects to inputs: binned columns, with a statistic for each effect.

A statistic is a function of one column, constant on each bin, with mean 0 and variance 1 over
the rows that are not null; its correlation with the target is what an effect declares. The value
of a numeric column enters by the mean of its bin, which makes the correlation with the value
itself exact, since Σ_g w_g (E[x|g] − E[x]) P(y|g) is the covariance of x with y.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.errors import DefinitionError, Fault
from app.engine.generators.arranging.marginals import LabelMarginal, NumberMarginal, numeric_values
from app.engine.plan.target.bins import (
    Bins,
    Edge,
    LabelBins,
    NumberBins,
    bin_shares,
    fine_edges,
    number_bins,
    quantile_edges,
    region_edges,
)
from app.engine.plan.target.declared import declared_marginal
from app.engine.plan.target.request import TargetRequest
from app.engine.plan.target.statistic import Declared, Statistic, of_membership, of_value
from app.engine.schema.models import Bucket, CategoryColumn, Column, Effect, NumberColumn

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Input:
    """A column that the target depends on. `shares`: of each bin, nulls last."""

    name: str
    bins: Bins
    shares: Array
    buckets: tuple[Bucket, ...] = ()

    @property
    def missing(self) -> float:
        return float(self.shares[-1])


@dataclass(slots=True)
class Inputs:
    """Every input of a target with the effects on it, and what was odd about them."""

    fine: bool = False
    inputs: list[Input] = field(default_factory=list)
    statistics: list[Statistic] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    conflicts: list[Fault] = field(default_factory=list)


def read_inputs(
    request: TargetRequest, label_shares: dict[str, float] | None, fine: bool = False
) -> Inputs:
    """The inputs of a target.

    Args:
        label_shares: share of each label of the target; None for a numeric target.
        fine: whether columns whose value has an effect are cut into more bins than people like
            to read.

    Raises:
        DefinitionError: where an effect is declared on a column that can have none.
    """
    found, faults = Inputs(fine=fine), list[Fault]()
    numbers = count()
    for name, column in request.columns.items():
        declared = list(_declared(column, request.paths[name], request.target.positive))
        if not declared:
            continue
        try:
            _add_input(found, request, name, declared, label_shares, next(numbers))
        except DefinitionError as error:
            faults += error.faults
    if faults:
        raise DefinitionError(faults)
    return found


def _declared(column: Column, path: str, positive: str | None) -> Iterator[Declared]:
    """The effects of a column that are not neutral."""
    single = isinstance(column, NumberColumn) and len(column.buckets) == 1
    yield from _of(column, path, positive, None)
    if isinstance(column, NumberColumn):
        for i, bucket in enumerate(column.buckets):
            place = f"{path}.buckets" if single else f"{path}.buckets[{i}]"
            yield from _of(bucket, place, positive, None if single else i)
    if isinstance(column, CategoryColumn):
        for i, cat in enumerate(column.cats):
            yield from _of(cat, f"{path}.cats.{cat.label}", positive, i)


def _of(
    holder: Column | Bucket | Effect, path: str, positive: str | None, part: int | None
) -> Iterator[Declared]:
    own = Effect(correlation=holder.correlation, strength=holder.strength)
    labelled = {positive: own, **getattr(holder, "effects", {})}
    for label, effect in labelled.items():
        place = path if effect is own else f"{path}.effects.{label}"
        if effect.correlation != "neutral" and effect.strength != 0:
            yield Declared(label, effect, place, part)


def _add_input(
    found: Inputs,
    request: TargetRequest,
    name: str,
    declared: list[Declared],
    label_shares: dict[str, float] | None,
    number: int,
) -> None:
    column = request.columns[name]
    marginal = _marginal(request, name)
    if isinstance(marginal, LabelMarginal):
        if any(each.part is None for each in declared):
            raise _fault(
                request,
                name,
                "labels have no order, so no effect of their value",
                "declare the effect on each category",
            )
        kind = column.kind if isinstance(column, CategoryColumn) else "text"
        bins: Bins = LabelBins(marginal.labels, kind)
        buckets: tuple[Bucket, ...] = ()
        memberships: list[tuple[int, ...]] = [(i,) for i in range(len(marginal.labels))]
    else:
        cuts = _cut_shares(declared, label_shares)
        edges = fine_edges if found.fine else quantile_edges
        values = edges(marginal, cuts) if _by_value(column) else None
        bins, buckets, memberships = _cut(column, values, request.types[name])
    shares = bin_shares(bins, marginal)
    found.inputs.append(Input(name, bins, shares, buckets))
    for each in declared:
        if each.part is None:
            assert isinstance(marginal, NumberMarginal)
            statistic = of_value(number, name, each, bins, marginal)
        else:
            statistic = of_membership(number, name, each, memberships[each.part], shares, column)
        if statistic is None or column.missing >= 1:
            _note_constant(found, each, name)
        else:
            found.statistics.append(statistic)


def value_input(request: TargetRequest, name: str) -> Input:
    """A column that the target may depend on, cut by its values, or by its labels.

    Raises:
        DefinitionError: for a text, which is neither.
    """
    column, marginal = request.columns[name], _marginal(request, name)
    if isinstance(marginal, LabelMarginal):
        kind = column.kind if isinstance(column, CategoryColumn) else "text"
        labels = LabelBins(marginal.labels, kind)
        return Input(name, labels, bin_shares(labels, marginal))
    edges = quantile_edges(marginal, []) if len(marginal.values) else []
    bins, _, _ = _cut(column, edges, request.types[name])
    return Input(name, bins, bin_shares(bins, marginal))


def _marginal(request: TargetRequest, name: str) -> NumberMarginal | LabelMarginal:
    """The column's population: planned where it is simple, else that of the drawn sample."""
    type_, column = request.types[name], request.columns[name]
    if pa.types.is_string(type_) and not isinstance(column, CategoryColumn):
        raise _fault(
            request,
            name,
            "a text has no order, so no effect of its value",
            "declare effects on numbers, moments, bools and categories",
        )
    found = declared_marginal(column, request.generators.get(name))
    if found is None:
        return _sampled_marginal(request.drawn()[name], column)
    return found


def _sampled_marginal(column: pa.Array, declared: Column) -> NumberMarginal | LabelMarginal:
    missing = column.null_count / max(len(column), 1)
    present = column.drop_null()
    if isinstance(declared, CategoryColumn) and not pa.types.is_dictionary(column.type):
        labels = tuple(cat.label for cat in declared.cats)
        codes = LabelBins(labels).codes(present)
        counts = np.bincount(codes, minlength=len(labels))[: len(labels)]
        return LabelMarginal(labels, counts / max(counts.sum(), 1), missing)
    if pa.types.is_dictionary(column.type):
        labels = column.dictionary.to_pylist()
        counts = np.bincount(present.indices.to_numpy(), minlength=len(labels))
        return LabelMarginal(tuple(labels), counts / max(counts.sum(), 1), missing)
    values, counts = np.unique(numeric_values(present), return_counts=True)
    unit = _unit(column.type)
    return NumberMarginal(values / unit, counts / max(counts.sum(), 1), missing)


def _unit(type_: pa.DataType) -> int:
    """Thresholds of moments with time are in seconds, their storage in microseconds."""
    return 1_000_000 if pa.types.is_timestamp(type_) or pa.types.is_time(type_) else 1


def _cut_shares(declared: list[Declared], label_shares: dict[str, float] | None) -> list[float]:
    """Quantiles that let a value effect reach as far as the label's share allows."""
    if label_shares is None:
        return []
    found = []
    for each in declared:
        share = label_shares[each.label or ""]
        found.append(1.0 - share if each.effect.correlation == "positive" else share)
    return [share for share in found if 0 < share < 1]


def _several(column: Column) -> bool:
    return isinstance(column, NumberColumn) and len(column.buckets) > 1


def _by_value(column: Column) -> bool:
    """Whether the column's own value has an effect, not only its buckets."""
    return column.correlation != "neutral" or bool(column.effects) or not _several(column)


def _cut(
    column: Column, values: list[Edge] | None, type_: pa.DataType
) -> tuple[NumberBins, tuple[Bucket, ...], list[tuple[int, ...]]]:
    """Bins of a column: regions of its buckets, cut by `values` where its value has an effect;
    and the bins of each bucket."""
    buckets = column.buckets if isinstance(column, NumberColumn) and _several(column) else ()
    low = getattr(column, "min", None)
    high = getattr(column, "max", None)
    bounds = (-np.inf if low is None else low, np.inf if high is None else high)
    whole = pa.types.is_integer(type_) or pa.types.is_boolean(type_) or pa.types.is_temporal(type_)
    edges: list[Edge] = region_edges(buckets, *bounds) + (values or [])
    if whole:
        edges = [Edge(float(np.floor(e.value) + 1 if e.after else np.ceil(e.value))) for e in edges]
    cuts, owner, bucket_of = number_bins(edges, buckets, bounds, merge=values is None)
    rest = bucket_of.index(-1) if buckets and values is None and -1 in bucket_of else -1
    bins = NumberBins(cuts, owner, max(owner) + 1, _unit(type_), whole, type_, rest)
    members = [tuple(g for g, b in enumerate(bucket_of) if b == i) for i in range(len(buckets))]
    return bins, buckets, members


def _note_constant(found: Inputs, declared: Declared, name: str) -> None:
    """A quantity that is the same in every row correlates with nothing."""
    if isinstance(declared.effect.strength, float):
        message = (
            f"correlation of {name} with the target: {declared.effect.strength:g} declared, 0 is "
            "all that can be reached, since it is the same in every row"
        )
        found.conflicts.append(Fault(f"{declared.path}.strength", message, "let it vary"))
    else:
        message = "it is the same in every row, so it has no effect"
        found.warnings.append(Fault(declared.path, message, "let it vary"))


def _fault(request: TargetRequest, name: str, message: str, hint: str) -> DefinitionError:
    return DefinitionError([Fault(f"{request.paths[name]}.correlation", message, hint)])
