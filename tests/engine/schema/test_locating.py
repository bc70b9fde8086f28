"""Faults that are found after reading stand at the place where the document has them."""

from __future__ import annotations

import pickle

import pytest

from app.engine.errors import DefinitionError, Fault
from app.engine.plan.compiler import compile_plan
from app.engine.schema.load import load_definition

NUMBER = "features:\n  a: {type: int, min: 0, max: 9}\n"
PATTERN = "{type: id, format: pattern, pattern: '#'}"


def fault_of(source: str) -> Fault:
    definition = load_definition(source).definition
    with pytest.raises(DefinitionError) as caught:
        compile_plan(definition, rows=100)
    (fault,) = caught.value.faults
    return fault


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        (f"features:\n  a: {{type: bool}}\n  p: {PATTERN}", "features.p.pattern", 3),
        (f"schema:\n  features:\n    p: {PATTERN}", "schema.features.p.pattern", 3),
        (f"features:\n- b: {{type: bool}}\n- p: {PATTERN}", "features[1].p.pattern", 3),
        (f"features:\n- {{name: p, {PATTERN[1:]}", "features[0].pattern", 2),
        (f"features:\n  a: {{type: bool}}\n  q.x: {PATTERN}", "features.`q.x`.pattern", 3),
        (f"tables:\n  t:\n    features:\n      p: {PATTERN}", "tables.t.features.p.pattern", 4),
        (f"{NUMBER}constraints:\n- a > 'x'", "constraints[0]", 4),
    ],
)  # fmt: skip
def test_a_fault_of_compiling_has_path_and_line(text: str, path: str, line: int) -> None:
    fault = fault_of(text)
    assert fault.line == line
    assert fault.path.removesuffix(".expr") == path


def test_a_warning_of_compiling_has_a_line() -> None:
    text = "features:\n  a:\n    type: int\n    min: 0\n    buckets: {mean: -40, std: 20}"
    (warning,) = compile_plan(load_definition(text).definition, seed=1).warnings
    assert warning.path.startswith("features.a")
    assert warning.line in {2, 5}


def test_json_has_no_lines_and_its_own_paths() -> None:
    column = {"type": "id", "format": "pattern", "pattern": "#"}
    definition = load_definition({"features": {"p": column}}).definition
    with pytest.raises(DefinitionError) as caught:
        compile_plan(definition, rows=100)
    (fault,) = caught.value.faults
    assert (fault.path, fault.line) == ("features.p.pattern", None)


def test_how_it_was_written_is_no_part_of_a_definition() -> None:
    one = load_definition("{n_samples: 3, features: {a: {type: bool}}}").definition
    other = load_definition("n_samples: 3\nfeatures:\n  a:\n    type: bool").definition
    assert one == other
    assert len(pickle.dumps(one)) == len(pickle.dumps(other))
