"""What differs between predicting labels and predicting numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.evaluation.documents import RocCurve
from app.engine.evaluation.metrics import METRICS
from app.engine.evaluation.metrics.shared.base import (
    LabelMetric,
    LabelPredictions,
    NumberMetric,
    NumberPredictions,
)
from app.engine.evaluation.metrics.shared.curves import roc_points
from app.engine.schema.models import BoolColumn, CategoryColumn, Target

Array = NDArray[np.float64]
Figures = dict[str, float | None]


class Task(Protocol):
    name: str

    def truth(self, table: pa.Table, target: Target) -> Array:
        """The target of each row, which is known in all of them, as a number; shape (rows,)."""
        ...

    def strata(self, truth: Array) -> NDArray[np.int64]:
        """Kinds of rows, whole numbers of shape (rows,), of which a split gives each part its
        share."""
        ...

    def parameters(self, target: Target) -> dict[str, Any]:
        """LightGBM's objective."""
        ...

    def figures(
        self, target: Target, truth: Array, predicted: Array
    ) -> tuple[Figures, RocCurve | None]:
        """Figures of the test rows, and the ROC curve where there is one.

        Args:
            truth: shape (rows,), as `truth` gives it.
            predicted: numbers of shape (rows,), for two labels the probability of the second;
                of more labels probabilities of shape (rows, labels).
        """
        ...


def task_of(target: Target) -> Task:
    labelled = isinstance(target.column, CategoryColumn | BoolColumn)
    return Classification() if labelled else Regression()


class Classification:
    name = "classification"

    @staticmethod
    def labels(target: Target) -> list[str]:
        if isinstance(target.column, CategoryColumn):
            return [cat.label for cat in target.column.cats]
        return ["false", "true"]

    def truth(self, table: pa.Table, target: Target) -> Array:
        labels = pa.array(self.labels(target))
        codes = pc.index_in(table.column(target.name).cast(pa.string()), value_set=labels)
        return np.asarray(codes.fill_null(0).to_numpy(), dtype=np.float64)

    def strata(self, truth: Array) -> NDArray[np.int64]:
        return truth.astype(np.int64)

    def parameters(self, target: Target) -> dict[str, Any]:
        labels = len(self.labels(target))
        if labels == 2:
            return {"objective": "binary"}
        return {"objective": "multiclass", "num_class": labels}

    def figures(self, target: Target, truth: Array, predicted: Array) -> tuple[Figures, RocCurve]:
        labels = self.labels(target)
        if predicted.ndim == 1:
            predicted = np.column_stack([1.0 - predicted, predicted])
        positive = labels.index(target.positive or labels[-1])
        found = LabelPredictions(truth.astype(np.int64), predicted, positive)
        metrics = [each for each in METRICS.values() if isinstance(each, LabelMetric)]
        false, true = roc_points(found.is_positive, found.score)
        roc: RocCurve = {
            "false_positive_rate": _rounded(false),
            "true_positive_rate": _rounded(true),
        }
        return _figures({each.name: each.value(found) for each in metrics}), roc


class Regression:
    name = "regression"

    def truth(self, table: pa.Table, target: Target) -> Array:
        return np.asarray(table.column(target.name).cast(pa.float64()).to_numpy())

    def strata(self, truth: Array) -> NDArray[np.int64]:
        return np.zeros(len(truth), dtype=np.int64)

    def parameters(self, target: Target) -> dict[str, Any]:
        return {"objective": "regression"}

    def figures(self, target: Target, truth: Array, predicted: Array) -> tuple[Figures, None]:
        found = NumberPredictions(truth, predicted)
        metrics = [each for each in METRICS.values() if isinstance(each, NumberMetric)]
        return _figures({each.name: each.value(found) for each in metrics}), None


def _figures(found: Mapping[str, float | None]) -> Figures:
    return {name: None if value is None else round(value, 6) for name, value in found.items()}


def _rounded(values: Array) -> list[float | None]:
    return [round(float(value), 6) for value in values]
