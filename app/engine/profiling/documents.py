"""What columns look like, as plain JSON: answered as it is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

ValueKind = Literal["number", "moment", "label", "other"]
Figure = Annotated[float | None, Field(description="Of numbers; null otherwise.")]
End = Annotated[
    float | None,
    Field(description="Of numbers, and of moments in seconds since 1970; null otherwise."),
]


class ColumnSummary(TypedDict):
    """What the values of a column look like: bars of labels, or of numbers in equal steps."""

    kind: Annotated[
        ValueKind,
        Field(description="`other` where too many different values are there for bars."),
    ]
    missing: Annotated[float, Field(description="Share of the rows without a value, from 0 to 1.")]
    distinct: Annotated[int, Field(description="How many different values there are.")]
    edges: Annotated[
        list[float],
        Field(
            description="Ends of the bars of numbers and of moments (in seconds since 1970), one "
            "more than bars; empty for labels."
        ),
    ]
    labels: Annotated[
        list[str], Field(description="Names of the bars of labels, the most frequent first.")
    ]
    shares: Annotated[
        list[float],
        Field(description="Share of the values in each bar, of all values that are there."),
    ]
    rest: Annotated[float, Field(description="Share of the labels that have no bar.")]
    mean: Figure
    std: Figure
    min: End
    max: End
    example: Annotated[
        str | None, Field(description="The first value, where there are no bars; null otherwise.")
    ]


class DeclaredDensity(TypedDict):
    """The density that a column of numbers declares, as points to plot."""

    x: Annotated[list[float], Field(description="Values of the column, rising.")]
    y: Annotated[
        list[float],
        Field(description="Density at each of them; of bars the probability of each value."),
    ]
    bars: Annotated[bool, Field(description="Whether these are whole numbers, each a bar.")]


class TargetFigures(TypedDict):
    """The target by the values of a column, in the rows that have both."""

    column: Annotated[ColumnSummary, Field(description="The bars of the column in these rows.")]
    figures: Annotated[
        list[Figure],
        Field(
            description="Share of the positive label, or mean of the target, for each bar and for "
            "the rest of the labels if there is one; null where a bar has few rows."
        ),
    ]
