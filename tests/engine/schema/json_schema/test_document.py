"""The JSON Schema of definitions as they are written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from app.engine.schema import definition_json_schema, dump_definition, load_definition
from app.engine.schema.yaml.core import read_yaml

EXAMPLES = Path(__file__).parents[4] / "examples"
SCHEMA = definition_json_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert definition_json_schema() == SCHEMA


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in EXAMPLES.glob("*.yaml") if path.stem != "printed_sample")
)
def test_examples_fit(name: str) -> None:
    text = (EXAMPLES / f"{name}.yaml").read_text("utf-8")
    assert VALIDATOR.is_valid(read_yaml(text).data)
    assert VALIDATOR.is_valid(dump_definition(load_definition(text).definition))


@pytest.mark.parametrize(
    "document",
    [
        {"features": {"a": {"type": "int", "mn": 3}}},
        {"features": {"a": {"type": "category"}}},
        {"features": {"a": {"type": "bool", "missing": 2}}},
        {"feature": {}},
        {"features": {"a": {"type": "int", "distribution": {"gama": {}}}}},
        {"features": {"a": {}}},
        {"n_samples": -1},
        {"correlations": [{"between": ["a"], "r": 0.1}]},
        {"tables": {"a": {"foreign_keys": {"b": {"children": 1}}}}},
    ],
)
def test_documents_that_do_not_fit(document: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(document)


def keys_of(schema: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {}).items()
        for value in schema.values():
            yield from keys_of(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from keys_of(value)


def test_every_key_is_described() -> None:
    defined = SCHEMA["$defs"]
    silent = {
        name
        for name, body in keys_of(SCHEMA)
        if not (body | defined.get(body.get("$ref", "")[8:], {})).get("description")
    }
    assert silent == set()
