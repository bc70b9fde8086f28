"""A real source as a declared definition: it compiles, is like the source, holds no row of it."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from app.engine.execution.preview import preview
from app.engine.importing.declaring import DeclaredSource, declare_source
from app.engine.importing.marginals import protected_quantiles
from app.engine.plan.compiler import compile_plan
from app.engine.profiling.sources import profiled_source
from app.engine.schema.load import load_definition
from app.engine.schema.yaml.write import write_yaml

DATA = Path(__file__).parents[2] / "data" / "sources"


def declared(path: Path) -> DeclaredSource:
    with profiled_source(path) as source:
        return declare_source(source)


def rows_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    plan = compile_plan(load_definition(write_yaml(document)).definition, seed=1)
    (table,) = plan.tables
    made: list[dict[str, Any]] = table.block(0).to_pylist()
    return made


@pytest.mark.parametrize(
    "name",
    ["horse_colic.csv", "penguins_raw.csv", "squirrel_census.csv", "star_wars_survey.csv",
     "castles.csv", "telco.csv", "stocks.csv", "northwind"],
)  # fmt: skip
def test_small_real_tables_become_definitions_that_make_rows(name: str) -> None:
    document = declared(DATA / name).document
    plan = compile_plan(load_definition(write_yaml(document)).definition, seed=3)
    for table in plan.tables:
        assert len(preview(plan, 5, table.name)) > 0


@pytest.mark.parametrize("name", ["horse_colic.csv", "squirrel_census.csv"])
def test_shares_of_labels_sum_to_one(name: str) -> None:
    document = declared(DATA / name).document
    sums = [sum(each["cats"].values()) for each in document["features"].values()
            if isinstance(each.get("cats"), dict)]  # fmt: skip
    assert len(sums) > 2
    assert sums == pytest.approx([1.0] * len(sums), abs=1e-9)


def test_what_ids_do_not_keep_is_said() -> None:
    notes = declared(DATA / "penguins_raw.csv").notes
    (found,) = [each for each in notes if "Individual ID" in each]
    assert "each of them once: the real ones repeat" in found
    assert "made up as UUIDs: the real ones have no one form" in found
    notes = declared(DATA / "telco.csv").notes
    assert not any("customerID" in each for each in notes)


def test_margins_are_those_of_the_source() -> None:
    found = rows_of(declared(DATA / "telco.csv").document)
    with profiled_source(DATA / "telco.csv") as source:
        real = source.typed("telco").arrow()
    assert len(found) == real.num_rows
    for name in ("Contract", "PaymentMethod"):
        made = pa.array([row[name] for row in found]).value_counts().to_pylist()
        wanted = real.column(name).cast(pa.string()).value_counts().to_pylist()
        assert {each["values"]: each["counts"] for each in made} == {
            each["values"]: each["counts"] for each in wanted
        }
    for name in ("tenure", "MonthlyCharges"):
        made_sorted = np.sort([row[name] for row in found])
        real_sorted = np.sort(real.column(name).to_numpy())
        spread = real_sorted[-1] - real_sorted[0]
        assert np.abs(made_sorted - real_sorted).mean() < 0.01 * spread


def test_keys_and_children_are_those_of_the_source() -> None:
    document = declared(DATA / "northwind").document
    orders = document["tables"]["Orders"]
    assert orders["primary_key"] == "OrderID"
    assert orders["foreign_keys"]["ShipVia"]["references"] == "Shippers.ShipperID"
    assert set(orders["foreign_keys"]) == {"CustomerID", "EmployeeID", "ShipVia"}
    assert document["tables"]["Employees"]["foreign_keys"]["ReportsTo"]["references"] == (
        "Employees.EmployeeID"
    )


@pytest.mark.parametrize("seed", range(25))
def test_nothing_of_fewer_than_five_rows_comes_out(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    rows = rng.randrange(60, 300)
    lines = ["id,label,amount,count,when,note"]
    for row in range(rows):
        label = "Unique" + str(rng.randrange(10**6)) if row < 4 else rng.choice("abc")
        amount = (-1) ** row * (7_777_000 + row * 11.5) if row < 8 else rng.gauss(100, 20)
        count = 987_650 + row if row < 4 else rng.randrange(30)
        day = (
            f"18{10 + row}-01-01"
            if row < 4
            else f"20{rng.randrange(10, 24)}-0{rng.randrange(1, 9)}-11"
        )
        lines.append(f"P{row:04}X,{label},{amount:.2f},{count},{day},Zaphod {row} said so to me")
    path = tmp_path / "planted.csv"
    path.write_text("\n".join(lines) + "\n")
    text = json.dumps(declared(path).document)
    planted = [f"Unique{line.split(',')[1][6:]}" for line in lines[1:5]]
    planted += ["77770", "98765", '"181', "Zaphod", "P0001X"]
    assert [each for each in planted if each in text] == []
    low = min(float(line.split(",")[2]) for line in lines[9:])
    assert load_definition(text).definition.tables["planted"].features["amount"].min >= low  # type: ignore[union-attr]


def test_sums_are_formulas_and_orders_constraints(tmp_path: Path) -> None:
    rng = random.Random(4)
    lines = ["net,tax,gross,paid"]
    for _ in range(400):
        net, tax = rng.randrange(100, 9999), rng.randrange(10, 4000)
        lines.append(f"{net},{tax},{net + tax},{rng.randrange(0, net + 1)}")
    path = tmp_path / "sums.csv"
    path.write_text("\n".join(lines) + "\n")
    found = declared(path)
    assert found.document["features"]["gross"] == {"type": "formula", "expr": "net + tax"}
    for row in rows_of(found.document):
        assert row["gross"] == row["net"] + row["tax"]
        assert row["paid"] <= row["net"] or "constraints" not in found.document


def test_correlations_are_kept(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    first = rng.normal(50, 9, 3000)
    second = first + rng.normal(0, 9, 3000)
    path = tmp_path / "two.csv"
    path.write_text(
        "a,b\n" + "".join(f"{x:.3f},{y:.3f}\n" for x, y in zip(first, second, strict=True))
    )
    rows = rows_of(declared(path).document)
    made = np.corrcoef([row["a"] for row in rows], [row["b"] for row in rows])[0, 1]
    assert made == pytest.approx(np.corrcoef(first, second)[0, 1], abs=0.03)


def test_quantiles_keep_spikes_and_hide_extremes() -> None:
    values = np.concatenate([np.zeros(500), np.arange(1.0, 501.0), [1e6, 2e6]])
    found = protected_quantiles(values, 5)
    assert found[0] == 0
    assert found[-1] == 498
    assert (found == 0).mean() == pytest.approx(0.5, abs=0.02)
    assert (np.diff(found) >= 0).all()


def test_no_quantile_says_the_one_value_beside_a_spike() -> None:
    """Whoever knows the spike could take it out of a mean and would have the value."""
    for zeros in range(500, 550):
        values = np.concatenate([np.zeros(zeros), np.arange(301.0, 800.0), np.full(490, 999.0)])
        found = protected_quantiles(values, 5)
        assert not np.isin(found * 5, [301.0, 4 * 999.0 + 799.0]).any()
