"""Whether two halves of what is known of one person lead to the same synthetic row (Giomi et al.
2023, section 4.2): who has them in two places could link them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from app.engine.evaluation.contest import Contest
from app.engine.evaluation.measure import (
    LINKABILITY,
    PRIVACY,
    Estimates,
    Meaning,
    Measure,
    of_other_rows,
)
from app.engine.evaluation.privacy.attack_risk import Attack, rates, residual_risk
from app.engine.evaluation.privacy.nearest import Points, squared_distances
from app.engine.evaluation.privacy.people import MOST_ATTACKS, people_of
from app.engine.evaluation.row_space import Array, RowSpace
from app.engine.seeds import Stream

NEAR = 1e-5  # of squared distances that are equal but for rounding


def linked(first: Points, second: Points, asked: tuple[Points, Points]) -> NDArray[np.bool_]:
    """Whether one synthetic row is nearest to both halves of a person's columns, of several
    nearest ones any; shape (asked rows,).

    Args:
        first, second: the synthetic rows in the columns of either half, shapes (rows, coordinates).
        asked: the people in the same columns.
    """
    found = np.zeros(len(asked[0]), dtype=np.bool_)
    halves = zip(
        squared_distances(asked[0], first), squared_distances(asked[1], second), strict=True
    )
    for (rows, one), (_, other) in halves:
        found[rows] = (_nearest(one) & _nearest(other)).any(axis=1)
    return found


def _nearest(squares: Points) -> NDArray[np.bool_]:
    return np.asarray(squares <= squares.min(axis=1)[:, None] + np.float32(NEAR))


def coordinates_of(space: RowSpace, numbers: Array, columns: list[int]) -> Points:
    """Points of some columns alone, shape (rows, coordinates)."""
    chosen = RowSpace(tuple(space.axes[place] for place in columns))
    return chosen.coordinates(numbers[:, columns])


def _taken(contest: Contest, rows: Array) -> Estimates:
    columns = len(contest.space.axes)
    if columns < 2:
        return {}
    people = people_of(contest, rows, MOST_ATTACKS)
    order = Stream(contest.seed, ("linkability",)).generator().permutation(columns)
    halves = (order[: columns // 2].tolist(), order[columns // 2 :].tolist())
    first, second = (coordinates_of(contest.space, people.synthetic, half) for half in halves)

    def right(asked: Array) -> int:
        one, other = (coordinates_of(contest.space, asked, half) for half in halves)
        return int(linked(first, second, (one, other)).sum())

    number = len(people.learned)
    attack = Attack(right(people.learned), number, right(people.others), number)
    return {"linkability": replace(residual_risk(attack), note=f"{rates(attack).capitalize()}.")}


MEASURES = (
    Measure(
        PRIVACY,
        {
            "linkability": Meaning(
                "Linking two halves",
                "how much more often two halves of the columns of a learned row, drawn at random, "
                "have the same nearest synthetic row than those of other rows; 0 is no more",
                "other ways to part the columns, and links to tables that are not judged",
                0.0,
            )
        },
        _taken,
        of_other_rows,
        needs_holdout=True,
        threat=LINKABILITY,
    ),
)
