"""Estimators trained on real and synthetic rows, from scratch or further on."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils.validation import _num_samples

from tablesmith.sklearn._columns import stacked

# What estimators with `warm_start` call the number of their trees or steps.
STEPS = ("n_estimators", "max_iter")


@dataclass(frozen=True, eq=False)
class FitParameters:
    """What goes with `fit` besides X and y.

    Args:
        given: by name; what has one value for each row is cut and lengthened with the rows.
        rows: how many there are of these.
    """

    given: dict[str, Any]
    rows: int

    def check(self) -> None:
        """Raises ValueError where there are not as many weights as rows: cut with the rows, they
        would be those of others."""
        weights = self.given.get("sample_weight")
        if hasattr(weights, "__len__") and _num_samples(weights) != self.rows:
            count = _num_samples(weights)
            raise ValueError(f"sample_weight has {count} values, and there are {self.rows} rows")

    def of(self, places: NDArray[np.intp]) -> FitParameters:
        """Those of some rows."""
        cut = {name: self._values(name)[places] for name in self._by_row}
        return FitParameters({**self.given, **cut}, len(places))

    def beside(self, codes: NDArray[np.intp], added: NDArray[np.intp]) -> dict[str, Any]:
        """With those of synthetic rows: the mean weight of their class.

        Args:
            codes: numbers of the classes of real rows. added: of synthetic rows.

        Raises:
            ValueError: values by row of which nobody knows those of synthetic rows.
        """
        if not len(added):
            return self.given
        if other := sorted(self._by_row - {"sample_weight"}):
            raise ValueError(
                f"`{other[0]}` has a value for each row, and synthetic rows have none: only "
                "`sample_weight` can be given"
            )
        if "sample_weight" not in self._by_row:
            return self.given
        weights = self._values("sample_weight").astype(np.float64)
        totals, counts = np.bincount(codes, weights), np.bincount(codes)
        means = totals / np.maximum(counts, 1)
        return {**self.given, "sample_weight": np.concatenate([weights, means[added]])}

    @property
    def _by_row(self) -> set[str]:
        return {name for name, value in self.given.items() if self._is_by_row(value)}

    def _is_by_row(self, value: Any) -> bool:
        is_list = hasattr(value, "__len__") and not isinstance(value, str | bytes | dict)
        return is_list and _num_samples(value) == self.rows

    def _values(self, name: str) -> NDArray[Any]:
        return np.asarray(self.given[name])


@dataclass(frozen=True, eq=False)
class Kept:
    """What an estimator was trained on.

    Args:
        X: real rows. codes: numbers of their classes, shape (rows,).
        synthetic: synthetic rows in the same form. added: numbers of their classes.
        classes: labels.
        parameters: for the real rows.
        fitted: the trained estimator.
    """

    X: Any
    codes: NDArray[np.intp]
    synthetic: Any
    added: NDArray[np.intp]
    classes: NDArray[Any]
    parameters: FitParameters
    fitted: Any = None

    def trained(self, estimator: Any, before: Any = None) -> Any:
        """A copy of the estimator trained on all of it; `before` as in `trained`."""
        y = self.classes[np.concatenate([self.codes, self.added])]
        beside = self.parameters.beside(self.codes, self.added)
        return trained(estimator, before, stacked(self.X, self.synthetic), y, beside)

    def without_synthetic(self, estimator: Any) -> Any:
        """A copy of the estimator trained on the real rows alone."""
        return trained(estimator, None, self.X, self.classes[self.codes], self.parameters.given)


def continues(estimator: Any) -> bool:
    """Whether an estimator can be trained further on other rows."""
    return (
        hasattr(estimator, "partial_fit")
        or "init_model" in signature(estimator.fit).parameters
        or _steps(estimator) is not None
    )


def trained(
    estimator: Any, before: Any, X: Any, y: Any, parameters: dict[str, Any]
) -> Any:  # fmt: skip
    """A trained copy of an estimator.

    Args:
        before: what was trained a round ago, and is trained further: by `partial_fit`, with as many
            more trees (`warm_start`, or LightGBM's `init_model`). None: from scratch.
    """
    if before is None:
        return clone(estimator).fit(X, y, **parameters)
    if hasattr(estimator, "partial_fit"):
        return deepcopy(before).partial_fit(X, y, **parameters)
    if "init_model" in signature(estimator.fit).parameters:
        return clone(estimator).fit(X, y, init_model=before, **parameters)
    steps = _steps(estimator)
    more = getattr(before, str(steps)) + getattr(estimator, str(steps))
    return (
        deepcopy(before).set_params(warm_start=True, **{str(steps): more}).fit(X, y, **parameters)
    )


def _steps(estimator: Any) -> str | None:
    known = estimator.get_params(deep=False)
    return next((name for name in STEPS if name in known and "warm_start" in known), None)
