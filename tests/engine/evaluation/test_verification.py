"""A trained model finds what was declared, and is shown nothing that it should not see."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from app.engine.evaluation.reading import TableFile
from app.engine.evaluation.verification import Verification, verify
from tests.engine.evaluation.measuring import plan_of_document
from tests.engine.planning import drawn

FEATURES = {
    "id": {"type": "id"},
    "name": {"type": "name"},
    "level": {"type": "float", "mean": 0, "std": 1, "correlation": "positive", "strength": "high"},
    "plan": {
        "type": "category",
        "cats": {"Gold": {"correlation": "negative", "strength": "medium"}, "Bronze": {}},
    },
    "noise": {"type": "int", "min": 1, "max": 100, "missing": 0.1},
    "since": {"type": "date"},
}
BINARY = {"type": "category", "cats": {"no": 0.7, "yes": 0.3}, "positive": "yes", "auc": 0.8}


def verified(target: dict[str, Any], folder: Path, rows: int = 8000, seed: int = 1) -> Verification:
    plan = plan_of_document({"n_samples": rows, "features": FEATURES, "target": {"y": target}})
    path = folder / "t.parquet"
    pq.write_table(drawn(plan), path)
    found = verify({"t": TableFile(path, "parquet")}, plan, seed=seed)
    assert found is not None
    return found


def test_a_binary_target(tmp_path: Path) -> None:
    found = verified(BINARY, tmp_path)
    assert found.task == "classification"
    assert found.best_possible == {"auc": pytest.approx(0.8, abs=0.005)}
    auc = found.figures["auc"]
    assert auc is not None
    assert 0.74 < auc < 0.83
    assert set(found.figures) == {"auc", "accuracy", "macro_f1", "calibration_error"}
    assert (found.rows_trained, found.rows_tested) == (5600, 2400)
    assert found.left_out == ["id", "name"]
    assert {each["column"] for each in found.importance} == {"level", "plan", "noise", "since"}
    assert found.importance[0]["column"] == "level"
    assert sum(each["share"] for each in found.importance) == pytest.approx(1.0, abs=1e-4)
    assert [each["subject"] for each in found.strengths] == ["level", "plan = Gold"]
    assert found.roc is not None
    assert len(found.roc["false_positive_rate"]) == len(found.roc["true_positive_rate"]) <= 200


def test_a_target_of_several_labels(tmp_path: Path) -> None:
    target = {"type": "category", "cats": {"a": 0.5, "b": 0.3, "c": 0.2}, "positive": "c"}
    found = verified(target, tmp_path)
    auc = found.figures["auc"]
    assert auc is not None
    assert 0.55 < auc < 1.0


def test_a_bool_target(tmp_path: Path) -> None:
    target = {"type": "bool", "proportion": 0.3, "positive": "false", "auc": 0.8}
    auc = verified(target, tmp_path).figures["auc"]
    assert auc is not None
    assert 0.74 < auc < 0.83


def test_a_numeric_target(tmp_path: Path) -> None:
    found = verified({"type": "float", "mean": 100, "std": 20, "r2": 0.5}, tmp_path)
    assert found.task == "regression"
    assert found.best_possible == {"r2": pytest.approx(0.5, abs=0.005)}
    assert found.figures["r2"] == pytest.approx(0.5, abs=0.06)
    assert found.figures["rmse"] == pytest.approx(14.1, abs=1.0)
    assert found.roc is None


def test_the_same_seed_gives_the_same_figures(tmp_path: Path) -> None:
    first, second = (verified(BINARY, tmp_path, 1000) for _ in range(2))
    assert first == second
    assert verified(BINARY, tmp_path, 1000, seed=2).figures != first.figures


def test_the_document_is_json_with_the_figures_at_the_top(tmp_path: Path) -> None:
    document = json.loads(json.dumps(verified(BINARY, tmp_path, 1000).document()))
    assert document["model"] == "lightgbm"
    assert document["best_possible_auc"] == pytest.approx(0.8, abs=0.005)
    assert isinstance(document["auc"], float)


def test_a_table_too_small_to_train_on_says_so(tmp_path: Path) -> None:
    found = verified(BINARY, tmp_path, 20)
    assert found.figures == {}
    assert "too few" in found.note


def test_rows_without_a_target_are_left_out(tmp_path: Path) -> None:
    found = verified({**BINARY, "missing": 0.5}, tmp_path, 1000)
    assert found.rows_trained + found.rows_tested == 500


def test_no_target_no_verification() -> None:
    plan = plan_of_document({"n_samples": 10, "features": {"x": {"type": "bool"}}})
    assert verify({"t": TableFile(Path("t.csv"), "csv")}, plan, seed=1) is None


def test_large_tables_are_sampled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.engine.evaluation.features.MOST_ROWS", 500)
    found = verified(BINARY, tmp_path, 5000)
    assert found.rows_trained + found.rows_tested == pytest.approx(500, abs=100)
