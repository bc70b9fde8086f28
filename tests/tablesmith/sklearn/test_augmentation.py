"""Rows are added to weak classes, and only where rows set aside say that it helps."""

from __future__ import annotations

import logging
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from sklearn import config_context
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.tree import DecisionTreeClassifier

from tablesmith.sklearn import (
    AdaptiveAugmentationClassifier,
    AugmentationCallback,
    train_validation_test_split,
)

ROOT = Path(__file__).parents[3]
QUICK = {"max_rounds": 5}
TREE = DecisionTreeClassifier(max_depth=4, random_state=0)
MARKER = 987_654.25


def table(rows: int = 600) -> tuple[Any, Any]:
    """Two classes, a tenth of the rows in the second one."""
    return make_classification(
        rows, n_features=4, n_informative=3, n_redundant=0, weights=[0.9], random_state=3
    )


def adaptive(estimator: Any = TREE, **arguments: Any) -> AdaptiveAugmentationClassifier:
    settings = {"target_f1": 0.99, "settings": QUICK, "random_state": 0, **arguments}
    return AdaptiveAugmentationClassifier(estimator, **settings)


def test_weak_classes_get_rows_up_to_the_share_and_the_best_round_is_kept() -> None:
    X, y = table()
    found = adaptive(max_synthetic_fraction=0.1, max_rounds=20, patience=20).fit(X, y)
    assert found.stopped_because_ == "max_synthetic_fraction is reached"
    fractions = [each.synthetic_fraction for each in found.history_]
    assert fractions[0] == 0
    assert fractions == sorted(fractions)
    assert 0.08 < fractions[-1] <= 0.1
    best = max(found.history_, key=lambda each: (each.macro_f1, -each.number))
    first = found.history_[0]
    assert best.ece <= first.ece + found.max_ece_increase
    assert found.best_round_ == best.number
    assert found.synthetic_rows_ == best.synthetic_rows
    assert found.synthetic_fraction_ < 0.1


def test_a_class_that_reaches_the_target_gets_nothing() -> None:
    X, y = table()
    found = adaptive(target_f1=0.9, max_rounds=1).fit(X, y)
    first, second = found.history_
    assert first.f1[0] >= 0.9 > first.f1[1]
    assert second.synthetic_rows[0] == 0 < second.synthetic_rows[1]
    assert adaptive(target_f1=0.0).fit(X, y).stopped_because_ == "every class reaches target_f1"


def test_a_round_that_is_badly_calibrated_is_never_the_best() -> None:
    truth = np.array([0] * 90 + [1] * 10)
    X = np.arange(100.0)[:, None]
    callback = AugmentationCallback(X, truth, X, truth, "independent", target_f1=1, random_state=0)
    careful, sure = np.full((100, 2), 0.5), np.zeros((100, 2))
    careful[:, 1] = 0.1 + 0.3 * truth
    careful[:, 0] = 1 - careful[:, 1]
    sure[:, 1] = np.where(truth == 1, 0.55, 0.45)
    sure[:, 0] = 1 - sure[:, 1]
    assert callback(careful)
    callback(sure)
    assert callback.history[1].macro_f1 == 1 > callback.history[0].macro_f1
    assert callback.history[1].ece > callback.history[0].ece + 0.02
    assert callback.best_round == 0
    assert not callback.is_best


@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_no_row_that_is_not_trained_on_reaches_the_synthesizer(part: str) -> None:
    """A marker in a number and in a label of many rows of one part; that it shows where the rows
    are trained on says that the test could see it."""
    X, y = table(800)
    parts = dict(zip(("train", "validation", "test"), _frames(X, y), strict=True))
    marked = parts[part][0]
    marked.loc[marked.index[:60], "x0"] = MARKER
    marked["place"] = marked["place"].astype(object)
    marked.loc[marked.index[:60], "place"] = "marker"
    (X_train, y_train), (X_val, y_val), _ = parts.values()
    callback = AugmentationCallback(
        X_train, y_train, X_val, y_val, target_f1=1.0, growth=0.1, settings=QUICK, random_state=0
    )
    for _ in range(2):
        assert callback(np.zeros(len(y_val), dtype=int))
    synthetic = callback.X[callback.synthetic]
    seen = (synthetic["x0"] == MARKER).any() or (synthetic["place"] == "marker").any()
    learned = pickle.dumps(callback.row_synthesizer)
    in_model = b"marker" in learned or np.float64(MARKER).tobytes() in learned
    assert (seen, in_model) == ((True, True) if part == "train" else (False, False))


