"""Facts that join tables: keys, children, and what is read of ancestors, in the finished files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.engine.evaluation.facts import measure_facts
from app.engine.evaluation.measurement import FactResult
from app.engine.evaluation.reading import TableFile
from app.engine.evaluation.verification import verify
from app.engine.plan.plan import Plan
from tests.engine.evaluation.measuring import with_value
from tests.engine.plan.keys.families import child, drawn, parent, planned

SEGMENT = {
    "type": "category",
    "cats": {"a": 0.7, "b": {"proportion": 0.3, "correlation": "positive", "strength": 0.3}},
}
RATE = {
    "rates": {"primary_key": "zone", "rows": [{"zone": "x", "tax": 2}, {"zone": "y", "tax": 3}]}
}
Damage = Callable[[pa.Table], pa.Table]


def family(rows: int = 2000) -> dict[str, Any]:
    parents = parent(rows, segment=SEGMENT, joined={"type": "date", "end_date": "2020-01-01"})
    parents["foreign_keys"] = {"zone": {"references": "rates.zone"}}
    body = child(
        {"children": {"mean": 3, "max": 12}, "missing": 0.02},
        features={
            "due": {"type": "formula", "expr": "value * rates.tax"},
            "placed": {"type": "date", "after": "parents.joined", "end_date": "2030-01-01"},
        },
        target={"t": {"type": "category", "cats": {"no": 0.8, "yes": 0.2}, "positive": "yes"}},
        constraints=["placed > parents.joined"],
    )
    return {**RATE, "parents": parents, "children": body}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planned(family())


def files(plan: Plan, folder: Path, damage: Damage | None = None) -> dict[str, TableFile]:
    """The tables as Parquet files; `damage` is done to the children."""
    found = {}
    for name, table in drawn(plan).items():
        path = folder / f"{name}.parquet"
        pq.write_table(damage(table) if damage and name == "children" else table, path)
        found[name] = TableFile(path, "parquet")
    return found


def measured(plan: Plan, folder: Path, damage: Damage | None = None) -> dict[str, FactResult]:
    results = measure_facts(plan, files(plan, folder, damage))
    return {result.fact: result for result in results if result.table == "children"}


def test_every_fact_that_joins_tables_holds(plan: Plan, tmp_path: Path) -> None:
    results = measured(plan, tmp_path)
    assert [result for result in results.values() if not result.holds] == []
    assert {
        "foreign key parent",
        "nulls of parent",
        "children of parents by parent",
        "formula of due",
        "placed after parents.joined",
        "constraint placed > parents.joined",
        "correlation of parents.segment = b with t=yes",
        "rules of t",
    } <= results.keys()


def first_known(table: pa.Table) -> int:
    return next(row for row, key in enumerate(table["parent"].to_pylist()) if key)


def lost(table: pa.Table) -> pa.Table:
    return with_value(table, "parent", first_known(table), 10**9)


def dearer(table: pa.Table) -> pa.Table:
    row = first_known(table)
    return with_value(table, "due", row, table["due"][row].as_py() + 1)


def of_one_parent(table: pa.Table) -> pa.Table:
    keys = [key and "1" for key in table["parent"].to_pylist()]
    return table.set_column(table.schema.names.index("parent"), "parent", pa.array(keys))


@pytest.mark.parametrize(
    ("damage", "fact"),
    [
        (lost, "foreign key parent"),
        (dearer, "formula of due"),
        (of_one_parent, "children of parents by parent"),
    ],
)
def test_damage_is_seen(plan: Plan, tmp_path: Path, damage: Damage, fact: str) -> None:
    results = measured(plan, tmp_path, damage)
    assert not results[fact].holds
    assert results["rows"].holds


@pytest.mark.parametrize("least", [0, 1, 3])
def test_a_share_of_parents_without_children_is_measured(least: int, tmp_path: Path) -> None:
    children = {"distribution": {"poisson": {"mean": 2}}, "share": 0.5, "min": least}
    plan = planned({"parents": parent(3000), "children": child({"children": children})})
    result = measured(plan, tmp_path)["children of parents by parent"]
    assert result.holds
    assert "for 0.5 of the rows" in result.note


def test_a_model_sees_what_the_target_depends_on(plan: Plan, tmp_path: Path) -> None:
    found = verify(files(plan, tmp_path), plan, seed=1)
    assert found is not None
    assert found.importance[0]["column"] == "parents.segment"
    assert found.left_out == ["parent"]
    assert found.figures["auc"] == pytest.approx(found.best_possible["auc"], abs=0.05)


def test_a_file_of_a_parent_that_cannot_be_read_breaks_the_facts_of_its_children(
    plan: Plan, tmp_path: Path
) -> None:
    found = files(plan, tmp_path)
    found["rates"].path.write_bytes(b"no table")
    results = [each for each in measure_facts(plan, found) if each.table == "children"]
    assert results
    assert not any(result.holds for result in results)
    assert all("rates.parquet cannot be read" in result.note for result in results)
