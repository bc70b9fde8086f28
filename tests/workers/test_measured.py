"""What is stored, signed and answered of a measured result has the shape that is promised."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

import pyarrow.parquet as pq
import pytest
from pydantic import TypeAdapter

from app.engine.evaluation.documents import MeasuredFact, VerificationDocument
from app.engine.evaluation.measurement import FactResult
from app.engine.execution.results import Generated, GeneratedFile, GeneratedTable
from app.engine.formats.shared.base import FormatOptions
from app.workers.worker_tasks import Measured, measure
from tests.engine.evaluation.measuring import plan_of_document
from tests.engine.planning import drawn

FEATURES = {
    "level": {"type": "float", "mean": 0, "std": 1, "correlation": "positive", "strength": "high"},
    "since": {"type": "date"},
    "plan": {"type": "category", "cats": {"Gold": 0.25, "Bronze": 0.75}, "missing": 0.1},
}
FACT: TypeAdapter[MeasuredFact] = TypeAdapter(MeasuredFact)
VERIFICATION: TypeAdapter[VerificationDocument] = TypeAdapter(VerificationDocument)


def check(adapter: TypeAdapter[Any], document: Any) -> None:
    """A key that the shape does not have would be lost on the way."""
    plain = json.loads(json.dumps(document))
    assert adapter.dump_python(adapter.validate_python(plain, strict=True)) == plain


def measured(target: dict[str, Any], folder: Path, rows: int = 2000) -> Measured:
    plan = plan_of_document({"n_samples": rows, "features": FEATURES, "target": {"y": target}})
    path = folder / "t.parquet"
    pq.write_table(drawn(plan), path)
    file = GeneratedFile("t", "parquet", path, path.stat().st_size, "")
    return measure(
        plan, Generated((GeneratedTable("t", rows, (file,)),)), options=FormatOptions(), verify=True
    )


@pytest.mark.parametrize(
    ("target", "figures"),
    [
        ({"type": "bool", "proportion": 0.3, "auc": 0.8}, {"auc", "best_possible_auc"}),
        (
            {"type": "category", "cats": {"a": 0.5, "b": 0.3, "c": 0.2}, "accuracy": 0.55},
            {"accuracy", "best_possible_accuracy"},
        ),
        (
            {"type": "float", "mean": 5, "std": 2, "r2": 0.5},
            {"r2", "rmse", "mae", "best_possible_r2"},
        ),
    ],
)
def test_of_each_kind_of_target(target: dict[str, Any], figures: set[str], tmp_path: Path) -> None:
    found = measured(target, tmp_path)
    assert len(found.facts) > 5
    for fact in found.facts:
        check(FACT, fact)
    assert found.verification is not None
    check(VERIFICATION, found.verification)
    assert figures <= found.verification.keys()


def test_of_rows_that_are_too_few_for_a_model(tmp_path: Path) -> None:
    found = measured({"type": "bool"}, tmp_path, rows=20).verification
    assert found is not None
    check(VERIFICATION, found)
    assert "auc" not in found
    assert "too few" in found["note"]


def test_a_stored_fact_has_every_field_of_a_measured_one() -> None:
    assert list(get_type_hints(MeasuredFact)) == [field.name for field in fields(FactResult)]
