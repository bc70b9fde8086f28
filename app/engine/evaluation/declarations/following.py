"""Facts of moments after or before those of another column: how far, or where between."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from app.engine.distributions.uniform import Uniform
from app.engine.evaluation.accumulator import Array
from app.engine.evaluation.accumulators.distances import DistanceAccumulator, distance_tolerance
from app.engine.evaluation.accumulators.positions import PositionAccumulator
from app.engine.evaluation.declarations.scope import TableScope
from app.engine.evaluation.marginal_cdf import Part, number_cdf
from app.engine.evaluation.measurement import Measurement
from app.engine.generators.numbers.following import BetweenGenerator, Durations
from app.engine.generators.numbers.following_plans import duration_column
from app.engine.schema.models import MomentColumn


def following_fact(
    column: MomentColumn, name: str, generator: BetweenGenerator, scope: TableScope
) -> Measurement:
    """The distribution of the time between the two columns, or of the place in the range."""
    tolerance = distance_tolerance(round(scope.rows * (1.0 - column.missing)), scope.sampling)
    words = "Kolmogorov–Smirnov distance to "
    other = column.after or column.before
    if isinstance(generator.law, Durations):
        assert column.within is not None
        law, unit = column.within.distribution.family, column.within.unit
        note = scope.noted(f"{words}{law} {unit} {'after' if column.after else 'before'} {other}")
        fact = f"time between {name} and {other}"
        return scope.one(
            fact, 0.0, lambda: _durations(column, name, generator, scope), tolerance, note
        )
    law = column.distribution.family if column.distribution else "uniform"
    note = scope.noted(f"{words}{law} over the range that each row leaves")
    fact = f"distribution of {name}"
    return scope.one(fact, 0.0, lambda: _positions(column, name, generator, scope), tolerance, note)


def _durations(
    column: MomentColumn, name: str, generator: BetweenGenerator, scope: TableScope
) -> DistanceAccumulator:
    assert column.within is not None
    assert isinstance(generator.law, Durations)
    law, other = generator.law, column.after or column.before or ""

    def between(batch: pa.RecordBatch, _: str) -> Array:
        own, others = (generator.unit.places(batch.column(each)) for each in (name, other))
        first, last = (others, own) if law.later else (own, others)
        if law.months:
            return _months(last, generator.unit.seconds) - _months(first, generator.unit.seconds)
        return (last - first) / law.size

    declared = number_cdf(duration_column(column, column.within))
    return DistanceAccumulator(name, declared, scope.sampling, between)


def _months(places: Array, seconds: int) -> Array:
    """Months since the epoch, NaN where there is no moment."""
    known = np.where(np.isnan(places), 0, places).astype(np.int64) * seconds
    months = (known // 86_400).astype("datetime64[D]").astype("datetime64[M]").astype(np.float64)
    return np.where(np.isnan(places), np.nan, months)


def _positions(
    column: MomentColumn, name: str, generator: BetweenGenerator, scope: TableScope
) -> PositionAccumulator:
    law = column.distribution or Uniform(min=0.0, max=1.0)
    declared = Part(law, 1.0, 0.0, 1.0, truncate=True).cdf

    def read(batch: pa.RecordBatch) -> tuple[Array, Array]:
        columns = {other: batch.column(other) for other in generator.reads}
        low, high = generator.known_ranges(columns, batch.num_rows)
        return generator.unit.places(batch.column(name)) - low, high - low + 1

    return PositionAccumulator(read, declared, scope.sampling)
