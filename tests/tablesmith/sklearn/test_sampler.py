"""A sampler whose rows come from a synthesizer."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from imblearn.pipeline import make_pipeline
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

import tablesmith as ts
from tablesmith.sklearn import ClassConditionalSampler

QUICK = {"max_rounds": 5}


def table() -> tuple[Any, Any]:
    return make_classification(
        500, n_features=4, n_informative=3, n_redundant=0, n_classes=3,
        n_clusters_per_class=1, weights=[0.7, 0.2], random_state=1,
    )  # fmt: skip


def test_classes_get_exactly_the_rows_that_are_asked_for() -> None:
    X, y = table()
    counts = Counter(y.tolist())
    sampler = ClassConditionalSampler(
        sampling_strategy={1: counts[1] + 7, 2: 200}, settings=QUICK, random_state=0
    )
    rows, classes = sampler.fit_resample(X, y)
    assert Counter(classes.tolist()) == {0: counts[0], 1: counts[1] + 7, 2: 200}
    assert (rows[: len(X)] == X).all()
    assert sampler.sampling_strategy_ == {1: 7, 2: 200 - counts[2]}


def test_new_rows_are_like_those_of_their_class() -> None:
    rng = np.random.RandomState(0)
    y = np.array([0] * 450 + [1] * 50)
    X = rng.normal(size=(500, 2)) + 6 * y[:, None]
    rows, classes = ClassConditionalSampler(settings=QUICK, random_state=0).fit_resample(X, y)
    made = rows[500:]
    assert (classes[500:] == 1).all()
    assert abs(made.mean() - 6) < 0.7
    assert not set(map(tuple, made)) & set(map(tuple, X))


def test_a_class_that_is_too_rare_for_shares_is_drawn_by_weight() -> None:
    y = np.array([0] * 2_999 + [1])
    X = np.random.RandomState(0).normal(size=(3_000, 1))
    sampler = ClassConditionalSampler(synthesizer="independent", random_state=0)
    rows, classes = sampler.fit_resample(X, y)
    assert Counter(classes.tolist()) == {0: 2_999, 1: 2_999}
    assert np.isfinite(rows).all()
    with pytest.raises(ts.ConflictError):
        sampler.row_synthesizer_.model.sample(2_998, shares={"class": {"1": 1.0}}, seed=1)


def test_gaps_and_labels_are_learned_like_everything_else() -> None:
    X, y = table()
    frame = pd.DataFrame(X, columns=list("abcd"))
    frame.loc[::5, "a"] = np.nan
    frame["label"] = pd.Categorical(np.where(y == 2, "rare", "usual"))
    rows, _ = ClassConditionalSampler(settings=QUICK, random_state=0).fit_resample(frame, y)
    made = rows.iloc[len(frame) :]
    assert (rows.dtypes == frame.dtypes).all()
    assert 0.1 < made["a"].isna().mean() < 0.3
    assert set(made["label"]) == {"rare", "usual"}


def test_columns_of_arrow_keep_their_types() -> None:
    X, y = table()
    frame = pd.DataFrame(X[:, :2], columns=["a", "b"])
    frame["label"] = np.where(y == 2, "rare", "usual")
    frame = frame.convert_dtypes(dtype_backend="pyarrow")
    rows, _ = ClassConditionalSampler(settings=QUICK, random_state=0).fit_resample(frame, y)
    assert (rows.dtypes == frame.dtypes).all()
    assert set(rows["label"][len(frame) :]) == {"rare", "usual"}


def test_infinite_numbers_are_refused_in_data_frames_as_in_arrays() -> None:
    X, y = table()
    X[3, 1] = np.inf
    for rows in (X, pd.DataFrame(X)):
        with pytest.raises(ValueError, match="infini"):
            ClassConditionalSampler(settings=QUICK).fit_resample(rows, y)


def test_a_pipeline_resamples_training_rows_alone() -> None:
    X, y = table()
    sampler = ClassConditionalSampler(settings=QUICK, random_state=0)
    pipeline = make_pipeline(sampler, LogisticRegression())
    assert cross_val_score(pipeline, X, y, cv=2, scoring="f1_macro").min() > 0.5
    fitted = pipeline.fit(X, y)
    assert fitted.predict(X[:7]).shape == (7,)


def test_few_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="12 rows are too few: 20 are needed"):
        ClassConditionalSampler().fit_resample(np.arange(24.0).reshape(12, 2), [0] * 8 + [1] * 4)
