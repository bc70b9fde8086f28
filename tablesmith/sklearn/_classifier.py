"""A classifier whose weak classes get synthetic rows, as many as rows set aside say that help."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, _fit_context
from sklearn.model_selection import train_test_split
from sklearn.utils import assert_all_finite, check_random_state, get_tags
from sklearn.utils._param_validation import HasMethods, Interval
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    _raise_for_params,
    _routing_enabled,
    process_routing,
)
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from tablesmith.sklearn._callback import AugmentationCallback
from tablesmith.sklearn._columns import taken
from tablesmith.sklearn._training import FitParameters, Kept, continues

Places = NDArray[np.intp]

NOTHING_ASIDE = "too few rows to set any aside"


def _estimator_has(name: str) -> Callable[[Any], bool]:
    def check(self: Any) -> bool:
        getattr(getattr(self, "estimator_", self.estimator), name)
        return True

    return check


class AdaptiveAugmentationClassifier(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """Train, look which classes are weak on rows set aside, add synthetic rows of these, repeat.

    The round with the highest macro F1 on the rows set aside is kept, not the last one; round 0 has
    no synthetic rows. Synthetic rows are drawn given their class from a model that was fitted to
    the training rows alone.

    Args:
        estimator: any classifier of scikit-learn's kind.
        synthesizer: its name: `sequential`, `copula` or `independent`.
        target_f1: classes whose F1 on the rows set aside is below it get synthetic rows.
        max_synthetic_fraction: share of synthetic rows among all that are trained on, at most.
        max_rounds: with synthetic rows, at most.
        growth: synthetic rows of a class in one round, as a share of its real ones.
        patience: rounds without progress after which no more follow.
        validation_fraction: share of the rows that is set aside where `fit` gets no `X_val`.
        max_ece_increase: a round whose expected calibration error (15 bins of equal width) lies
            further above that of round 0 is not kept.
        impute: whether missing cells are filled by what the synthesizer's model expects of them,
            before training and before predicting.
        continue_training: train what a round left further on, by `partial_fit`, `warm_start` or
            LightGBM's `init_model` (further boosting rounds), in place of training from scratch.
        refit: whether the kept round is trained again on all rows, those set aside among them; not
            where training continues or `X_val` was given.
        keep_real_estimator: whether an estimator without synthetic rows is kept, for `audit`.
        settings: of the synthesizer, those that differ from its defaults.
        random_state: a seed or a RandomState.

    Attributes:
        estimator_: the trained estimator of the kept round.
        real_estimator_: the same without synthetic rows; only with `keep_real_estimator`.
        classes_: labels, shape (classes,).
        history_: a tuple of `AugmentationRound`.
        best_round_: number of the kept round.
        synthetic_rows_: of each class that `estimator_` was trained on, by label.
        synthetic_fraction_: their share of all rows that `estimator_` was trained on.
        row_synthesizer_: what synthetic rows are drawn from; None where none was needed.
        stopped_because_: in words.
        n_features_in_, feature_names_in_: as everywhere in scikit-learn.
    """

    _parameter_constraints = {
        "estimator": [HasMethods(["fit", "predict"])],
        "synthesizer": [str],
        "target_f1": [Interval(Real, 0, 1, closed="both")],
        "max_synthetic_fraction": [Interval(Real, 0, 1, closed="left")],
        "max_rounds": [Interval(Integral, 0, None, closed="left")],
        "growth": [Interval(Real, 0, None, closed="neither")],
        "patience": [Interval(Integral, 1, None, closed="left")],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "max_ece_increase": [Interval(Real, 0, None, closed="left")],
        "impute": ["boolean"],
        "continue_training": ["boolean"],
        "refit": ["boolean"],
        "keep_real_estimator": ["boolean"],
        "settings": [dict, None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: Any,
        synthesizer: str = "sequential",
        *,
        target_f1: float = 0.8,
        max_synthetic_fraction: float = 0.3,
        max_rounds: int = 5,
        growth: float = 0.5,
        patience: int = 2,
        validation_fraction: float = 0.2,
        max_ece_increase: float = 0.02,
        impute: bool = False,
        continue_training: bool = False,
        refit: bool = True,
        keep_real_estimator: bool = False,
        settings: Mapping[str, Any] | None = None,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.synthesizer = synthesizer
        self.target_f1 = target_f1
        self.max_synthetic_fraction = max_synthetic_fraction
        self.max_rounds = max_rounds
        self.growth = growth
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.max_ece_increase = max_ece_increase
        self.impute = impute
        self.continue_training = continue_training
        self.refit = refit
        self.keep_real_estimator = keep_real_estimator
        self.settings = settings
        self.random_state = random_state

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: Any,
        y: Any,
        *,
        X_val: Any = None,
        y_val: Any = None,
        **fit_params: Any,
    ) -> AdaptiveAugmentationClassifier:
        """Train.

        Args:
            X: array of numbers or data frame, shape (rows, columns); y: classes, shape (rows,).
            X_val, y_val: real rows to watch, in place of some that are set aside.
            fit_params: for the estimator's `fit`; with metadata routing, those that it asks for.
                Synthetic rows get the mean `sample_weight` of their class.

        Raises:
            ValueError: rows that cannot be trained on, and why.
            DefinitionError: an unknown synthesizer or setting of it.
        """
        if self.continue_training and not continues(self.estimator):
            raise ValueError(
                "continue_training needs an estimator with partial_fit, warm_start or init_model"
            )
        if (X_val is None) != (y_val is None):
            raise ValueError("X_val and y_val are given both, or none of them")
        X, y = self._read(X, y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        parameters = FitParameters(self._routed(fit_params), len(codes))
        parameters.check()
        rng = check_random_state(self.random_state)
        train, aside = self._parts(codes, X_val, rng)
        if X_val is None:
            X_val, y_val = taken(X, aside), y[aside]
        else:
            X_val = self._readable(X_val, reset=False)
        callback = self._callback(taken(X, train), y[train], X_val, y_val, rng)
        kept = self._best(callback, callback.filled(X_val), parameters.of(train))
        if len(aside) and self.refit and not self.continue_training:
            kept = replace(kept, X=callback.filled(X), codes=codes, parameters=parameters)
            kept = replace(kept, fitted=kept.trained(self.estimator))
        self._keep(callback, kept)
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """The likeliest class of each row, shape (rows,)."""
        check_is_fitted(self)
        return self.estimator_.predict(self._asked(X))

    @available_if(_estimator_has("predict_proba"))
    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """The probability of each class, shape (rows, classes)."""
        check_is_fitted(self)
        return self.estimator_.predict_proba(self._asked(X))

    @available_if(_estimator_has("predict_log_proba"))
    def predict_log_proba(self, X: Any) -> NDArray[np.float64]:
        """The logarithm of the probability of each class, shape (rows, classes)."""
        check_is_fitted(self)
        return self.estimator_.predict_log_proba(self._asked(X))

    @available_if(_estimator_has("decision_function"))
    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """The estimator's own scores."""
        check_is_fitted(self)
        return self.estimator_.decision_function(self._asked(X))

    def audit(self, X: Any) -> pd.DataFrame:
        """What synthetic rows have to do with each prediction, a line for each row of X.

        Returns:
            `prediction`; `round`, the number of the kept one; `synthetic_fraction` of all rows
            that were trained on, and `synthetic_fraction_of_class` of those of the predicted class;
            with `keep_real_estimator` also `prediction_of_real_rows`. Where there are
            probabilities, `probability` of the prediction and `probability_of_real_rows`, of the
            same class.
        """
        check_is_fitted(self)
        asked = self._asked(X)
        found = self.estimator_.predict(asked)
        places = np.searchsorted(self.classes_, found)
        synthetic = np.array([*self.synthetic_rows_.values()])
        lines: dict[str, Any] = {"prediction": found, "round": self.best_round_}
        lines["synthetic_fraction"] = self.synthetic_fraction_
        lines["synthetic_fraction_of_class"] = (synthetic / (synthetic + self._real_rows))[places]
        estimators = {"": self.estimator_}
        if self.keep_real_estimator:
            estimators["_of_real_rows"] = self.real_estimator_
            lines["prediction_of_real_rows"] = self.real_estimator_.predict(asked)
        for name, each in estimators.items():
            if hasattr(each, "predict_proba"):
                chances = each.predict_proba(asked)
                lines[f"probability{name}"] = chances[np.arange(len(chances)), places]
        return pd.DataFrame(lines, index=getattr(X, "index", None))

    def get_metadata_routing(self) -> MetadataRouter:
        """Which metadata goes where: `fit` of this classifier to `fit` of the estimator."""
        mapping = MethodMapping().add(caller="fit", callee="fit")
        router = MetadataRouter(owner=self).add_self_request(self)
        return router.add(estimator=self.estimator, method_mapping=mapping)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        tags.input_tags.allow_nan = self.impute or inner.input_tags.allow_nan
        tags.input_tags.sparse = False
        if inner.classifier_tags is not None:
            tags.classifier_tags.multi_class = inner.classifier_tags.multi_class
        return tags

    def _routed(self, fit_params: dict[str, Any]) -> dict[str, Any]:
        """What goes to the estimator: without metadata routing `sample_weight` alone may."""
        _raise_for_params(fit_params, self, "fit", allow=["sample_weight"])
        if not _routing_enabled():
            return fit_params
        return dict(process_routing(self, "fit", **fit_params).estimator.fit)

    def _read(self, X: Any, y: Any) -> tuple[Any, NDArray[Any]]:
        X = self._readable(X, reset=True)
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None"
            )
        y = column_or_1d(y, warn=True)
        assert_all_finite(y, input_name="y")
        check_consistent_length(X, y)
        check_classification_targets(y)
        return X, y

    def _readable(self, X: Any, *, reset: bool) -> Any:
        """A data frame as it is, all else as an array of numbers."""
        if isinstance(X, pd.DataFrame):
            validate_data(self, X, reset=reset, skip_check_array=True)
            return X
        has_gaps = get_tags(self).input_tags.allow_nan
        return validate_data(
            self, X, reset=reset, ensure_all_finite="allow-nan" if has_gaps else True
        )

    def _asked(self, X: Any) -> Any:
        X = self._readable(X, reset=False)
        return self.row_synthesizer_.imputed(X) if self.impute else X

    def _parts(self, codes: Places, X_val: Any, rng: Any) -> tuple[Places, Places]:
        """Places of the rows to train on and of those set aside; none where there are too few. The
        only row of a class is trained on."""
        places = np.arange(len(codes))
        aside = round(self.validation_fraction * len(codes))
        is_alone = np.bincount(codes)[codes] < 2
        rest = places[~is_alone]
        classes = len(np.unique(codes[rest]))
        if X_val is not None or aside < len(self.classes_) or len(rest) - aside < classes:
            return places, places[:0]
        train, held = train_test_split(
            rest, test_size=aside, stratify=codes[rest], random_state=rng
        )  # fmt: skip
        return np.concatenate([train, places[is_alone]]), held

    def _callback(
        self, X: Any, y: Any, X_val: Any, y_val: Any, rng: Any
    ) -> AugmentationCallback:  # fmt: skip
        return AugmentationCallback(
            X,
            y,
            X_val,
            y_val,
            self.synthesizer,
            target_f1=self.target_f1,
            max_synthetic_fraction=self.max_synthetic_fraction,
            growth=self.growth,
            patience=self.patience,
            max_ece_increase=self.max_ece_increase,
            max_rounds=self.max_rounds,
            impute=self.impute,
            settings=self.settings,
            random_state=rng,
        )

    def _best(
        self, callback: AugmentationCallback, X_val: Any, parameters: FitParameters
    ) -> Kept:  # fmt: skip
        """The best round; the only one where no rows are set aside."""
        real, fitted, best = callback.X, None, None
        codes = np.searchsorted(self.classes_, callback.y)
        for _ in range(self.max_rounds + 1):
            synthetic = taken(callback.X, np.flatnonzero(callback.synthetic))
            added = np.searchsorted(self.classes_, callback.y[callback.synthetic])
            made = Kept(real, codes, synthetic, added, self.classes_, parameters)
            fitted = made.trained(self.estimator, fitted if self.continue_training else None)
            if not len(X_val):
                return replace(made, fitted=fitted)
            goes_on = callback(self._answers(fitted, X_val))
            if callback.is_best:
                best = replace(made, fitted=fitted)
            if not goes_on:
                break
        assert best is not None  # the first round is
        return best

    def _answers(self, fitted: Any, X_val: Any) -> NDArray[Any]:
        """Probabilities of all classes where there are any, else labels."""
        if not hasattr(fitted, "predict_proba"):
            return np.asarray(fitted.predict(X_val))
        found = np.zeros((len(X_val), len(self.classes_)))
        found[:, np.searchsorted(self.classes_, fitted.classes_)] = fitted.predict_proba(X_val)
        return found

    def _keep(self, callback: AugmentationCallback, kept: Kept) -> None:
        self.estimator_ = kept.fitted
        if self.keep_real_estimator:
            self.real_estimator_ = (
                kept.fitted if not len(kept.added) else kept.without_synthetic(self.estimator)
            )
        self.history_ = callback.history
        self.best_round_ = callback.best_round
        self.stopped_because_ = callback.stopped_because or NOTHING_ASIDE
        self.row_synthesizer_: Any = callback.__dict__.get("row_synthesizer")
        counts = np.bincount(kept.added, minlength=len(self.classes_))
        self.synthetic_rows_ = dict(zip(self.classes_.tolist(), counts.tolist(), strict=True))
        self._real_rows = np.bincount(kept.codes, minlength=len(self.classes_))
        self.synthetic_fraction_ = len(kept.added) / (len(kept.codes) + len(kept.added))
