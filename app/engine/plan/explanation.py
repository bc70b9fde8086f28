"""A compiled plan for reading, as plain JSON."""

from __future__ import annotations

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

Outcome = Annotated[dict[str, float], Field(description="Probabilities by label, or the `mean`.")]
Share = Annotated[float, Field(description="Share of the rows, from 0 to 1.")]
Points = Annotated[
    dict[str, float],
    Field(description="Points by label; of two labels those of the positive one over the other."),
]

TargetRule = TypedDict(
    "TargetRule",
    {
        "if": Annotated[str, Field(description="The conditions as one text.")],
        "conditions": list[str],
        "then": Outcome,
        "share": Share,
    },
)
TargetRule.__doc__ = "What holds where all conditions do; the first that matches wins."

ScorecardGrade = TypedDict(
    "ScorecardGrade",
    {
        "if": Annotated[str, Field(description="Which values of the column these are.")],
        "points": Points,
        "share": Share,
    },
)
ScorecardGrade.__doc__ = "What some values of a column add to the score."


class ScorecardColumn(TypedDict):
    """What a column adds to the score."""

    column: str
    grades: list[ScorecardGrade]


class ScorecardDocument(TypedDict):
    """How the target is drawn where no rule is listed: points are added up."""

    base: Points
    columns: list[ScorecardColumn]
    meaning: Annotated[str, Field(description="What the sum of the points stands for.")]


class OtherwiseRule(TypedDict, total=False):
    """What holds in all other rows; empty where there is no target."""

    covers: Annotated[str, Field(description="Which rows these are.")]
    then: Outcome
    share: Share
    scorecard: ScorecardDocument


class PlannedFact(TypedDict):
    """A declared fact beside what the data will have."""

    fact: str
    declared: float
    reached: float


class PlannedEffect(TypedDict):
    """A declared effect beside the correlation that it really gets."""

    column: str
    effect: Annotated[str, Field(description="The column, or its label or bucket.")]
    label: Annotated[str | None, Field(description="The label of the target that it is about.")]
    correlation: str
    strength: Annotated[float | str, Field(description="As declared: a word or a correlation.")]
    reached: float


# A key called `else` needs this way of writing it.
TargetExplanation = TypedDict(
    "TargetExplanation",
    {
        "rules": list[TargetRule],
        "else": OtherwiseRule,
        "facts": list[PlannedFact],
        "effects": list[PlannedEffect],
        "expected": Annotated[
            dict[str, float],
            Field(description="What the best possible model will reach, such as `auc: 0.83`."),
        ],
        "reachable": Annotated[
            dict[str, list[float]],
            Field(description="Range of each dial, such as `auc: [lo, hi]`."),
        ],
        "text": Annotated[str, Field(description="The rules as an if-else text.")],
    },
)
TargetExplanation.__doc__ = "The target of one table: its rules, and what they reach."


class PlanExplanation(TargetExplanation):
    """The first target of a plan, and all of them where several tables have one."""

    tables: NotRequired[
        Annotated[dict[str, TargetExplanation], Field(description="By table, where several.")]
    ]
