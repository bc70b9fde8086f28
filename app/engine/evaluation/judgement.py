"""Synthetic rows judged beside what real rows, independent columns and a copy come to.

A figure means little alone. The same code also measures a ceiling (real rows in place of the
synthetic ones), a floor (the training rows with each column shuffled by itself) and a copy (the
training rows drawn with replacement, which is as useful and as revealing as rows can be).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from app.engine.evaluation.fidelity.two_sample import two_sample_auc
from app.engine.evaluation.intervals import (
    Interval,
    auc_interval,
    bootstrap_interval,
    share_interval,
)
from app.engine.evaluation.privacy.closeness import closer_share, copied_share, membership_auc
from app.engine.evaluation.privacy.nearest import Points
from app.engine.evaluation.row_space import Array, RowSpace, row_hashes, row_space
from app.engine.evaluation.utility.trained_models import CHANCE, trained_predictions

MOST_NEIGHBOURS = 10_000  # rows of each table that distances are measured on


@dataclass(frozen=True, slots=True)
class Estimate:
    """What was measured, and where its true value lies in 95 of 100 samples, about."""

    value: float
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure of synthetic rows; None where it cannot be taken.

    Args:
        interval: of the value.
        ceiling: the same of real rows.
        floor: the same of independent columns.
        copy: the same of training rows drawn with replacement.
    """

    name: str
    value: float | None
    interval: Interval | None
    ceiling: float | None
    floor: float | None
    copy: float | None


@dataclass(frozen=True, slots=True)
class Contest:
    """Training and holdout rows as numbers of one space, in random order.

    Args:
        shuffled: training rows, each column in an order of its own.
        copy: training rows drawn with replacement.
    """

    space: RowSpace
    train: Array
    holdout: Array
    synthetic: Array
    shuffled: Array
    copy: Array


Measure = Callable[[Contest, Array], Estimate | None]
Ceiling = Callable[[Contest, Measure], Estimate | None]
# A measure's name, the measure, and what real rows are measured against.
Named = tuple[str, Measure, Ceiling]


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
    found = contest(train, holdout, synthetic, seed)
    return (*worth(found, target), *given_away(found))


def contest(train: pa.Table, holdout: pa.Table, synthetic: pa.Table, seed: int = 0) -> Contest:
    """Tables that have the same columns, ready to be measured; see `judge`."""
    space = row_space(train, holdout)
    rng = np.random.default_rng(seed)
    first, second, third = (
        rng.permutation(space.numbers(each), axis=0) for each in (train, holdout, synthetic)
    )
    shuffled = np.column_stack([rng.permutation(column) for column in first.T])
    copy = first[rng.integers(len(first), size=len(first))]
    return Contest(space, first, second, third, shuffled, copy)


def worth(contest: Contest, target: str | None) -> tuple[Figure, ...]:
    """How near the rows are to real ones, and what models trained on them are worth."""
    measures: list[Named] = [("two_sample_auc", _two_sample_auc, _of_training_rows)]
    if target is not None:
        place = contest.space.names.index(target)
        measures.append(("trained_score", _trained_score(place), _of_training_rows))
    return tuple(_figure(contest, each) for each in measures)


def given_away(contest: Contest) -> tuple[Figure, ...]:
    """What the rows tell of the rows that were learned; says nothing where the holdout was learned,
    too."""
    measures: list[Named] = [
        ("closer_share", _closer_share, _of_other_rows),
        ("membership_auc", _membership_auc, _of_other_rows),
        ("copied_share", _copied_share, _of_other_rows),
    ]
    return tuple(_figure(contest, each) for each in measures)


def _figure(contest: Contest, named: Named) -> Figure:
    name, measure, ceiling = named
    own = measure(contest, contest.synthetic)
    return Figure(
        name,
        _value(own),
        None if own is None else own.interval,
        _value(ceiling(contest, measure)),
        _value(measure(contest, contest.shuffled)),
        _value(measure(contest, contest.copy)),
    )


def _value(estimate: Estimate | None) -> float | None:
    return None if estimate is None else estimate.value


def _of_training_rows(contest: Contest, measure: Measure) -> Estimate | None:
    return measure(contest, contest.train)


def _of_other_rows(contest: Contest, measure: Measure) -> Estimate | None:
    """Half of the holdout in place of the synthetic rows, beside the other half."""
    middle = len(contest.holdout) // 2
    halved = replace(contest, holdout=contest.holdout[middle:])
    return measure(halved, contest.holdout[:middle])


def _two_sample_auc(contest: Contest, rows: Array) -> Estimate:
    found = two_sample_auc(contest.holdout, rows, contest.space.categories)
    each = min(len(contest.holdout), len(rows))
    return Estimate(found, auc_interval(found, each, each))


def _trained_score(place: int) -> Measure:
    """A model of some rows on the holdout."""

    def measure(contest: Contest, rows: Array) -> Estimate | None:
        made = trained_predictions(rows, contest.holdout, place, contest.space.categories)
        if made is None:
            return Estimate(CHANCE, None)
        score = made.score()
        interval = bootstrap_interval(made.score, len(made.answers), np.random.default_rng(0))
        return None if score is None else Estimate(score, interval)

    return measure


def _closer_share(contest: Contest, rows: Array) -> Estimate:
    found = closer_share(*_points(contest, rows))
    return Estimate(found, share_interval(found, len(rows[:MOST_NEIGHBOURS])))


def _membership_auc(contest: Contest, rows: Array) -> Estimate:
    found = membership_auc(*_points(contest, rows))
    each = len(contest.holdout[:MOST_NEIGHBOURS])
    return Estimate(found, auc_interval(found, each, each))


def _copied_share(contest: Contest, rows: Array) -> Estimate:
    found = copied_share(row_hashes(rows), row_hashes(contest.train))
    return Estimate(found, share_interval(found, len(rows)))


def _points(contest: Contest, rows: Array) -> tuple[Points, Points, Points]:
    """Training, holdout and synthetic rows as points; as many of the first as of the second."""
    held = contest.holdout[:MOST_NEIGHBOURS]
    groups = (contest.train[: len(held)], held, rows[:MOST_NEIGHBOURS])
    train, holdout, synthetic = map(contest.space.coordinates, groups)
    return train, holdout, synthetic
