"""Every compiled rule states a probability: the rows that meet it show it, up to chance."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import binom

from app.engine.expressions import parse
from app.engine.plan.compiler import compile_plan
from app.engine.plan.explain import explain
from app.engine.plan.plan import Plan
from app.engine.schema.load import load_definition

EXAMPLES = Path(__file__).parents[2] / "examples"
ROWS = 200_000
LEAST_ROWS = 1_000
CONFIDENCE = 0.999
SEED = 5  # of some fifty segments in each definition one in a thousand lies beyond by chance
LABELLED = [
    "churn",
    "churn_patent",
    "fig6",
    "credit_default",
    "machine_failure",
    "plan_choice",
    "discount_rules",
]


def rows_of(plan: Plan) -> pa.Table:
    (table,) = plan.tables
    return pa.Table.from_batches([table.block(number) for number in range(table.blocks)])


def segments(plan: Plan, rows: pa.Table) -> Iterator[tuple[dict[str, float], np.ndarray]]:
    """What each rule, and the closing else, states, with the rows that it has."""
    told: dict[str, Any] = explain(plan)
    columns = {name: rows[name].combine_chunks() for name in rows.column_names}
    free = np.ones(len(rows), dtype=np.bool_)
    for rule in told["rules"]:
        here = parse(rule["if"], columns).mask(columns, len(rows)) & free
        free &= ~here
        yield rule["then"], here
    yield told["else"]["then"], free


@pytest.mark.slow
@pytest.mark.parametrize("name", LABELLED)
def test_the_share_of_each_label_is_the_stated_probability(name: str) -> None:
    definition = load_definition((EXAMPLES / f"{name}.yaml").read_bytes()).definition
    plan = compile_plan(definition, rows=ROWS, seed=SEED)
    rows = rows_of(plan)
    (table,) = definition.tables.values()
    assert table.target is not None
    labels = rows[table.target.name].cast(pa.string()).to_numpy(zero_copy_only=False)
    compared, beyond = 0, []
    for stated, here in segments(plan, rows):
        count = int(here.sum())
        for label, probability in stated.items() if count >= LEAST_ROWS else ():
            low, high = binom.interval(CONFIDENCE, count, probability)
            seen = int((labels[here] == label).sum())
            compared += 1
            if not low <= seen <= high:
                beyond.append((label, probability, seen / count, count))
    assert compared > 1
    assert beyond == []
