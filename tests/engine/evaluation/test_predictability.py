"""Dials and rules of compiled targets: they hold, and labels that ignore the inputs break them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from app.engine.evaluation.accumulators.predictability import RulesAccumulator
from app.engine.evaluation.target_model import KnownTarget, known_target
from tests.engine.evaluation.measuring import (
    broken,
    measured,
    measured_table,
    plan_of_document,
    with_column,
)
from tests.engine.planning import drawn

FEATURES = {
    "level": {"type": "float", "mean": 0, "std": 1, "correlation": "positive", "strength": "high"},
    "plan": {
        "type": "category",
        "cats": {
            "Gold": {"proportion": 0.4, "correlation": "negative", "strength": "medium"},
            "Bronze": {"proportion": 0.6},
        },
    },
}
LABELLED = {"type": "category", "cats": {"no": 0.8, "yes": 0.2}, "positive": "yes"}
THREE = {"type": "category", "cats": {"a": 0.5, "b": 0.3, "c": 0.2}, "positive": "c"}


def document(target: dict[str, Any], rows: int = 20_000) -> dict[str, Any]:
    return {"n_samples": rows, "features": FEATURES, "target": {"y": target}}


DIALS = {
    "auc": {**LABELLED, "auc": 0.8},
    "accuracy": {**LABELLED, "accuracy": 0.85},
    "r2": {"type": "float", "mean": 100, "std": 20, "r2": 0.4},
}


@pytest.mark.parametrize("figure", DIALS)
def test_the_dial_holds(figure: str, tmp_path: Path) -> None:
    results = measured(document(DIALS[figure]), tmp_path)
    assert broken(results) == set()
    declared = DIALS[figure][figure]
    assert results[f"best possible {figure} of y"].observed == pytest.approx(declared, abs=0.02)


def test_auc_of_several_labels_is_that_of_each_against_the_rest(tmp_path: Path) -> None:
    results = measured(document({**THREE, "auc": 0.75}), tmp_path)
    assert results["best possible auc of y"].holds
    assert results["rules of y"].holds


def shuffled(table: pa.Table) -> pa.Table:
    values = np.array(table["y"].to_pylist(), dtype=object)
    return with_column(table, "y", np.random.default_rng(1).permutation(values).tolist())


@pytest.mark.parametrize("figure", ["auc", "accuracy"])
def test_labels_that_ignore_the_inputs_break_the_rules(figure: str, tmp_path: Path) -> None:
    assert "rules of y" in broken(measured(document(DIALS[figure]), tmp_path, shuffled))


def test_values_that_ignore_the_inputs_break_the_dial(tmp_path: Path) -> None:
    found = broken(measured(document(DIALS["r2"]), tmp_path, shuffled))
    signs = {each for each in found if each.startswith("sign of the effect")}
    assert found - signs == {"best possible r2 of y"}


def test_inputs_that_are_not_the_declared_ones_break_the_dial(tmp_path: Path) -> None:
    results = measured(
        document(DIALS["auc"]),
        tmp_path,
        lambda table: with_column(table, "level", table["level"].to_numpy() * 0.3),
    )
    assert "best possible auc of y" in broken(results)


def test_an_undeclared_label_of_an_input_is_no_error(tmp_path: Path) -> None:
    plan = plan_of_document(document(DIALS["auc"], 2000))
    table = drawn(plan)
    labels = ["Lead", *table["plan"].to_pylist()[1:]]
    results = measured_table(plan, with_column(table, "plan", labels), tmp_path)
    assert not results["labels of plan"].holds
    assert results["rules of y"].holds


def test_a_target_that_depends_on_nothing_has_no_dial(tmp_path: Path) -> None:
    features = {"x": {"type": "int", "min": 1, "max": 9}}
    results = measured({**document(LABELLED, 500), "features": features}, tmp_path)
    assert "best possible auc of y" not in results
    assert broken(results) == set()


def test_the_best_possible_auc_is_that_of_the_probabilities() -> None:
    rng = np.random.default_rng(2)
    p = rng.choice([0.05, 0.2, 0.6], 200_000)
    yes = rng.random(200_000) < p
    target = KnownTarget("y", ("no", "yes"), 1, "auc", 0.0, (), lambda batch: np.array([1 - p, p]))
    accumulator = RulesAccumulator(target, "auc", 0.7)
    accumulator.add(pa.record_batch({"y": pa.array(np.where(yes, "yes", "no"))}))
    dial, rules = accumulator.outcomes()
    mass = (p[:, None] == [0.05, 0.2, 0.6]).mean(axis=0)
    up, down = mass * [0.05, 0.2, 0.6], mass * [0.95, 0.8, 0.4]
    below = np.cumsum(down) - down / 2
    assert dial.observed == pytest.approx(up @ below / up.sum() / down.sum(), abs=1e-5)
    assert rules.holds


def test_what_is_known_of_a_target() -> None:
    plan = plan_of_document(document(DIALS["auc"], 1000))
    known = known_target(plan.tables[0], "y", plan.tables[0].schema)
    assert known is not None
    assert (known.metric, known.labels, known.positive) == ("auc", ("no", "yes"), 1)
    assert known.best == pytest.approx(0.8, abs=0.005)
    assert {subject for _, subject, *_ in known.strengths} == {"level", "plan = Gold"}
