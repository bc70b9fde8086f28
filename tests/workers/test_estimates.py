"""The size that is expected of a job's files, beside the size that they have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.engine import compile_plan, load_definition, run_generation
from app.engine.plan.plan import DeclaredRows, Plan
from app.workers.estimates import estimated_bytes, expected

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("name", ["churn", "churn_patent", "patients"])
def test_an_estimate_is_near_the_files_and_mostly_above_them(name: str, tmp_path: Path) -> None:
    text = (EXAMPLES / f"{name}.yaml").read_bytes()
    plan = compile_plan(load_definition(text).definition, rows=2000, seed=1)
    sizes = estimated_bytes(plan)
    generated = run_generation(plan, tmp_path, list(sizes), workers=1)
    for table in generated.tables:
        for file in table.files:
            assert 0.2 < file.bytes / sizes[file.format] < 1.1, file.format


def test_an_estimate_grows_with_rows_and_formats() -> None:
    definition = load_definition((EXAMPLES / "churn.yaml").read_bytes()).definition
    small, large = (estimated_bytes(compile_plan(definition, rows=rows)) for rows in (100, 1000))
    assert large["csv"] == pytest.approx(10 * small["csv"], rel=0.01)
    assert expected(small, ["csv", "parquet"]) == small["csv"] + small["parquet"]
    assert expected(small, []) == 0


def _plan(rows: int, **column: Any) -> Plan:
    document = {"name": "wide", "n_samples": rows, "features": {"k": column}}
    return compile_plan(load_definition(document).definition, seed=1)


WIDE: list[dict[str, Any]] = [
    {"type": "id", "format": "sequence", "prefix": "x" * 20_000, "width": 6},
    {"type": "category", "cats": {"y" * 20_000: 0.5, "z" * 20_000: 0.5}},
    {"type": "category", "cats": {'"\u0001' * 1_000: 0.5, "é" * 1_000: 0.5}},
]


@pytest.mark.parametrize("column", WIDE)
def test_wide_values_count_with_their_width(column: dict[str, Any], tmp_path: Path) -> None:
    plan = _plan(300, **column)
    forms = ["csv", "tsv", "jsonl", "parquet", "arrow"]
    sizes = estimated_bytes(plan)
    generated = run_generation(plan, tmp_path, forms, workers=1)
    for file in generated.tables[0].files:
        assert file.bytes < 1.1 * sizes[file.format] + 4096, file.format
    assert sizes["csv"] > 300 * 1_000


def test_an_estimate_is_the_same_every_time() -> None:
    plan = _plan(1000, **WIDE[1])
    assert estimated_bytes(plan) == estimated_bytes(plan)


def test_what_cannot_be_drawn_for_a_few_rows_counts_as_typical() -> None:
    """A solver may search for long where there are few rows; it is not asked."""
    text = (EXAMPLES / "discount_rules.yaml").read_bytes()
    plan = compile_plan(load_definition(text).definition, seed=1)
    assert isinstance(plan.tables[0].source, DeclaredRows)
    assert {"cost", "price"} <= plan.tables[0].source.rearranged()
    assert estimated_bytes(plan)["csv"] > 0
