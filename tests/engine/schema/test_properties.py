"""Properties of loading over random documents, valid and damaged."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.engine.errors import DefinitionError, Fault
from app.engine.schema import Loaded, definition_json_schema, dump_definition, load_definition
from tests.strategies import documents

QUICK = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
DAMAGED = settings(QUICK, max_examples=100)


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(definition_json_schema())


@QUICK
@given(documents())
def test_valid_documents_load_and_come_back(document: dict[str, Any]) -> None:
    loaded = load_definition(document)
    again = load_definition(dump_definition(loaded.definition))
    assert again.definition == loaded.definition
    assert not [fault for fault in again.warnings if "sum to" in fault.message]


def test_a_parameter_at_its_default_is_said_beside_the_one_that_needs_it() -> None:
    body = {"type": "float", "mean": 0, "std": 2}
    loaded = load_definition({"name": "t", "n_samples": 9, "features": {"a": body}})
    dumped = dump_definition(loaded.definition)
    assert load_definition(dumped).definition == loaded.definition


@QUICK
@given(documents(with_effects=True))
def test_yaml_json_and_objects_mean_the_same(document: dict[str, Any]) -> None:
    plain = load_definition(document).definition
    assert load_definition(json.dumps(document)).definition == plain
    assert load_definition(json.dumps(document, indent="\t")).definition == plain
    assert load_definition(json.dumps(document, ensure_ascii=False).encode()).definition == plain


@QUICK
@given(documents(with_effects=True))
def test_the_document_read_loads_to_the_same_again(document: dict[str, Any]) -> None:
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    loaded = load_definition(text)
    stored = json.loads(json.dumps(loaded.document))
    assert load_definition(stored).definition == loaded.definition


@QUICK
@given(document=documents(with_effects=True))
def test_valid_documents_fit_the_json_schema(
    document: dict[str, Any], validator: jsonschema.Draft202012Validator
) -> None:
    assert validator.is_valid(document)
    assert validator.is_valid(dump_definition(load_definition(document).definition))


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container with one of its keys."""
    keys: Any = value if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


JUNK = st.sampled_from(
    [
        *(
            None,
            True,
            False,
            0,
            1,
            -1,
            2.5,
            1e300,
            10**30,
            float("nan"),
            float("inf"),
            "",
            "x",
            "0.5",
        ),
        *([], {}, [[]], [None], {"": None}, {"a": {"b": {}}}, "positive", "normal", "\0", "\ud800"),
        *({"normal": {}}, {"normal": None}, {"family": 3}, [1, 2], ["a", "a"], "2020-01-01", "`"),
    ]
).map(copy.deepcopy)
KEYS = st.sampled_from(
    [
        *("type", "features", "target", "cats", "buckets", "mean", "std", "min", "max", "name"),
        *("proportion", "label", "unique", "missing", "correlation", "strength", "effects", "auc"),
        *("distribution", "positive", "r2", "tables", "rows", "primary_key", "args", "locale"),
        *("foreign_keys", "rules", "constraints", "correlations", "schema", "n_samples", "expr"),
        *("after", "format", "start"),
    ]
)


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, Any]:
    """A valid document with some parts dropped, retyped, renamed, added, nested or swapped."""
    document = copy.deepcopy(draw(documents(with_effects=draw(st.booleans()))))
    for _ in range(draw(st.integers(1, 4))):
        found = list(places(document))
        if not found:
            break
        container, key = draw(st.sampled_from(found))
        value = container[key]
        action = draw(st.sampled_from(["drop", "retype", "rename", "add", "nest", "swap"]))
        if action == "drop":
            del container[key]
        elif action == "retype":
            container[key] = draw(JUNK)
        elif action == "rename" and isinstance(container, dict):
            container[draw(st.one_of(KEYS, st.just(str(key) + "x")))] = container.pop(key)
        elif action == "add" and isinstance(value, dict):
            value[draw(KEYS)] = draw(JUNK)
        elif action == "nest":
            container[key] = draw(st.sampled_from([[value], {"normal": value}, [value, value]]))
        else:
            other, other_key = draw(st.sampled_from(found))
            container[key] = copy.deepcopy(other.get(other_key)) if isinstance(other, dict) else 1
    return document


def load_or_faults(source: Any) -> Loaded | tuple[Fault, ...]:
    try:
        return load_definition(source)
    except DefinitionError as error:
        return error.faults


def check(found: Loaded | tuple[Fault, ...]) -> None:
    """Either a definition that comes back from its dump, or faults that say where they are."""
    if isinstance(found, Loaded):
        again = load_definition(dump_definition(found.definition))
        assert again.definition == found.definition
    else:
        assert found
        assert all(fault.path and fault.message for fault in found)
        assert not any("pydantic" in str(fault) for fault in found)


@DAMAGED
@given(damaged())
def test_damaged_documents_load_or_say_where_the_fault_is(document: dict[str, Any]) -> None:
    check(load_or_faults(document))


@DAMAGED
@given(documents(max_columns=2), st.data())
def test_damaged_texts_load_or_say_where_the_fault_is(
    document: dict[str, Any], data: st.DataObject
) -> None:
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    pieces = st.sampled_from(["", ":", "- ", "\n", "{", "]", "&a ", "*a", "!!x ", "\t", text[:40]])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        until = data.draw(st.integers(at, min(len(text), at + 12)))
        text = text[:at] + data.draw(pieces) + text[until:]
    check(load_or_faults(text))
