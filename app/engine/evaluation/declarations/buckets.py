"""Facts of buckets: how many values each has, where values tell their bucket."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from itertools import pairwise

from app.engine.evaluation.accumulators.counts import IntervalsAccumulator, share_tolerance
from app.engine.evaluation.declarations.scope import TableScope
from app.engine.evaluation.measurement import Measurement
from app.engine.schema.models import Bucket, NumberColumn

STRAYS = 1e-3
"""Values expected on the wrong side of a border, of the whole column, for it to count as one."""


def bucket_facts(name: str, column: NumberColumn, scope: TableScope) -> Iterator[Measurement]:
    """The share of each bucket of a mixture whose buckets lie apart.

    Where two neighbours overlap, so that a value does not say whose it is, nothing is promised
    that a file could show but the distribution as a whole.
    """
    buckets = sorted(column.buckets, key=lambda bucket: bucket.mean)
    present = round(scope.rows * (1.0 - column.missing))
    borders = [_border(a, b, present) for a, b in pairwise(buckets)]
    ends = [border for border in borders if border is not None]
    low = -math.inf if column.min is None else column.min
    high = math.inf if column.max is None else column.max
    in_order = all(a < b for a, b in pairwise([low, *ends, high]))
    if len(ends) < len(borders) or not in_order:
        return
    shares = [bucket.proportion for bucket in buckets]
    note = scope.noted("share of the values that are there")
    facts = [
        scope.fact(
            f"share of {name} in bucket {bucket.mean:g} ± {bucket.std:g}",
            share,
            share_tolerance(share, present, scope.sampling),
            note,
        )
        for bucket, share in zip(buckets, shares, strict=True)
    ]
    yield Measurement(
        tuple(facts), partial(IntervalsAccumulator, name, ends, shares, scope.sampling)
    )


def _border(low: Bucket, high: Bucket, rows: int) -> float | None:
    """The value as many standard deviations above one mean as below the next; None where more
    than STRAYS of `rows` values of one bucket would lie beyond it."""
    from app.engine.special_functions import ndtr

    spread = low.std + high.std
    distance = (high.mean - low.mean) / spread if spread else float(high.mean > low.mean) * 99.0
    if rows * float(ndtr(-distance)) > STRAYS:
        return None
    return low.mean + distance * low.std if spread else (low.mean + high.mean) / 2.0
