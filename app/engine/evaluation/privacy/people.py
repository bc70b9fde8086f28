"""Whom attacks are made on: people who were learned, and as many who were not."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.evaluation.contest import Contest
from app.engine.evaluation.row_space import Array

MOST_ROWS = 10_000  # of each table; contests have them in random order
MOST_ATTACKS = 5_000  # on learned rows, and as many on others


@dataclass(frozen=True, eq=False, slots=True)
class People:
    """Learned rows, others, as many of them, and synthetic rows; shape (rows, columns) each."""

    learned: Array
    others: Array
    synthetic: Array


def people_of(contest: Contest, synthetic: Array, most: int = MOST_ROWS) -> People:
    """Rows to be attacked with the help of synthetic ones.

    Args:
        most: how many are attacked of either kind.
    """
    rows = min(len(contest.train), len(contest.holdout), most)
    return People(contest.train[:rows], contest.holdout[:rows], synthetic[:MOST_ROWS])