def _frames(X: Any, y: Any) -> list[tuple[pd.DataFrame, Any]]:
    frame = pd.DataFrame(X, columns=["x0", "x1", "x2", "x3"])
    frame["place"] = np.where(X[:, 0] > 0, "north", "south")
    split = train_validation_test_split(frame, y, random_state=0)
    return [(split[number].copy(), split[number + 3]) for number in range(3)]


def test_parts_are_disjoint_and_have_the_classes_shares() -> None:
    X = np.arange(1_000)[:, None]
    y = (X[:, 0] % 10 == 0).astype(int)
    train, validation, test, *labels = train_validation_test_split(X, y, random_state=1)
    assert [len(each) for each in (train, validation, test)] == [700, 150, 150]
    assert len({*train[:, 0], *validation[:, 0], *test[:, 0]}) == 1_000
    assert [round(float(each.mean()), 2) for each in labels] == [0.1, 0.1, 0.1]
    with pytest.raises(ValueError, match="three shares above 0"):
        train_validation_test_split(X, y, sizes=(0.5, 0.5, 0.5))


def test_rows_of_data_frames_keep_names_types_and_labels() -> None:
    X, y = table()
    frame = pd.DataFrame(X[:, :2], columns=["a", "b"])
    frame["whole"] = np.arange(len(y)) % 7
    frame["label"] = pd.Categorical(np.where(X[:, 2] > 0, "u", "v"), categories=["u", "v", "w"])
    frame["text"] = np.where(X[:, 3] > 0, "one", "two")
    frame["is"] = X[:, 2] > 0.5
    frame["day"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(len(y)) % 50, "D")
    classes = np.where(y == 1, "yes", "no")
    callback = AugmentationCallback(
        frame, classes, frame, classes, target_f1=1.0, settings=QUICK, random_state=0
    )
    assert callback(np.full(len(y), "no"))
    assert (callback.X.dtypes == frame.dtypes).all()
    synthetic = callback.X[callback.synthetic]
    assert set(synthetic["label"]) <= {"u", "v"}
    assert set(synthetic["whole"]) <= set(range(7))
    added = callback.y[callback.synthetic]
    assert set(added) == {"no", "yes"}
    assert callback.history[0].f1["yes"] == 0


def test_gaps_are_filled_by_what_the_model_expects() -> None:
    X, y = table()
    X[:, 1] = X[:, 0] + 0.01 * X[:, 1]
    holed = X.copy()
    holed[::7, 1] = np.nan
    found = adaptive(LogisticRegression(), impute=True, max_rounds=1).fit(holed, y)
    assert found.__sklearn_tags__().input_tags.allow_nan
    filled = found.row_synthesizer_.imputed(holed)
    assert (filled[::7, 1] - X[::7, 1]).std() < 0.5 * X[::7, 1].std()
    known = ~np.isnan(holed)
    assert (filled[known] == holed[known]).all()
    assert found.predict(holed).shape == y.shape
    frame = pd.DataFrame(holed, columns=list("abcd"), index=range(1_000, 1_600))
    of_frame = adaptive(LogisticRegression(), impute=True, max_rounds=0).fit(frame, y)
    again = of_frame.row_synthesizer_.imputed(frame)
    assert again.index.equals(frame.index) and not again.isna().any(axis=None)
    with pytest.raises(ValueError, match="NaN"):
        adaptive(LogisticRegression()).fit(holed, y)


