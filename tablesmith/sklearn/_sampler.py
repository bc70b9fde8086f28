"""A sampler of imbalanced-learn's kind whose new rows come from a synthesizer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from imblearn.over_sampling.base import BaseOverSampler
from imblearn.utils import check_target_type
from numpy.typing import NDArray
from sklearn.utils import check_array, check_random_state
from sklearn.utils.validation import validate_data

from tablesmith.sklearn._columns import stacked
from tablesmith.sklearn._row_synthesizer import RowSynthesizer


class ClassConditionalSampler(BaseOverSampler):
    """Over-sample classes with synthetic rows, drawn given the class from a model of all rows.

    Numbers, dates and labels are learned as such, missing cells with them; labels need a data
    frame. In a pipeline of imbalanced-learn it sees the training rows of each fold alone.

    Args:
        sampling_strategy: which classes get how many rows, as of every over-sampler of
            imbalanced-learn: `auto` (all but the largest class are as large as that one),
            `minority`, `not minority`, `not majority`, `all`, a ratio of two classes, a dict of
            rows by class, or a function that makes one of y.
        synthesizer: its name: `sequential`, `copula` or `independent`.
        settings: of the synthesizer, those that differ from its defaults.
        random_state: a seed or a RandomState.

    Attributes:
        sampling_strategy_: new rows of each class.
        row_synthesizer_: what they were drawn from.
        n_features_in_, feature_names_in_: as everywhere in scikit-learn.
    """

    _parameter_constraints = {
        **BaseOverSampler._parameter_constraints,
        "synthesizer": [str],
        "settings": [dict, None],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        synthesizer: str = "sequential",
        settings: Mapping[str, Any] | None = None,
        random_state: Any = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.synthesizer = synthesizer
        self.settings = settings
        self.random_state = random_state

    def _check_X_y(self, X: Any, y: Any) -> tuple[Any, Any, bool]:
        y, is_one_hot = check_target_type(y, indicate_one_vs_all=True)
        if isinstance(X, pd.DataFrame):
            dense: dict[Any, Any] = {
                name: dtype.subtype
                for name, dtype in X.dtypes.items()
                if isinstance(dtype, pd.SparseDtype)
            }
            X = X.astype(dense)
        else:
            X = check_array(X, dtype="numeric", ensure_all_finite="allow-nan")
        validate_data(self, X=X, y=y, reset=True, skip_check_array=True)
        return X, y, is_one_hot

    def _fit_resample(self, X: Any, y: NDArray[Any], **_: Any) -> tuple[Any, NDArray[Any]]:
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        classes, codes = np.unique(y, return_inverse=True)
        self.row_synthesizer_ = RowSynthesizer.fitted(
            X, codes, synthesizer=self.synthesizer, settings=self.settings, seed=seed
        )
        counts = np.array([self.sampling_strategy_.get(each, 0) for each in classes])
        if not counts.any():
            return X, y
        rows, added = self.row_synthesizer_.rows(X, counts, 1)
        return stacked(X, rows), np.concatenate([y, classes[added]])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        tags.input_tags.allow_nan = True
        return tags
