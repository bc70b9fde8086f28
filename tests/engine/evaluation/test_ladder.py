"""Real rows, learned ones and independent columns are told apart on a real table."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from app.engine.evaluation.intervals import Interval
from app.engine.evaluation.measure import Estimate
from tests.benchmarks.ladder import FIGURES, Steps, ladder, unseen_steps
from tests.benchmarks.learning import RealTable

FOLDER = Path(__file__).parents[2] / "data/sources"
TELCO = RealTable("telco.csv", "Churn", ("customerID",), ("TotalCharges",))


@pytest.fixture(scope="module")
def found() -> dict[str, Steps]:
    return ladder(TELCO.read(FOLDER), TELCO.target, 800)


@pytest.mark.parametrize("figure", FIGURES)
def test_every_step_has_its_direction(found: dict[str, Steps], figure: str) -> None:
    values = [found[figure][step].value for step in FIGURES[figure]]
    rising = figure != "trained_score"
    assert values == sorted(values, reverse=not rising)


def test_steps_are_larger_than_their_intervals(found: dict[str, Steps]) -> None:
    """Of 400 rows; `make bench-ladder` looks at more."""
    unseen = unseen_steps(found)
    assert not [each for each in unseen if each.startswith("two_sample_auc")]
    assert "trained_score: sequential and independent" not in unseen


def test_a_step_within_its_interval_is_not_seen() -> None:
    def steps(width: float) -> dict[str, Steps]:
        return {
            name: {
                step: Estimate(value, Interval(value - width, value + width))
                for value, step in enumerate(names if name != "trained_score" else names[::-1])
            }
            for name, names in FIGURES.items()
        }

    assert unseen_steps(steps(0.7)) == []
    everything = sum(len(list(pairwise(names))) for names in FIGURES.values())
    assert len(unseen_steps(steps(0.8))) == everything
