"""Synthetic rows judged beside what real rows, independent columns and a copy come to.

A figure means little alone. The same code also measures a ceiling (real rows in place of the
synthetic ones), a floor (the training rows with each column shuffled by itself) and a copy (the
training rows drawn with replacement, which is as useful and as revealing as rows can be).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from app.engine.evaluation.contest import Contest, contest
from app.engine.evaluation.intervals import Interval
from app.engine.evaluation.measure import Estimates, Measure
from app.engine.evaluation.measures import MEASURES


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure of synthetic rows; None where it cannot be taken.

    Args:
        interval: of the value.
        ceiling: the same of real rows.
        floor: the same of independent columns.
        copy: the same of training rows drawn with replacement.
        note: a sentence about the value.
        details: what belongs to the value, such as the points of a curve, as plain data.
    """

    name: str
    value: float | None
    interval: Interval | None
    ceiling: float | None
    floor: float | None
    copy: float | None
    note: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


def judge(
    train: pa.Table, holdout: pa.Table, synthetic: pa.Table, target: str | None, seed: int = 0
) -> tuple[Figure, ...]:
    """What synthetic rows are worth and what they give away.

    Args:
        train: the rows that were learned.
        holdout: real rows that were not.
        target: the column that models are to predict; None leaves out what needs one.
        seed: of the order of rows, the shuffled columns and the copy.
    """
    return figures_of(contest(train, holdout, synthetic, target, seed))


def figures_of(
    contest: Contest, *, has_holdout: bool = True, measures: Iterable[Measure] = MEASURES
) -> tuple[Figure, ...]:
    """Every figure that can be taken.

    Args:
        has_holdout: whether the holdout was not learned; else nothing is said of what needs that.
    """
    return tuple(
        figure
        for measure in measures
        if (has_holdout or not measure.needs_holdout)
        and (contest.target is not None or not measure.needs_target)
        for figure in _figures(contest, measure)
    )


def _figures(contest: Contest, measure: Measure) -> Iterator[Figure]:
    own = measure.take(contest, contest.synthetic)
    beside = (
        measure.ceiling(contest, measure.take),
        measure.take(contest, contest.shuffled),
        measure.take(contest, contest.copy),
    )
    if not any((own, *beside)):
        return
    for name in measure.meanings:
        found = own.get(name)
        ceiling, floor, copy = (_value(each, name) for each in beside)
        yield Figure(
            name,
            None if found is None else found.value,
            None if found is None else found.interval,
            ceiling,
            floor,
            copy,
            "" if found is None else found.note,
            {} if found is None else found.details,
        )


def _value(estimates: Estimates, name: str) -> float | None:
    found = estimates.get(name)
    return None if found is None else found.value
