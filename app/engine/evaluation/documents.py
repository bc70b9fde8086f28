"""What was found in finished files, as plain JSON: stored, signed and answered as it is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from app.engine.evaluation.metrics import metrics_of
from app.engine.evaluation.metrics.shared.base import LabelMetric, NumberMetric

Scalar = bool | int | float | str | None
Share = Annotated[float | None, Field(description="From 0 to 1.")]
Figure = Annotated[float | None, Field(description="null where it is undefined.")]


class MeasuredFact(TypedDict):
    """A declared fact beside what the finished files hold."""

    table: str
    fact: Annotated[str, Field(description="What is promised, in plain words.")]
    declared: Annotated[
        Scalar | list[Scalar],
        Field(description="The value promised; 0 where no row may break it."),
    ]
    observed: Annotated[
        Scalar | list[Scalar], Field(description="null where the files could not be read.")
    ]
    tolerance: Annotated[
        float | None, Field(description="How far the observed value may lie from the declared one.")
    ]
    holds: bool
    note: str


class JudgedKey(TypedDict):
    """A foreign key of synthetic tables beside that of the real ones; shares are of rows."""

    table: str
    column: str
    parent: str
    parent_column: str
    orphans: Annotated[float, Field(description="Whose value no row of the other table has.")]
    orphans_real: float
    missing: Annotated[float, Field(description="Without a value.")]
    missing_real: float
    distance: Annotated[
        float,
        Field(description="Of the numbers of rows that refer to each row, from the real ones."),
    ]
    ceiling: Annotated[float, Field(description="The same of two halves of the real table.")]
    floor: Annotated[float, Field(description="The same of as many rows that refer to any row.")]


class FeatureImportance(TypedDict):
    """How much of what a trained model gained by its splits it gained by one column."""

    column: str
    share: Share


class GivenStrength(TypedDict):
    """A declared effect beside the correlation that the plan gave it."""

    column: str
    subject: Annotated[str, Field(description="The column, or its label or bucket.")]
    label: Annotated[str | None, Field(description="The label of the target that it is about.")]
    declared: Annotated[float | str, Field(description="As declared: a word or a correlation.")]
    given: float | None


class RocCurve(TypedDict):
    """Points of the curve of the positive label, two lists of the same length."""

    false_positive_rate: list[float | None]
    true_positive_rate: list[float | None]


Importance = Annotated[list[FeatureImportance], Field(description="The largest share first.")]
LeftOut = Annotated[list[str], Field(description="Columns that the model was not shown.")]


if TYPE_CHECKING:

    class LabelFigures(TypedDict, total=False):
        """Figures of predicted labels, by the names of their metrics."""

    class NumberFigures(TypedDict, total=False):
        """Figures of predicted numbers, by the names of their metrics."""

else:
    LabelFigures, NumberFigures = (
        TypedDict(name, dict.fromkeys(metrics_of(of), Figure), total=False)
        for name, of in (("LabelFigures", LabelMetric), ("NumberFigures", NumberMetric))
    )


class ClassificationResult(LabelFigures):
    """What a model that predicts labels reached on rows that it was not trained on.

    Figures are left out where no model could be trained; those of the best possible model, where
    the plan does not know them.
    """

    task: Literal["classification"]
    model: str
    best_possible_auc: NotRequired[Figure]
    best_possible_accuracy: NotRequired[Figure]
    table: str
    target: str
    rows_trained: int
    rows_tested: int
    roc: RocCurve | None
    importance: Importance
    strengths: list[GivenStrength]
    left_out: LeftOut
    note: str


class RegressionResult(NumberFigures):
    """What a model that predicts numbers reached on rows that it was not trained on.

    Figures are left out where no model could be trained; that of the best possible model, where
    the plan does not know it.
    """

    task: Literal["regression"]
    model: str
    best_possible_r2: NotRequired[Figure]
    table: str
    target: str
    rows_trained: int
    rows_tested: int
    roc: RocCurve | None
    importance: Importance
    strengths: list[GivenStrength]
    left_out: LeftOut
    note: str


VerificationDocument = ClassificationResult | RegressionResult


def plain_json(value: Any) -> Any:
    """A value as JSON can hold it: numbers of numpy as Python's, what is not finite as None."""
    if isinstance(value, Mapping):
        return {str(key): plain_json(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_json(entry) for entry in value]
    if hasattr(value, "tolist"):  # arrays and scalars of numpy
        return plain_json(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
