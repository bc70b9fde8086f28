"""What is told of a plan has the shape that is promised, in every form a plan can have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from app.engine.plan.compiler import compile_plan
from app.engine.plan.explain import explain
from app.engine.plan.explanation import PlanExplanation
from app.engine.schema.load import load_definition

EXAMPLES = Path(__file__).parents[3] / "examples"
SHAPE: TypeAdapter[PlanExplanation] = TypeAdapter(PlanExplanation)
NO_TARGET = "{n_samples: 10, features: {a: {type: int, min: 1, max: 9}}}"
TWO_TARGETS = """
tables:
  a:
    n_samples: 100
    features: {id: {type: id}, x: {type: bool, correlation: positive, strength: high}}
    target: {y: {type: bool}}
  b:
    n_samples: 100
    features: {id: {type: id}, x: {type: int, min: 1, max: 9, correlation: negative, strength: low}}
    target: {y: {type: float, mean: 5, std: 1}}
"""


def check(text: str) -> PlanExplanation:
    told = explain(compile_plan(load_definition(text).definition, seed=1))
    plain = json.loads(json.dumps(told))
    # A key that the shape does not have would be lost on the way.
    assert SHAPE.dump_python(SHAPE.validate_python(plain, strict=True)) == plain
    return told


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in EXAMPLES.glob("*.yaml") if path.stem != "printed_sample")
)
def test_of_every_example(name: str) -> None:
    assert check((EXAMPLES / f"{name}.yaml").read_text("utf-8"))["text"]


def test_without_a_target_nothing_is_left_for_other_rows() -> None:
    assert check(NO_TARGET)["else"] == {}


def test_of_several_targets_each_stands_under_its_table() -> None:
    told = check(TWO_TARGETS)
    assert set(told["tables"]) == {"a", "b"}
    assert told["rules"] == told["tables"]["a"]["rules"]
