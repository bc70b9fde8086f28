"""The metrics of trained models, by name.

A metric is one module of this package, whose name is its own, with a `METRIC`: a figure of a
verification, named and explained on pages. In numpy alone.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from app.engine.evaluation.metrics.shared.base import Metric

__all__ = ["METRICS", "Metric"]

# What lists begin with; metrics that are not named here follow by name.
_FIRST = ("auc", "accuracy", "macro_f1", "calibration_error", "r2", "rmse", "mae")


def _metrics() -> dict[str, Metric]:
    found = {each.name for each in pkgutil.iter_modules(__path__) if not each.ispkg}
    names = (*_FIRST, *sorted(found.difference(_FIRST)))
    return {name: importlib.import_module(f"{__name__}.{name}").METRIC for name in names}


METRICS: Mapping[str, Metric] = _metrics()


def metrics_of(kind: type[Metric]) -> tuple[str, ...]:
    """The names of all metrics of predicted labels, or of predicted numbers."""
    return tuple(name for name, metric in METRICS.items() if isinstance(metric, kind))
