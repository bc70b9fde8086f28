"""What scikit-learn and imbalanced-learn ask of everything that calls itself theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import imblearn.utils.estimator_checks as of_imblearn
import pytest
import sklearn.utils.estimator_checks as of_sklearn
from sklearn.linear_model import LogisticRegression

from tablesmith.sklearn import AdaptiveAugmentationClassifier, ClassConditionalSampler

# Independent columns, which are learned in milliseconds: checks ask for nothing of what is drawn.
CLASSIFIERS = [
    AdaptiveAugmentationClassifier(
        LogisticRegression(), "independent", target_f1=1.0, max_rounds=1, random_state=0
    )
]
SAMPLERS = [ClassConditionalSampler(synthesizer="independent", random_state=0)]


@of_sklearn.parametrize_with_checks(CLASSIFIERS)
def test_classifiers_are_estimators_of_scikit_learn(
    estimator: Any, check: Callable[[Any], None]
) -> None:
    check(estimator)


@of_sklearn.parametrize_with_checks(SAMPLERS)
def test_samplers_are_estimators_of_scikit_learn(
    estimator: Any, check: Callable[[Any], None]
) -> None:
    check(estimator)


@pytest.mark.parametrize(
    ("estimator", "check"),
    [each for sampler in SAMPLERS for each in of_imblearn.estimator_checks_generator(sampler)],
    ids=of_imblearn._get_check_estimator_ids,
)
def test_samplers_are_samplers_of_imbalanced_learn(
    estimator: Any, check: Callable[[Any], None]
) -> None:
    check(estimator)
