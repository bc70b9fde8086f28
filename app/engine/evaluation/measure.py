"""What a measure of synthetic rows is: how it is taken, what it means and what it hides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.engine.evaluation.contest import Contest
from app.engine.evaluation.intervals import Interval
from app.engine.evaluation.row_space import Array

LIKENESS, USE, PRIVACY = "likeness", "use", "privacy"
QUESTIONS: Mapping[str, str] = {
    LIKENESS: "Is it like the real data?",
    USE: "Is it useful for the task?",
    PRIVACY: "Does it give anyone away?",
}
SINGLING_OUT, LINKABILITY, INFERENCE = "Singling out", "Linkability", "Inference"
MEMBERSHIP, COPIES = "Membership", "Copies and closeness"
THREATS: Mapping[str, str] = {
    SINGLING_OUT: "a record of one person can be distinguished from all others",
    LINKABILITY: "two records can be found to be of one person",
    INFERENCE: "an attribute of one person can be deduced from others",
    MEMBERSHIP: "whether a person's record was learned can be found out",
    COPIES: "learned records come back as they were, or nearly so",
}
"""What each threat is. The first three are those of opinion 05/2014 of the Article 29 Working Party
(WP216)."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What was measured, and where its true value lies in 95 of 100 samples, about.

    Args:
        note: a sentence about this value, such as the group that it is largest for; it names
            columns and counts, never a value of a row.
        details: what belongs to it, such as the points of a curve, as plain JSON data that is
            rounded already; it holds no value of a row either.
    """

    value: float
    interval: Interval | None = None
    note: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


Estimates = Mapping[str, Estimate]
"""By the names of figures; what cannot be taken is left out."""
Take = Callable[[Contest, Array], Estimates]
Ceiling = Callable[[Contest, Take], Estimates]


def of_training_rows(contest: Contest, take: Take) -> Estimates:
    """A ceiling: training rows in place of the synthetic ones."""
    return take(contest, contest.train)


def of_held_out_rows(contest: Contest, take: Take) -> Estimates:
    """A ceiling: the holdout in place of the synthetic rows, where these are measured beside the
    training rows."""
    return take(contest, contest.holdout)


def of_other_rows(contest: Contest, take: Take) -> Estimates:
    """A ceiling: half of the holdout in place of the synthetic rows, beside the other half."""
    middle = len(contest.holdout) // 2
    halved = replace(contest, holdout=contest.holdout[middle:])
    return take(halved, contest.holdout[:middle])


@dataclass(frozen=True, slots=True)
class Meaning:
    """One figure in words.

    Args:
        title: what it is called.
        says: what it measures.
        hides: what it does not show.
        best: the value that nothing betters; None where that is the ceiling.
        decides: whether it may decide the answer to its question; a check that proves nothing may
            not.
    """

    title: str
    says: str
    hides: str
    best: float | None = None
    decides: bool = True


@dataclass(frozen=True, slots=True)
class Measure:
    """One or several figures that are taken of rows at once.

    Args:
        question: the one of `QUESTIONS` that they answer.
        meanings: what each figure means, by its name.
        take: measures rows in the place of the synthetic ones; called for the synthetic rows, for
            real ones, for independent columns and for a copy.
        ceiling: what real rows are measured against.
        needs_target: whether a column to predict must be named.
        needs_holdout: whether it says nothing of rows where no others were set aside.
        threat: the one of `THREATS` that it is about, where it answers the last question.
    """

    question: str
    meanings: Mapping[str, Meaning]
    take: Take
    ceiling: Ceiling = of_training_rows
    needs_target: bool = False
    needs_holdout: bool = False
    threat: str = ""