def test_predictions_are_audited() -> None:
    X, y = table()
    found = adaptive(keep_real_estimator=True, max_rounds=2, patience=9).fit(X, y)
    lines = found.audit(X)
    assert (lines["prediction"] == found.predict(X)).all()
    assert (lines["synthetic_fraction"] == found.synthetic_fraction_).all()
    assert (lines["round"] == found.best_round_).all()
    chances = found.predict_proba(X)
    assert np.allclose(lines["probability"], chances.max(axis=1))
    real = TREE.fit(X, y)
    assert (lines["prediction_of_real_rows"] == real.predict(X)).all()
    rows = found.synthetic_rows_[1] + (y == 1).sum()
    of_second = lines["synthetic_fraction_of_class"][lines["prediction"] == 1]
    assert np.allclose(of_second, found.synthetic_rows_[1] / rows)
    assert "prediction_of_real_rows" not in adaptive(max_rounds=0).fit(X, y).audit(X)


def test_every_round_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    X, y = table()
    with caplog.at_level(logging.INFO, "tablesmith.sklearn"):
        found = adaptive(max_rounds=1).fit(X, y)
    lines = [each.getMessage() for each in caplog.records]
    assert len(lines) == len(found.history_) == 2
    assert f"synthetic fraction {found.history_[1].synthetic_fraction:.4f}" in lines[1]


@pytest.mark.parametrize(
    "estimator",
    [
        SGDClassifier(loss="log_loss", random_state=0),
        RandomForestClassifier(n_estimators=5, random_state=0),
        LGBMClassifier(n_estimators=5, verbose=-1, n_jobs=1),
    ],
    ids=["partial_fit", "warm_start", "init_model"],
)
def test_training_goes_on_where_that_is_asked(estimator: Any) -> None:
    X, y = table()
    found = adaptive(estimator, continue_training=True, max_rounds=2, patience=9, growth=0.1).fit(
        X, y
    )
    assert len(found.history_) == 3
    rounds = found.best_round_ + 1
    if isinstance(estimator, RandomForestClassifier):
        assert len(found.estimator_.estimators_) == 5 * rounds
    if isinstance(estimator, LGBMClassifier):
        assert found.estimator_.booster_.num_trees() == 5 * rounds
    assert found.predict_proba(X).shape == (len(y), 2)


def test_training_cannot_go_on_with_every_estimator() -> None:
    with pytest.raises(ValueError, match="partial_fit, warm_start or init_model"):
        adaptive(continue_training=True).fit(*table())


def test_weights_are_routed_and_synthetic_rows_get_those_of_their_class() -> None:
    X, y = table()
    weights = np.where(y == 1, 3.0, 1.0)
    seen = []

    class Weighted(LogisticRegression):
        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
            seen.append((np.asarray(y), sample_weight))
            return super().fit(X, y, sample_weight=sample_weight)

    adaptive(Weighted(), max_rounds=1).fit(X, y, sample_weight=weights)
    assert all((given == np.where(labels == 1, 3.0, 1.0)).all() for labels, given in seen)
    assert len(seen[1][0]) > len(seen[0][0])
    with config_context(enable_metadata_routing=True):
        seen.clear()
        asked = adaptive(Weighted().set_fit_request(sample_weight=True), max_rounds=0)
        asked.fit(X, y, sample_weight=weights)
        assert all(given is not None for _, given in seen)
        with pytest.raises(TypeError, match="sample_weight"):
            adaptive(Weighted().set_fit_request(sample_weight=False)).fit(
                X, y, sample_weight=weights
            )
        routing = asked.get_metadata_routing()
        assert routing.consumes("fit", ["sample_weight", "X_val"]) >= {"sample_weight"}
    with pytest.raises(ValueError, match="enable_metadata_routing"):
        adaptive(Weighted()).fit(X, y, groups=weights)


def test_there_are_as_many_weights_as_rows() -> None:
    X, y = table()
    with pytest.raises(ValueError, match="has 480 values, and there are 600 rows"):
        adaptive(refit=False).fit(X, y, sample_weight=np.ones(480))


