"""Times of day that run across midnight."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from app.engine.errors import DefinitionError
from tests.engine.evaluation.measuring import broken, measured, plan_of_document, with_value
from tests.engine.planning import drawn

NIGHT = {"type": "time", "start_time": "22:00", "end_time": "06:00"}


@pytest.mark.parametrize("sampling", ["exact", "random"])
@pytest.mark.parametrize(
    "more",
    [{}, {"missing": 0.2}, {"unique": True}, {"distribution": {"beta": {"a": 2, "b": 5}}}],
)
def test_times_lie_between_the_evening_and_the_morning(
    more: dict[str, Any], sampling: str, tmp_path: Path
) -> None:
    document = {"n_samples": 4000, "sampling": sampling, "features": {"t": {**NIGHT, **more}}}
    found = [each for each in drawn(plan_of_document(document))["t"].to_pylist() if each]
    assert all(each >= dt.time(22) or each <= dt.time(6) for each in found)
    before = sum(each >= dt.time(22) for each in found) / len(found)
    assert before == pytest.approx(0.25 if "distribution" not in more else 0.47, abs=0.03)
    assert broken(measured(document, tmp_path)) == set()


def test_a_time_at_noon_is_seen(tmp_path: Path) -> None:
    document = {"n_samples": 2000, "features": {"t": NIGHT}}
    noon = measured(document, tmp_path, lambda table: with_value(table, "t", 0, dt.time(12)))
    assert broken(noon) == {"t from 22:00:00 to 06:00:00"}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"correlations": [{"between": ["t", "x"], "r": 0.3}]}, "cannot be correlated"),
        ({"features": {"u": {"type": "time", "after": "t"}}}, "runs across midnight"),
        ({"features": {"t": {**NIGHT, "correlation": "positive"}}}, "runs across midnight"),
    ],
)
def test_what_wants_an_order_is_refused(more: dict[str, Any], message: str) -> None:
    features = {"t": NIGHT, "x": {"type": "float", "mean": 0, "std": 1}}
    features |= more.pop("features", {})
    target = {"y": {"type": "bool"}}
    with pytest.raises(DefinitionError, match=message):
        plan_of_document({"n_samples": 99, "features": features, "target": target, **more})
