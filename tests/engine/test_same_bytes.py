"""Bytes depend on what a definition says and on the seed: on no name of it, and of no file."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.engine.execution.run import run_generation
from app.engine.plan.compiler import compile_plan
from app.engine.schema.dump import dump_definition
from app.engine.schema.load import load_definition
from app.engine.schema.models import Definition

LONE = """
n_samples: 50
seed: 5
features:
  x: {type: float, mean: 0, std: 1, missing: 0.1}
  y: {type: float, mean: 0, std: 1}
  id: {type: id}
  city: {type: city}
  d: {type: date, start_date: 2024-01-01, end_date: 2024-12-31}
  e: {type: date, after: d, end_date: 2025-12-31}
target: {t: {type: bool, proportion: 0.5}}
correlations: [{between: [x, y], r: 0.5}]
constraints: [x < 5]
rules: [{if: x < 0, then: {"true": 0.8}}]
"""


def _rows(definition: Definition) -> list[dict[str, object]]:
    (table,) = compile_plan(definition, seed=5).tables
    return [row for number in range(table.blocks) for row in table.block(number).to_pylist()]


@pytest.mark.parametrize("written", ["name: other\n", "output_file: far/away.csv\n"])
def test_a_name_in_the_document_moves_no_value(written: str) -> None:
    plain = load_definition(LONE).definition
    assert _rows(load_definition(written + LONE).definition) == _rows(plain)


def test_the_name_of_the_file_moves_no_value() -> None:
    first, second = (load_definition(LONE, name=name).definition for name in ("one", "two"))
    assert first.name != second.name
    assert _rows(first) == _rows(second)


def test_a_name_under_tables_stands_in_the_definition_and_keys_its_streams() -> None:
    first, second = (
        load_definition({"tables": {name: {"n_samples": 9, "features": {"x": {"type": "uuid4"}}}}})
        for name in ("one", "two")
    )
    assert _rows(first.definition) != _rows(second.definition)


@pytest.mark.parametrize("format_name", ["csv", "jsonl", "parquet", "arrow", "xlsx", "ods"])
def test_files_have_the_same_bytes_whatever_they_are_called(
    format_name: str, tmp_path: Path
) -> None:
    found = set()
    for name in ("one", "two"):
        plan = compile_plan(load_definition(LONE, name=name).definition)
        made = run_generation(plan, tmp_path / name, [format_name], workers=1)
        found.add(made.tables[0].files[0].sha256)
    assert len(found) == 1


def test_a_table_under_tables_stays_there_though_it_bears_the_name_of_the_whole() -> None:
    column = {"x": {"type": "float", "mean": 0, "std": 1}}
    named = {"name": "data", "tables": {"data": {"n_samples": 9, "features": column}}}
    definition = load_definition(named).definition
    assert load_definition(dump_definition(definition)).definition == definition
    assert "tables" in dump_definition(definition)
