"""Labels that all are numbers, truth values or dates keep that kind everywhere."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.engine.evaluation.facts import measure_facts
from app.engine.evaluation.reading import TableFile
from app.engine.execution.run import run_generation
from app.engine.plan.compiler import compile_plan
from app.engine.plan.explain import explain_table
from app.engine.schema.dump import dump_definition
from app.engine.schema.load import load_definition
from tests.engine.planning import drawn, plan_of_text


def _type_of(cats: str) -> pa.DataType:
    text = f"n_samples: 20\nfeatures:\n  c: {{type: category, cats: {cats}}}"
    return drawn(plan_of_text(text)).schema.field("c").type


@pytest.mark.parametrize(
    ("cats", "kind"),
    [
        ("[1, 2, 3]", pa.int64()),
        ("{1: 0.5, -2: 0.5}", pa.int64()),
        ("[{label: 1, proportion: 0.2}, {label: 2, proportion: 0.8}]", pa.int64()),
        ("[0.5, 2, 1.25]", pa.float64()),
        ("[true, false]", pa.bool_()),
        ("[2024-01-01, 2024-07-01]", pa.date32()),
    ],
)
def test_labels_of_one_kind_keep_it(cats: str, kind: pa.DataType) -> None:
    assert _type_of(cats) == kind


@pytest.mark.parametrize(
    "cats",
    [
        '["1", "2"]',
        '[{label: "1", proportion: 1}]',
        "[01067, 10115]",
        "[2.50, 3.75]",
        "[1, two]",
        "[true, maybe]",
        "[2024-01-01, later]",
        "[1e3, 2]",
        "{2024-02-30: 1}",
    ],
)
def test_others_are_texts(cats: str) -> None:
    assert pa.types.is_dictionary(_type_of(cats))


@pytest.mark.parametrize(
    "cats", ["[1, 2]", '["1", "2"]', "{1: 0.5, 2: 0.5}", "[01067, 10115]", "[0.5, 2]", "[true]"]
)
def test_the_kind_is_the_same_after_a_document_was_stored_or_written_anew(cats: str) -> None:
    loaded = load_definition(f"features:\n  c: {{type: category, cats: {cats}}}")
    stored = load_definition(json.loads(json.dumps(loaded.document)))
    assert stored.definition == loaded.definition
    anew = load_definition(dump_definition(loaded.definition))
    assert anew.definition == loaded.definition


DOCUMENT = """
n_samples: 6000
seed: 3
features:
  id: {type: id, format: sequence}
  odd: {type: formula, expr: "id % 2"}
  grade:
    type: category
    cats: {1: {proportion: 0.2, correlation: positive, strength: 0.2}, 2: 0.5, 3: 0.3}
    missing: 0.1
  double: {type: formula, expr: "grade * 2"}
  half: {type: category, cats: [0.5, 2]}
  day: {type: category, cats: [2024-01-01, 2024-07-01]}
  later: {type: formula, expr: "days_between(day, '2024-12-31')"}
  flag: {type: category, cats: {true: 0.25, false: 0.75}}
target: {left: {type: category, cats: {0: 0.9, 1: 0.1}, positive: 1}}
rules: [{if: "grade == 3 and flag", then: {1: 0.3}}]
"""


@pytest.mark.parametrize("format_name", ["csv", "jsonl", "parquet", "arrow", "xlsx", "ods"])
def test_facts_hold_in_every_format(format_name: str, tmp_path: Path) -> None:
    plan = compile_plan(load_definition(DOCUMENT).definition)
    made = run_generation(plan, tmp_path, [format_name], workers=1)
    path = made.tables[0].files[0].path
    results = measure_facts(plan, {plan.tables[0].name: TableFile(path, format_name)})
    assert [r.fact for r in results if not r.holds] == []
    assert any("strength" in r.fact or "correlation" in r.fact for r in results)


def test_files_have_values_of_the_kind(tmp_path: Path) -> None:
    plan = compile_plan(load_definition(DOCUMENT).definition)
    made = run_generation(plan, tmp_path, ["jsonl", "parquet"], workers=1)
    paths = {file.format: file.path for file in made.tables[0].files}
    row: dict[str, Any] = json.loads(paths["jsonl"].read_text().splitlines()[0])
    assert row["id"] == 1
    assert row["left"] in (0, 1)
    schema = pq.read_schema(paths["parquet"])
    kinds = {name: str(schema.field(name).type) for name in ("id", "grade", "half", "day", "left")}
    assert kinds == {
        "id": "int64", "grade": "int64", "half": "double", "day": "date32[day]", "left": "int64",
    }  # fmt: skip


def test_rules_are_written_as_they_can_be_read_again() -> None:
    (table,) = compile_plan(load_definition(DOCUMENT).definition).tables
    assert "grade == 1" in json.dumps(explain_table(table), default=str)


def test_children_read_the_labels_of_their_parents() -> None:
    document = {
        "seed": 1,
        "tables": {
            "a": {
                "n_samples": 500,
                "primary_key": "id",
                "features": {
                    "id": {"type": "id", "format": "sequence"},
                    "grade": {
                        "type": "category",
                        "cats": {"1": {"correlation": "positive", "strength": 0.3}, "2": None},
                    },
                },
            },
            "b": {
                "n_samples": 6000,
                "foreign_keys": {"a_id": "a.id"},
                "features": {"twice": {"type": "formula", "expr": "a.grade * 2"}},
                "target": {"y": {"type": "bool", "proportion": 0.3}},
            },
        },
    }
    plan = compile_plan(load_definition(document).definition)
    table = plan.table("b").block(0)
    assert table.schema.field("a_id").type == pa.int64()
    assert set(table["twice"].to_pylist()) == {2, 4}


def test_days_in_the_rows_of_a_lookup_table_are_dates() -> None:
    rows = [{"day": "2024-01-01", "n": 1}, {"day": None, "n": 2}]
    tables = {"tables": {"holidays": {"rows": rows}}}
    (table,) = compile_plan(load_definition(tables).definition).tables
    assert table.block(0)["day"].to_pylist() == [dt.date(2024, 1, 1), None]
