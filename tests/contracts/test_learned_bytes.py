"""Learned rows are the same bytes however many processes draw them, here or on a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from app.engine.execution.executors import INLINE, PROCESS
from app.engine.execution.run import run_generation
from app.engine.plan.compiler import compile_plan
from app.engine.plan.learned import Request, learned_plan
from app.engine.plan.plan import Plan
from app.engine.schema.load import load_definition
from app.engine.synthesizers.catalog import ModelFolder
from app.engine.synthesizers.learning import LearnedTable, learn
from app.engine.synthesizers.model_file.files import save_model
from app.engine.synthesizers.table import encode
from tests.components.dask import DaskCluster, start_dask
from tests.contracts.test_synthesizers import customers

pytestmark = pytest.mark.slow

ROWS = 66_000  # two blocks


@pytest.fixture(scope="module")
def cluster() -> Iterator[DaskCluster]:
    with start_dask(2) as started:
        yield started


@cache
def model() -> LearnedTable:
    table = customers(300).select(["plan", "fee", "months", "debt", "active"])
    return learn(encode(table), seed=1, settings={"max_rounds": 4})


def asked(**request: Any) -> Callable[[Path], Plan]:
    rows = None if {"given", "impute"} & request.keys() else ROWS
    return lambda _: learned_plan(model(), "t", rows=rows, seed=3, request=Request(**request))


def declared(folder: Path) -> Plan:
    """Declared facts on learned rows: a bound, shares, a column, a constraint and a target."""
    save_model(model(), folder / "t.tsm")
    document = {
        "from": "t.tsm",
        "n_samples": ROWS,
        "features": {
            "months": {"min": 3},
            "plan": {"cats": {"pro": 0.4}},
            "bonus": {"type": "float", "min": 0, "max": 30, "decimals": 1},
        },
        "constraints": ["bonus <= months + 10"],
        "target": {"active": {"proportion": 0.5, "auc": 0.8}},
    }
    loaded = load_definition(document, models=ModelFolder(folder))
    return compile_plan(loaded.definition, seed=3)


# Few rows have a known cell behind an unknown one: such a row is drawn many times.
HOLED = pa.table(
    {
        "active": pa.array([None, *[True, False] * 60][:120] * (ROWS // 120)),
        "fee": pa.array([60, None, 10] * (ROWS // 3), pa.int16()),
    }
)

PLANS: dict[str, Callable[[Path], Plan]] = {
    "conditions": asked(conditions=[{"where": "months >= 24 and plan == 'pro'", "rows": 20_001}]),
    "shares": asked(shares={"plan": {"pro": 0.3, "basic": 0.4}}),
    "both": asked(
        conditions=[{"where": "months > 20", "rows": 40_001}], shares={"plan": {"pro": 0.3}}
    ),
    "given": asked(given=pa.table({"active": pa.array([True, False, None] * (ROWS // 3))})),
    "imputed": asked(impute=HOLED),
    "drawn holes": asked(impute=HOLED, draw=True),
    "declared": declared,
}


@pytest.mark.parametrize("name", PLANS)
def test_bytes_do_not_depend_on_who_draws(name: str, cluster: DaskCluster, tmp_path: Path) -> None:
    plan = PLANS[name](tmp_path)
    assert plan.tables[0].blocks == 2
    runs = {"one": (INLINE, 1), "two": (PROCESS, 2), "dask": (cluster.executor, 2)}
    made = {}
    for run, (executor, workers) in runs.items():
        folder = tmp_path / run
        folder.mkdir()
        found = run_generation(plan, folder, ("csv",), workers=workers, executor=executor)
        made[run] = [file.sha256 for file in found.tables[0].files]
    assert made == dict.fromkeys(runs, made["one"])
