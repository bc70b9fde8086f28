"""Whether what is not known of a person can be guessed from the synthetic row that is nearest in
what is known (Giomi et al. 2023, section 4.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from app.engine.evaluation.contest import Contest
from app.engine.evaluation.measure import (
    INFERENCE,
    PRIVACY,
    Estimates,
    Meaning,
    Measure,
    of_other_rows,
)
from app.engine.evaluation.privacy.attack_risk import Attack, rates, residual_risk, total
from app.engine.evaluation.privacy.nearest import Points, nearest_rows
from app.engine.evaluation.privacy.people import MOST_ATTACKS, people_of
from app.engine.evaluation.row_space import Array, LabelAxis, NumberAxis, RowSpace

NEAR_RANK = 0.05  # share of the real rows that may lie between a number and a right guess


def spans_of(space: RowSpace) -> list[slice]:
    """Which coordinates of a point belong to each column."""
    widths = [axis.coordinates(np.zeros(1)).shape[1] for axis in space.axes]
    ends = np.cumsum(widths).tolist()
    return [slice(end - width, end) for end, width in zip(ends, widths, strict=True)]


def nearest_without(span: slice, people: Points, synthetic: Points) -> NDArray[np.intp]:
    """Number of the synthetic row that is nearest when a column is not known, shape (people,).

    Args:
        span: the coordinates of that column.
    """
    return nearest_rows(_without(span, people), _without(span, synthetic))


def right_guesses(axis: LabelAxis | NumberAxis, guesses: Array, truth: Array) -> NDArray[np.bool_]:
    """Whether guesses are right, shape (people,). A number is when at most 5 % of the real rows lie
    between the guess and the truth, which neither a unit nor a sign decides."""
    if isinstance(axis, LabelAxis):
        return np.asarray((guesses == truth) | (np.isnan(guesses) & np.isnan(truth)))
    away = np.abs(axis.coordinates(guesses) - axis.coordinates(truth))
    return np.asarray((away[:, 0] <= NEAR_RANK) & (away[:, 1] == 0))


def _without(span: slice, points: Points) -> Points:
    known = points.copy()
    known[:, span] = 0.0
    return known


def _taken(contest: Contest, rows: Array) -> Estimates:
    """Each person is attacked once, on a column that comes in turn: so all attacks are of
    different people."""
    columns = len(contest.space.axes)
    if columns < 2:
        return {}
    people = people_of(contest, rows, MOST_ATTACKS)
    spans, made = spans_of(contest.space), contest.space.coordinates(people.synthetic)

    def right(asked: Array, secret: int) -> int:
        points = contest.space.coordinates(asked)
        guesses = people.synthetic[nearest_without(spans[secret], points, made), secret]
        return int(right_guesses(contest.space.axes[secret], guesses, asked[:, secret]).sum())

    by_column = [
        Attack(right(learned, secret), len(learned), right(others, secret), len(others))
        for secret in range(columns)
        if len(learned := people.learned[secret::columns])
        and len(others := people.others[secret::columns])
    ]
    attack = total(by_column)
    note = f"{rates(attack).capitalize()}. {_worst(contest.space.names, by_column)}"
    return {"attribute_inference": replace(residual_risk(attack), note=note)}


def _worst(names: Sequence[str], by_column: Sequence[Attack]) -> str:
    """The column that is guessed best beyond the control, in a sentence; intervals of all columns
    hold at once."""
    risks = [residual_risk(each, len(by_column)) for each in by_column]
    lows = [0.0 if each.interval is None else each.interval.low for each in risks]
    worst = int(np.argmax(lows))
    if lows[worst] <= 0.0:
        return "No column stands out."
    return f"Guessed best: {names[worst]!r}, {rates(by_column[worst])}."


MEASURES = (
    Measure(
        PRIVACY,
        {
            "attribute_inference": Meaning(
                "Guessing what is not known",
                "how much more often a value is guessed right of a learned row than of other rows, "
                "by the synthetic row that is nearest in all other columns; 0 is no more",
                "attackers who know less or guess better, and that what holds of everybody can be "
                "guessed of everybody",
                0.0,
            )
        },
        _taken,
        of_other_rows,
        needs_holdout=True,
        threat=INFERENCE,
    ),
)
