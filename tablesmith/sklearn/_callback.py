"""Adaptive augmentation beside any training loop."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_consistent_length, column_or_1d

from tablesmith.sklearn._columns import stacked
from tablesmith.sklearn._rounds import AugmentationRound, Codes, measured, rows_to_add
from tablesmith.sklearn._row_synthesizer import FEWEST_ROWS, RowSynthesizer

LOG = logging.getLogger("tablesmith.sklearn")


class AugmentationCallback:
    """Says after each round of a training loop which rows the next one is trained on.

        callback = AugmentationCallback(X_train, y_train, X_validation, y_validation)
        for _ in range(20):
            model.partial_fit(callback.X, callback.y, classes=callback.classes)
            if not callback(model.predict_proba(X_validation)):
                break

    Classes whose F1 on the validation rows is below `target_f1` get synthetic rows, drawn given the
    class from a model that was fitted to the training rows alone.

    Args:
        X, y: real rows to train on, shape (rows, columns), and their classes. An array of numbers,
            or a pandas data frame of numbers, dates and labels.
        X_val, y_val: other real rows.
        synthesizer: its name: `sequential`, `copula` or `independent`.
        target_f1: classes below it get synthetic rows.
        max_synthetic_fraction: share of synthetic rows among all, at most, from 0 to below 1.
        growth: synthetic rows of a class in one round, as a share of its real ones.
        patience: rounds without progress after which nothing is added any more.
        max_ece_increase: a round whose expected calibration error lies further above that of the
            first one is never the best.
        max_rounds: with synthetic rows, at most; None for any number.
        impute: whether missing cells are filled by what the synthesizer's model expects.
        settings: of the synthesizer, those that differ from its defaults.
        random_state: a seed or a RandomState.

    Attributes:
        X, y: what the next round is trained on, real rows first.
        classes: labels, in the order of columns of probabilities.
        history: a tuple of `AugmentationRound`.
        best_round: its number: the highest macro F1, the earliest of equal ones.
        is_best: whether the last round is the best one so far.
        stopped_because: in words; None while there is something to add.
    """

    def __init__(
        self,
        X: Any,
        y: Any,
        X_val: Any,
        y_val: Any,
        synthesizer: str = "sequential",
        *,
        target_f1: float = 0.8,
        max_synthetic_fraction: float = 0.3,
        growth: float = 0.5,
        patience: int = 2,
        max_ece_increase: float = 0.02,
        max_rounds: int | None = None,
        impute: bool = False,
        settings: Mapping[str, Any] | None = None,
        random_state: Any = None,
    ) -> None:
        check_consistent_length(X, y)
        check_consistent_length(X_val, y_val)
        if not 0 <= max_synthetic_fraction < 1:
            raise ValueError(
                f"max_synthetic_fraction is from 0 to below 1, not {max_synthetic_fraction}"
            )
        if not growth > 0:
            raise ValueError(f"growth is above 0, not {growth}")
        self._real = X if hasattr(X, "iloc") else np.asarray(X)
        self.classes, self._codes = np.unique(column_or_1d(y), return_inverse=True)
        self._truth = self._numbers(column_or_1d(y_val))
        self._policy = {
            "target": target_f1, "growth": growth, "most": max_synthetic_fraction,
        }  # fmt: skip
        self._patience, self._max_rounds = patience, max_rounds
        self._max_ece_increase = max_ece_increase
        self._asked: dict[str, Any] = {"synthesizer": synthesizer, "settings": settings}
        self._seed = int(check_random_state(random_state).randint(2**31 - 1))
        self._impute = impute
        self.X = self.filled(self._real)
        self._added: Codes = np.zeros(0, dtype=np.intp)
        self.history: tuple[AugmentationRound, ...] = ()
        self.stopped_because: str | None = None

    @cached_property
    def row_synthesizer(self) -> RowSynthesizer:
        """What synthetic rows are drawn from, fitted to the training rows when it is first used.
        Raises as `RowSynthesizer.fitted`."""
        return RowSynthesizer.fitted(self._real, self._codes, seed=self._seed, **self._asked)

    @property
    def y(self) -> NDArray[Any]:
        """The classes of `X`."""
        return self.classes[np.concatenate([self._codes, self._added])]

    @property
    def synthetic(self) -> NDArray[np.bool_]:
        """Which rows of `X` are synthetic, shape (rows,)."""
        real = len(self._codes)
        return np.arange(real + len(self._added)) >= real

    @property
    def best_round(self) -> int:
        if not self.history:
            return 0
        kept = [each for each in self.history if self._is_calibrated(each)]
        return max(kept, key=lambda each: (each.macro_f1, -each.number)).number

    @property
    def is_best(self) -> bool:
        return bool(self.history) and self.best_round == self.history[-1].number

    def filled(self, X: Any) -> Any:
        """X with its missing cells filled where that was asked for, else X itself."""
        return self.row_synthesizer.imputed(X) if self._impute else X

    def __call__(self, answers: Any) -> bool:
        """Take what was predicted of the validation rows; whether rows were added to `X` and `y`.

        Args:
            answers: probabilities, shape (rows, classes), or labels, shape (rows,).

        Raises:
            ValueError: answers of another shape.
        """
        found = measured(
            len(self.history),
            self.classes,
            self._truth,
            self._read(answers),
            len(self._codes),
            self._added,
        )
        self.history += (found,)
        LOG.info(
            "round %d: macro F1 %.4f, ECE %.4f, synthetic fraction %.4f",
            found.number, found.macro_f1, found.ece, found.synthetic_fraction,
        )  # fmt: skip
        counts = self._next_counts(found)
        if self.stopped_because is not None:
            return False
        rows, codes = self.row_synthesizer.rows(self._real, counts, found.number + 1)
        self.X = stacked(self.X, self.filled(rows))
        self._added = np.concatenate([self._added, codes])
        return True

    def _next_counts(self, found: AugmentationRound) -> Codes:
        """Rows of each class that are added; says why there are none."""
        f1 = np.array([*found.f1.values()])
        real = np.bincount(self._codes, minlength=len(self.classes))
        counts = rows_to_add(f1, real, len(self._added), **self._policy)
        self.stopped_because = self._reason(found, f1, counts)
        return counts

    def _reason(self, found: AugmentationRound, f1: Any, counts: Codes) -> str | None:
        if np.nanmin(f1) >= self._policy["target"]:
            return "every class reaches target_f1"
        if found.number - self.best_round >= self._patience:
            return f"no progress in {self._patience} rounds"
        if found.number == self._max_rounds:
            return "max_rounds are over"
        if not counts.any():
            return "max_synthetic_fraction is reached"
        if len(self._codes) < FEWEST_ROWS:
            return f"fewer than {FEWEST_ROWS} rows to learn from"
        return None

    def _is_calibrated(self, found: AugmentationRound) -> bool:
        first = self.history[0].ece
        return math.isnan(found.ece) or found.ece <= first + self._max_ece_increase

    def _read(self, answers: Any) -> NDArray[Any]:
        given = np.asarray(answers)
        rows, classes = len(self._truth), len(self.classes)
        if given.shape == (rows, classes):
            return given.astype(np.float64)
        if given.shape == (rows,):
            return self._numbers(given)
        raise ValueError(
            f"answers are probabilities of shape ({rows}, {classes}) or labels of shape ({rows},), "
            f"not of shape {given.shape}"
        )

    def _numbers(self, labels: NDArray[Any]) -> Codes:
        """Raises ValueError for labels that no training row has."""
        places = np.minimum(np.searchsorted(self.classes, labels), len(self.classes) - 1)
        if (self.classes[places] != labels).any():
            raise ValueError("there are labels of classes that no training row has")
        return places
