"""Every declared fact of every example, measured again in the finished files."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.engine.evaluation.facts import measure_facts
from app.engine.evaluation.reading import best_files
from app.engine.execution.run import run_generation
from app.engine.plan.compiler import compile_plan
from app.engine.schema.load import load_definition

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = [
    "churn",
    "churn_patent",
    "fig6",
    "house_prices",
    "credit_default",
    "machine_failure",
    "plan_choice",
    "discount_rules",
    "energy_use",
    "patients",
    "shop",
]


@pytest.mark.slow
@pytest.mark.parametrize("rows", [1_000, 5_000, 100_000])
@pytest.mark.parametrize("name", NAMES)
def test_every_declared_fact_holds(name: str, rows: int, tmp_path: Path) -> None:
    definition = load_definition((EXAMPLES / f"{name}.yaml").read_bytes()).definition
    plan = compile_plan(definition, rows=rows, seed=rows)
    generated = run_generation(plan, tmp_path, ["parquet"], workers=2)
    files = best_files(file for table in generated.tables for file in table.files)
    results = measure_facts(plan, files)
    assert len(results) > sum(len(table.columns()) for table in definition.tables.values())
    assert [result for result in results if not result.holds] == []
