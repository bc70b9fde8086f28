"""Linear predictions as features of trees."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from app.engine.synthesizers.preparation import PreparedColumn, prepared
from app.engine.synthesizers.sequential.linear import linear_features, log_scores
from app.engine.synthesizers.table import encode
from app.engine.synthesizers.values import Protection

BINS = 128


def columns_of(**columns: np.ndarray) -> list[PreparedColumn]:
    return prepared(encode(pa.table(columns)), Protection(), BINS)


def test_a_product_is_predicted_by_logarithms() -> None:
    rng = np.random.default_rng(5)
    months, price = np.exp(rng.normal(0, 1.5, 4000)), np.exp(rng.normal(0, 1, 4000))
    *before, total = columns_of(a=months, b=price, c=months * price)
    features = np.array([each.values.features_of(each.codes) for each in before])
    target = total.values.features_of(total.codes)
    _, logs = linear_features(total.values, target, [each.values for each in before], features)
    order = np.argsort(months * price)
    ranks = np.empty(4000)
    ranks[order] = np.arange(4000)
    assert np.corrcoef(logs.codes(logs.predictions(features)), ranks)[0, 1] > 0.999


@pytest.mark.parametrize("low", [0.0, -3.0])
def test_logarithms_of_zero_and_of_negative_numbers_are_finite(low: float) -> None:
    numbers = np.concatenate([np.full(20, low), np.linspace(1.0, 50.0, 400)])
    (column,) = columns_of(a=numbers)
    scores = log_scores(column.values)
    assert np.isfinite(scores).all()
    assert (np.diff(scores[:-1]) > 0).all()


def test_logarithms_of_a_column_of_zeros_are_zero() -> None:
    (column,) = columns_of(a=np.zeros(50))
    assert log_scores(column.values).tolist() == [0.0, 0.0]
