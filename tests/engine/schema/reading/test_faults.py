"""Every fault is named with its place, its line, what is wrong and what would be right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from app.engine.errors import DefinitionError, Fault
from app.engine.schema import load_definition

ROOT = Path(__file__).parents[4]
CASES = yaml.safe_load((ROOT / "tests/data/bad_definitions.yaml").read_text("utf-8"))


def faults_of(source: Any) -> list[Fault]:
    with pytest.raises(DefinitionError) as caught:
        load_definition(source)
    return list(caught.value.faults)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['path']}: {case['says']}"[:70])
def test_bad_definition(case: dict[str, Any]) -> None:
    faults = faults_of(case["text"])
    here = [fault for fault in faults if fault.path == case["path"]]
    assert here, f"no fault there, but {list(map(str, faults))}"
    [fault] = here
    assert fault.line == case["line"]
    assert case["says"] in f"{fault.message} ({fault.hint})"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['path']}: {case['says']}"[:70])
def test_bad_definition_has_no_other_fault(case: dict[str, Any]) -> None:
    assert len(faults_of(case["text"])) == 1


def test_printed_sample_names_the_line_of_the_repeated_key() -> None:
    first = faults_of((ROOT / "examples/printed_sample.yaml").read_bytes())[0]
    assert first.line == 10
    assert first.path == "schema.features.Spend Trend.buckets.mean"
    assert "`- mean: …`" in str(first.hint)


def test_all_faults_at_once_in_the_order_of_the_text() -> None:
    text = """\
n_samples: many
features:
  a: {type: int, min: 9, max: 1, colour: red}
  b: {type: category, cats: {x: {proportion: 2}}}
target:
  c: {type: bool, positive: perhaps, r2: 2}
"""
    found = [(fault.line, fault.path) for fault in faults_of(text)]
    assert [line for line, _ in found] == sorted(line for line, _ in found if line)
    assert {path for _, path in found} == {
        "n_samples",
        "features.a.min",
        "features.a.colour",
        "features.b.cats.x.proportion",
        "target.c.positive",
        "target.c.r2",
    }


def test_objects_have_paths_and_no_lines() -> None:
    [fault] = faults_of({"features": {"a": {"type": "int", "min": 3, "max": 1}}})
    assert (fault.path, fault.line) == ("features.a.min", None)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**30, "\ud800", "\0", b"x"])
def test_objects_pass_the_same_checks(value: Any) -> None:
    [fault] = faults_of({"features": {"a": {"type": "int", "min": value, "max": 1}}})
    assert fault.path == "features.a.min"


def test_objects_nested_without_end_are_refused() -> None:
    endless: dict[str, Any] = {}
    endless["features"] = endless
    [fault] = faults_of(endless)
    assert "64 levels" in fault.message


def test_many_tables_in_a_chain_are_no_circle() -> None:
    tables: dict[str, Any] = {"t0": {"n_samples": 1, "features": {"i": {"type": "id"}}}}
    for number in range(1, 40):
        parent = {"references": f"t{number - 1}.i", "children": 1}
        tables[f"t{number}"] = {"foreign_keys": {"p": parent}, "features": {"i": {"type": "id"}}}
    assert len(load_definition({"tables": tables}).definition.tables) == 40


def test_a_flood_of_faults_is_cut_off() -> None:
    features = {f"c{number}": {"type": "nothing"} for number in range(1_000)}
    faults = faults_of({"features": features})
    assert len(faults) == 501
    assert "more faults" in faults[-1].message


def test_more_tables_than_the_bound_are_refused() -> None:
    tables = {f"t{number}": {"features": {"i": {"type": "id"}}} for number in range(201)}
    [fault] = faults_of({"tables": tables})
    assert (fault.path, fault.message) == ("tables", "201 tables are more than 200")


@pytest.mark.parametrize("rows", [10**12 + 1, 1e17, 1e30])
def test_more_rows_than_a_table_can_have(rows: float) -> None:
    column = {"type": "int", "min": 0, "max": 9}
    (fault,) = faults_of({"n_samples": rows, "features": {"a": column}})
    assert fault.path == "n_samples"
    assert "more rows" in fault.message
    assert fault.hint == "at most 1,000,000,000,000"


def test_keys_of_literal_rows_that_are_no_single_values() -> None:
    row = {"a": {"x": 1}}
    found = faults_of({"tables": {"t": {"rows": [row, row], "primary_key": "a"}}})
    messages = {fault.path: fault.message for fault in found}
    assert messages["tables.t.rows[0].a"] == "a single value is wanted, not a mapping"
    assert messages["tables.t.rows[1]"] == "the primary key stands in an earlier row too"


def test_probabilities_that_no_sum_can_hold_are_each_a_fault() -> None:
    document = {
        "features": {"x": {"type": "int", "min": 1, "max": 9}},
        "target": {"t": {"type": "category", "cats": ["a", "b"]}},
        "rules": [{"if": "x > 3", "then": {"a": 1.7e308, "b": 1.7e308}}],
    }
    with pytest.raises(DefinitionError) as caught:
        load_definition(document, name="t")
    assert [fault.path for fault in caught.value.faults] == ["rules[0].then.a", "rules[0].then.b"]


@pytest.mark.parametrize(
    ("provider", "args", "place"),
    [
        ("pystr_format", {"string_format": "{{__class__}}"}, "string_format"),
        ("pystr_format", {"string_format": "a {{ name }} {{ __init__ }}"}, "string_format"),
        ("pystr_format", {"string_format": "{{get_providers}}"}, "string_format"),
        ("pystr_format", {"string_format": "{{random}}"}, "string_format"),
        ("csv", {"data_columns": ["{{name}}", "{{__class__}}"]}, "data_columns"),
        ("bothify", {"text": "#" * 1_001}, "text"),
        ("lexify", {"text": "?", "letters": "a" * 100_000}, "letters"),
        ("random_element", {"elements": ["a", "b" * 1_001]}, "elements"),
    ],
)
def test_arguments_that_lead_into_faker_s_inside_or_are_huge(
    provider: str, args: dict[str, Any], place: str
) -> None:
    [fault] = faults_of({"features": {"x": {"type": provider, "args": args}}, "n_samples": 1})
    assert fault.path == f"features.x.args.{place}"
    column = {"type": "id", "format": provider, "args": args}
    [fault] = faults_of({"features": {"x": column}, "n_samples": 1})
    assert fault.path == f"features.x.args.{place}"


def test_templates_may_name_every_provider() -> None:
    column = {"type": "pystr_format", "args": {"string_format": "{{name}}-{{ random_int }}-##"}}
    assert load_definition({"features": {"x": column}, "n_samples": 1})
