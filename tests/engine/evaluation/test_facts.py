"""Every kind of fact holds in what the engine makes, and breaks where a file is damaged."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from app.engine.evaluation.facts import declared_facts, measure_facts
from app.engine.evaluation.reading import TableFile
from tests.engine.evaluation.measuring import (
    Damage,
    broken,
    measured,
    measured_table,
    plan_of_document,
    with_column,
    with_value,
)
from tests.engine.planning import drawn

NUMBERS = {"type": "float", "min": 0, "max": 50, "decimals": 1, "mean": 20, "std": 8}


def features(rows: int, **columns: Any) -> dict[str, Any]:
    return {"n_samples": rows, "features": columns}


def first(name: str, value: Any) -> Damage:
    return lambda table: with_value(table, name, 0, value)


CASES: dict[str, tuple[dict[str, Any], Damage, set[str]]] = {
    "rows": (
        features(50, x={"type": "bool", "proportion": 0.5, "missing": 0.5}),
        lambda table: table.slice(0, 49),
        {"rows"},
    ),
    "nulls": (
        features(400, x={"type": "uuid4", "missing": 0.1}),
        lambda table: with_value(table, "x", table["x"].to_pylist().index(None), "found"),
        {"nulls of x"},
    ),
    "null where none is declared": (
        features(400, x={"type": "uuid4"}),
        first("x", None),
        {"nulls of x"},
    ),
    "labels": (
        features(1000, x={"type": "category", "cats": {"a": 0.7, "b": 0.3}}),
        lambda table: with_value(table, "x", table["x"].to_pylist().index("a"), "b"),
        {"share of x=a", "share of x=b"},
    ),
    "an undeclared label": (
        features(1000, x={"type": "category", "cats": {"a": 0.7, "b": 0.3}}),
        lambda table: with_value(table, "x", table["x"].to_pylist().index("a"), "c"),
        {"share of x=a", "labels of x"},
    ),
    "bool": (
        features(1000, x={"type": "bool", "proportion": 0.25, "missing": 0.2}),
        lambda table: with_value(table, "x", table["x"].to_pylist().index(False), True),
        {"share of x=true", "share of x=false"},
    ),
    "bounds": (
        features(2000, x=NUMBERS),
        first("x", 50.1),
        {"x within 0..50"},
    ),
    "decimals": (
        features(2000, x=NUMBERS),
        first("x", 20.05),
        {"decimals of x"},
    ),
    "buckets": (
        features(
            1000,
            x={
                "type": "float",
                "buckets": [
                    {"mean": 40, "std": 2, "proportion": 0.3},
                    {"mean": -10, "std": 5, "proportion": 0.7},
                ],
            },
        ),
        lambda table: with_value(
            table, "x", next(i for i, x in enumerate(table["x"].to_pylist()) if x < 0), 41.0
        ),
        {"share of x in bucket 40 ± 2", "share of x in bucket -10 ± 5"},
    ),
    "not a number": (
        features(2000, x=NUMBERS),
        first("x", float("nan")),
        {"x within 0..50"},
    ),
    "distribution": (
        features(2000, x=NUMBERS),
        lambda table: with_column(table, "x", np.round(table["x"].to_numpy() * 0.9, 1)),
        {"distribution of x"},
    ),
    "distribution of dates": (
        features(2000, x={"type": "date", "start_date": "2020-01-01", "end_date": "2020-12-31"}),
        lambda table: with_column(
            table, "x", [max(d, dt.date(2020, 2, 1)) for d in table["x"].to_pylist()]
        ),
        {"distribution of x"},
    ),
    "date range": (
        features(200, x={"type": "date", "start_date": "2020-01-01", "end_date": "2020-12-31"}),
        first("x", dt.date(2021, 1, 1)),
        {"x within 2020-01-01..2020-12-31"},
    ),
    "datetime range": (
        features(200, x={"type": "datetime", "start_date": "2020-01-01", "end_date": "2020-12-31"}),
        first("x", dt.datetime(2019, 12, 31, 23, 59, 59)),
        {"x within 2020-01-01T00:00:00..2020-12-31T23:59:59"},
    ),
    "date format": (
        features(200, x={"type": "date", "format": "%d.%m.%Y"}),
        first("x", "2020-01-31"),
        {"format of x"},
    ),
    "uniqueness": (
        features(500, x={"type": "id", "format": "pattern", "pattern": "C-####-??"}),
        lambda table: with_value(table, "x", 0, table["x"][1].as_py()),
        {"unique x"},
    ),
    "uniqueness of numbers": (
        features(500, x={"type": "int", "min": 1, "max": 9000, "unique": True}),
        lambda table: with_value(table, "x", 0, table["x"][1].as_py()),
        {"unique x"},
    ),
    "pattern": (
        features(500, x={"type": "id", "format": "pattern", "pattern": "C-####-??"}),
        first("x", "C-1234-5A"),
        {"format of x"},
    ),
    "check digits of an EAN": (
        features(500, x={"type": "id", "format": "ean13"}),
        first("x", "4006381333932"),
        {"format of x"},
    ),
    "check digits of an IBAN": (
        features(500, x={"type": "id", "format": "iban", "locale": "de_DE"}),
        first("x", "DE89370400440532013001"),
        {"format of x"},
    ),
    "bank accounts": (
        features(500, x={"type": "id", "format": "bban", "locale": "de_DE"}),
        first("x", "DE8937040044053201"),
        {"format of x"},
    ),
    "running numbers": (
        features(500, x={"type": "id", "format": "sequence", "prefix": "C", "width": 6}),
        first("x", "C0001"),
        {"format of x"},
    ),
    "UUID": (
        features(500, x={"type": "id", "format": "uuid"}),
        first("x", "c56a4180-65aa-12ec-a945-5fd21dec0538"),
        {"format of x"},
    ),
    "formula": (
        features(
            300,
            qty={"type": "int", "min": 1, "max": 9},
            price={"type": "float", "min": 1, "max": 9, "decimals": 2},
            x={"type": "formula", "expr": "qty * price", "decimals": 1},
        ),
        lambda table: with_value(table, "x", 0, table["x"][0].as_py() + 0.1),
        {"formula of x"},
    ),
    "order of dates": (
        features(300, a={"type": "date"}, x={"type": "date", "after": "a"}),
        lambda table: with_value(table, "x", 0, table["a"][0].as_py()),
        {"x after a"},
    ),
    "constraint": (
        {
            **features(
                300, a={"type": "int", "min": 0, "max": 9}, b={"type": "int", "min": 5, "max": 19}
            ),
            "constraints": [{"expr": "a < b"}],
        },
        lambda table: with_column(table, "a", [19, *table["a"].to_pylist()[1:]]),
        {"constraint a < b", "a within 0..9"},
    ),
    "primary key": (
        {
            **features(
                10, a={"type": "int", "min": 0, "max": 9}, b={"type": "id", "format": "sequence"}
            ),
            "primary_key": ["a", "b"],
        },
        lambda table: pa.concat_tables([table.slice(0, 1), table.slice(0, 9)]),
        {"unique b", "unique (a, b)"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_every_fact_holds_in_what_the_engine_makes(case: str, tmp_path: Path) -> None:
    document, _, promised = CASES[case]
    results = measured(document, tmp_path)
    assert broken(results) == set()
    assert promised <= set(results)


@pytest.mark.parametrize("case", CASES)
def test_damage_breaks_the_facts_that_it_touches(case: str, tmp_path: Path) -> None:
    document, damage, promised = CASES[case]
    assert promised <= broken(measured(document, tmp_path, damage))


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_correlations_hold_and_break(method: str, tmp_path: Path) -> None:
    document = {
        **features(
            5000,
            a={"type": "float", "distribution": {"lognormal": {"mean": 1, "std": 0.6}}},
            b={"type": "int", "min": 0, "max": 9, "distribution": {"poisson": {"mean": 2}}},
        ),
        "correlations": [{"between": ["a", "b"], "r": 0.5, "method": method}],
    }
    fact = "correlation of a with b" + (" (Spearman)" if method == "spearman" else "")
    good = measured(document, tmp_path)
    assert good[fact].holds
    assert good[fact].tolerance == 0.02
    bad = measured(document, tmp_path, lambda t: with_column(t, "a", t["a"].to_numpy()[::-1]))
    assert broken(bad) == {fact}


def test_numeric_strengths_are_measured_against_the_positive_label(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    goal = rng.permutation(np.repeat([True, False], [1000, 4000]))
    level = np.where(goal, 0.5, 0.0) + rng.normal(size=5000)
    plan_type = np.where(rng.random(5000) < np.where(goal, 0.6, 0.4), "Gold", "Bronze")
    r_level = float(np.corrcoef(level, goal)[0, 1])
    r_gold = float(np.corrcoef(plan_type == "Gold", goal)[0, 1])
    columns = {
        "level": {
            "type": "float",
            "buckets": {"mean": 0, "std": 1, "correlation": "positive", "strength": r_level},
        },
        "plan": {
            "type": "category",
            "cats": {"Gold": {"correlation": "positive", "strength": r_gold}, "Bronze": {}},
        },
    }
    target = {"churned": {"type": "bool", "proportion": 0.2, "positive": "true"}}
    plan = plan_of_document({**features(5000, **columns), "target": target})
    table = pa.table({"level": level, "plan": plan_type, "churned": goal})
    good = measured_table(plan, table, tmp_path)
    facts = {
        "correlation of level with churned=true",
        "correlation of plan = Gold with churned=true",
    }
    assert {fact for fact in facts if good[fact].holds} == facts
    bad = measured_table(plan, with_column(table, "churned", goal[::-1]), tmp_path)
    assert facts <= broken(bad)


def test_written_rules_are_measured_in_the_rows_they_take(tmp_path: Path) -> None:
    document = {
        **features(4000, age={"type": "int", "min": 1, "max": 4}),
        "target": {"y": {"type": "category", "cats": {"n": 0.55, "p": 0.45}, "positive": "p"}},
        "rules": [
            {"if": "age == 1", "then": {"p": 0.9}},
            {"if": "age <= 2", "then": {"p": 0.1}},
        ],
    }
    age = np.repeat([1, 2, 3, 4], 1000)
    place = np.tile(np.arange(1000), 4)
    share = np.select([age == 1, age == 2], [0.9, 0.1], 0.4)
    label = np.where(place < share * 1000, "p", "n")
    plan = plan_of_document(document)
    results = measured_table(plan, pa.table({"age": age, "y": label}), tmp_path)
    assert results["P(y=p) if age == 1"].observed == 0.9
    assert results["P(y=p) if age <= 2"].observed == 0.1
    assert broken(results) == set()
    bad = measured_table(plan, pa.table({"age": age, "y": label[::-1]}), tmp_path)
    assert {"P(y=p) if age == 1", "P(y=p) if age <= 2"} <= broken(bad)


def test_buckets_that_overlap_promise_their_distribution_alone(tmp_path: Path) -> None:
    parts = [{"mean": 10, "std": 5, "proportion": 0.5}, {"mean": -10, "std": 5, "proportion": 0.5}]
    results = measured(features(2000, x={"type": "float", "buckets": parts}), tmp_path)
    assert set(results) == {"rows", "nulls of x", "distribution of x"}


def test_a_small_table_is_measured_against_what_chance_allows(tmp_path: Path) -> None:
    results = measured(features(100, x=NUMBERS), tmp_path)
    assert results["distribution of x"].tolerance == pytest.approx(0.136)


def test_random_sampling_promises_four_standard_deviations(tmp_path: Path) -> None:
    document = {
        "sampling": "random",
        **features(
            5000,
            x=NUMBERS,
            c={"type": "category", "cats": {"a": 0.7, "b": 0.3}, "missing": 0.1},
        ),
    }
    results = measured(document, tmp_path)
    assert broken(results) == set()
    assert results["share of c=a"].tolerance == pytest.approx(
        4 * np.sqrt(0.21 / 4500) + 2 / 4500, rel=0.05
    )
    assert "random sampling" in results["share of c=a"].note
    shifted = measured(document, tmp_path, lambda t: t.filter(pa.compute.greater(t["x"], 12.0)))
    assert {"rows", "distribution of x"} <= broken(shifted)


@pytest.mark.parametrize("sampling", ["exact", "random"])
def test_declared_facts_are_the_measured_ones(sampling: str, tmp_path: Path) -> None:
    document = {
        "sampling": sampling,
        **features(
            300,
            id={"type": "id"},
            x={**NUMBERS, "missing": 0.05},
            c={"type": "category", "cats": ["a", "b", "c"]},
        ),
    }
    plan = plan_of_document(document)
    results = measured_table(plan, drawn(plan), tmp_path)
    declared = declared_facts(plan)
    assert [fact.fact for fact in declared] == list(results)
    assert all(results[fact.fact].declared == fact.declared for fact in declared)


def test_a_table_without_rows_breaks_nothing(tmp_path: Path) -> None:
    columns = {name: document["features"] for name, (document, _, _) in CASES.items()}
    merged = {
        f"{case} {name}": column
        for case, declared in columns.items()
        for name, column in declared.items()
        if case not in {"formula", "order of dates"}
    }
    assert broken(measured(features(0, **merged), tmp_path)) == set()


def test_a_file_that_cannot_be_read_breaks_every_fact(tmp_path: Path) -> None:
    plan = plan_of_document(features(20, x=NUMBERS, y={"type": "uuid4"}))
    path = tmp_path / "t.csv"
    path.write_text("x,y\n1.0,a\nthree,b\n")
    results = measure_facts(plan, {"t": TableFile(path, "csv")})
    assert results
    assert not any(result.holds for result in results)
    assert all("t.csv cannot be read" in result.note for result in results)


def test_columns_that_are_not_declared_are_named(tmp_path: Path) -> None:
    plan = plan_of_document(features(20, x=NUMBERS))
    path = tmp_path / "t.csv"
    path.write_text("x,y\n1.0,a\n")
    results = measure_facts(plan, {"t": TableFile(path, "csv")})
    assert "has the columns x, y; declared are x" in results[0].note
