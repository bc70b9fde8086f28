"""Adaptive augmentation with the conventions of scikit-learn and imbalanced-learn.

    from tablesmith.sklearn import AdaptiveAugmentationClassifier
    classifier = AdaptiveAugmentationClassifier(LGBMClassifier(), target_f1=0.8).fit(X, y)

Needs `pip install 'tablesmith[sklearn]'`. Synthetic rows are trained on beside the real ones that
they come from, so that nothing is gained by value protection: it is off here.
"""

from __future__ import annotations

from importlib.util import find_spec

from tablesmith._own_packages import import_own_app

if missing := [name for name in ("sklearn", "imblearn") if find_spec(name) is None]:
    raise ImportError(f"{missing[0]} is not installed: pip install 'tablesmith[sklearn]'")
import_own_app()

from tablesmith.sklearn._callback import AugmentationCallback  # noqa: E402
from tablesmith.sklearn._classifier import AdaptiveAugmentationClassifier  # noqa: E402
from tablesmith.sklearn._rounds import AugmentationRound  # noqa: E402
from tablesmith.sklearn._sampler import ClassConditionalSampler  # noqa: E402
from tablesmith.sklearn._splitting import train_validation_test_split  # noqa: E402

__all__ = [
    "AdaptiveAugmentationClassifier",
    "AugmentationCallback",
    "AugmentationRound",
    "ClassConditionalSampler",
    "train_validation_test_split",
]
