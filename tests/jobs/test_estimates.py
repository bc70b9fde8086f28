"""The size that is expected of a job's files, beside the size that they have."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.engine import compile_plan, load_definition, run_generation
from app.jobs.estimates import estimated_bytes, expected

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("name", ["churn", "patients"])
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
