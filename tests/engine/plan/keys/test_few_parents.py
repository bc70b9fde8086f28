"""Targets of the children of a few parents: solved on the rows that are made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from app.engine.errors import ConflictError
from app.engine.evaluation.facts import measure_facts
from app.engine.evaluation.reading import TableFile
from tests.engine.plan.keys.families import child, drawn, made, parent, planned

TARGET = {"type": "category", "cats": {"no": 0.8, "yes": 0.2}, "positive": "yes"}
AGE = {"type": "int", "min": 18, "max": 90, "correlation": "positive"}
RATES = {"primary_key": "zone", "rows": [{"zone": zone, "tax": i} for i, zone in enumerate("xyz")]}


def family(rows: int, children: Any, strength: Any, **dial: float) -> dict[str, Any]:
    return {
        "parents": parent(rows, age={**AGE, "strength": strength}),
        "children": child({"children": children}, target={"back": {**TARGET, **dial}}),
    }


def broken(tables: dict[str, Any], folder: Path) -> list[str]:
    """The facts that do not hold in the files."""
    plan, files = planned(tables), {}
    for name, table in drawn(plan).items():
        pq.write_table(table, folder / f"{name}.parquet")
        files[name] = TableFile(folder / f"{name}.parquet", "parquet")
    return [result.fact for result in measure_facts(plan, files) if not result.holds]


@pytest.mark.parametrize(
    ("rows", "children"),
    [(3, 4000), (10, 100), (100, 100), (200, 2), (1000, {"skew": 1.6, "max": 2000})],
)
@pytest.mark.parametrize("dial", [{}, {"auc": 0.7}])
def test_facts_hold_for_the_children_of_a_few_parents(
    rows: int, children: Any, dial: dict[str, float], tmp_path: Path
) -> None:
    strength = "high" if dial else 0.25
    assert broken(family(rows, children, strength, **dial), tmp_path) == []


@pytest.mark.parametrize("target", [TARGET, {"type": "float", "mean": 5, "std": 1}])
def test_effects_hold_where_a_block_has_the_children_of_a_few_parents(
    target: dict[str, Any], tmp_path: Path
) -> None:
    tables = family(20, 10_000, 0.25)
    tables["children"]["target"] = {"back": target}
    assert broken(tables, tmp_path) == []


def test_an_only_parent_has_no_effect() -> None:
    with pytest.raises(ConflictError, match="the same in every row"):
        planned(family(1, 5000, 0.25))


@pytest.mark.parametrize("children", [50, 500])
def test_of_few_rows_much_is_asked_in_vain(children: int) -> None:
    assert len(made(family(1, children, 0.25))["children"]) == children


def zoned(children: Any, **more: Any) -> dict[str, Any]:
    """Children of a lookup table."""
    key = {"zone": {"references": "rates.zone", "children": children}}
    body = {"foreign_keys": key, "features": {"on": {"type": "bool"}}, "target": {"back": TARGET}}
    return {"rates": RATES, "children": {**body, **more}}


@pytest.mark.parametrize("children", [2000, {"skew": 1.3, "max": 5000}, 2])
def test_rules_read_lookup_tables(children: Any, tmp_path: Path) -> None:
    tables = zoned(children, rules=[{"if": "rates.tax == 2", "then": {"yes": 0.3}}])
    assert broken(tables, tmp_path) == []


@pytest.mark.parametrize("children", [0, 2, {"share": 0}, {"share": 0.5}])
@pytest.mark.parametrize(
    "target", [TARGET, {"type": "float", "mean": 5, "std": 1}], ids=["label", "number"]
)
def test_a_target_that_depends_on_nothing_can_be_had(children: Any, target: Any) -> None:
    tables = zoned(children, target={"back": target})
    assert made(tables)["children"]["back"].notna().all()
    del tables["children"]["features"]
    assert made(tables)["children"]["back"].notna().all()


def test_a_dial_without_inputs_is_refused() -> None:
    staff = parent(3000)
    staff["foreign_keys"] = {"manager": {"references": "staff.id"}}
    staff["target"] = {"back": {**TARGET, "auc": 0.7}}
    with pytest.raises(ConflictError, match="no input has an effect"):
        planned({"staff": staff})