def test_other_values_by_row_are_refused_where_rows_are_added() -> None:
    X, y = table()

    class Grouped(LogisticRegression):
        def fit(self, X: Any, y: Any, groups: Any = None) -> Any:
            return super().fit(X, y)

    with config_context(enable_metadata_routing=True):
        asked = adaptive(Grouped().set_fit_request(groups=True), max_rounds=1)
        with pytest.raises(ValueError, match="`groups` has a value for each row"):
            asked.fit(X, y, groups=np.zeros(len(y)))


def test_rows_to_watch_can_be_given_and_are_not_trained_on() -> None:
    X, y = table()
    X_train, X_val, _, y_train, y_val, _ = train_validation_test_split(X, y, random_state=0)
    found = adaptive(max_rounds=0).fit(X_train, y_train, X_val=X_val, y_val=y_val)
    again = DecisionTreeClassifier(max_depth=4, random_state=0).fit(X_train, y_train)
    assert (found.predict_proba(X) == again.predict_proba(X)).all()
    with pytest.raises(ValueError, match="classes that no training row has"):
        adaptive().fit(X_train, y_train, X_val=X_val, y_val=y_val + 5)


def test_rows_to_watch_come_with_their_classes() -> None:
    X, y = table()
    for given in ({"X_val": X}, {"y_val": y}):
        with pytest.raises(ValueError, match="given both, or none"):
            adaptive().fit(X, y, **given)


def test_the_only_row_of_a_class_is_trained_on_and_the_others_are_watched() -> None:
    X, y = table()
    y = np.where(np.arange(len(y)) == 7, 2, y)
    seen = []

    class Watched(DecisionTreeClassifier):
        def fit(self, X: Any, y: Any) -> Any:
            seen.append(np.asarray(y))
            return super().fit(X, y)

    found = adaptive(Watched(max_depth=4, random_state=0), max_rounds=1, refit=False).fit(X, y)
    assert [int((labels == 2).sum()) for labels in seen] == [1, 1]
    assert len(seen[0]) == 480 < len(seen[1])
    assert [each.number for each in found.history_] == [0, 1]
    assert found.history_[1].synthetic_rows[1] > 0 == found.history_[1].synthetic_rows[2]


def test_few_rows_are_trained_on_without_synthetic_ones() -> None:
    X, _ = table(20)
    found = adaptive().fit(X[:12], np.arange(12) % 2)
    assert found.stopped_because_ in {
        "fewer than 20 rows to learn from",
        "every class reaches target_f1",
    }
    single = adaptive().fit(X[:5], [0, 0, 0, 0, 1])
    assert single.stopped_because_ == "too few rows to set any aside"
    assert single.history_ == ()
    assert single.synthetic_fraction_ == 0


def test_a_loop_of_ones_own_is_told_what_to_train_on() -> None:
    X, y = table()
    X_train, X_val, _, y_train, y_val, _ = train_validation_test_split(X, y, random_state=0)
    model = SGDClassifier(loss="log_loss", random_state=0)
    callback = AugmentationCallback(
        X_train, y_train, X_val, y_val, target_f1=1.0, settings=QUICK, max_rounds=2, random_state=0
    )
    for _ in range(9):
        model.partial_fit(callback.X, callback.y, classes=callback.classes)
        if not callback(model.predict_proba(X_val)):
            break
    assert 1 <= len(callback.history) <= 3
    assert callback.stopped_because
    with pytest.raises(ValueError, match="not of shape"):
        callback(np.zeros((3, 2)))
    with pytest.raises(ValueError, match="growth is above 0, not 0"):
        AugmentationCallback(X_train, y_train, X_val, y_val, growth=0)


def test_the_same_seed_gives_the_same_predictions() -> None:
    X, y = table()
    first, second = (adaptive(max_rounds=1, random_state=5).fit(X, y) for _ in range(2))
    assert (first.predict_proba(X) == second.predict_proba(X)).all()
    assert first.history_ == second.history_


def test_the_loop_of_the_documentation_takes_fifteen_lines() -> None:
    page = (ROOT / "docs" / "augmentation.md").read_text(encoding="utf-8")
    code = re.search(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert code
    assert len(code[1].strip().splitlines()) <= 15
    assert "AdaptiveAugmentationClassifier(" in code[1]
