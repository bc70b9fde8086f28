"""Columns that scripts compute."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from app.engine.errors import ComputationError, DefinitionError
from app.engine.execution.run import run_generation
from app.engine.exporting.ddl import not_in_sql
from app.engine.generators.base import BLOCK_ROWS
from app.engine.plan.compiler import compile_plan
from app.engine.schema.load import load_definition
from tests.engine.evaluation.measuring import broken, measured, plan_of_document, with_value
from tests.engine.planning import drawn, plan_of_text

SALES = """
n_samples: 2000
features:
  qty: {type: int, min: 1, max: 9}
  price: {type: float, min: 1, max: 50, decimals: 2, missing: 0.1}
  plan: {type: category, cats: [Gold, Silver]}
  total:
    type: script
    returns: number
    decimals: 2
    script: |
      DISCOUNTS = {"Gold": 0.2}

      def value(row):
          if row["price"] == None:
              return None
          return row["qty"] * row["price"] * (1.0 - DISCOUNTS.get(row["plan"], 0.0))
"""


def scripted(body: str, returns: str, rows: int = 5, **more: Any) -> dict[str, Any]:
    made = {"type": "script", "returns": returns, "script": f"def value(row):\n    return {body}\n"}
    features = {
        "a": {"type": "int", "min": 3, "max": 3},
        "f": {"type": "float", "distribution": {"constant": 0.1}},
        "s": {"type": "category", "cats": ["zwölf"]},
        "b": {"type": "bool", "proportion": 1},
        "d": {"type": "date", "start_date": "2024-02-29", "end_date": "2024-02-29"},
        "m": {
            "type": "datetime",
            "start_date": "2024-02-29T12:30:05",
            "end_date": "2024-02-29T12:30:05",
        },
        "t": {"type": "time", "start_time": "06:07:08", "end_time": "06:07:08"},
        "x": {**made, **more},
    }
    return {"n_samples": rows, "features": features}


def values(body: str, returns: str) -> list[Any]:
    found: list[Any] = drawn(plan_of_document(scripted(body, returns))).column("x").to_pylist()
    return found


def test_values_follow_from_the_row() -> None:
    for row in drawn(plan_of_text(SALES)).to_pylist():
        if row["price"] is None:
            assert row["total"] is None
        else:
            share = 0.8 if row["plan"] == "Gold" else 1.0
            assert row["total"] == pytest.approx(row["qty"] * row["price"] * share, abs=0.006)


@pytest.mark.parametrize(
    ("body", "returns", "value"),
    [
        ('row["a"] * 2', "integer", 6),
        ('row["a"]', "float", 3.0),
        ('row["f"] + 0.2', "number", 0.1 + 0.2),
        ('row["s"].upper() + "\\n"', "text", "ZWÖLF\n"),
        ('row["b"] and row["a"] > 2', "boolean", True),
        ('row["d"]', "date", dt.date(2024, 2, 29)),
        ('row["d"] + " " + row["t"]', "datetime", dt.datetime(2024, 2, 29, 6, 7, 8)),
        ('row["m"]', "datetime", dt.datetime(2024, 2, 29, 12, 30, 5)),
        ('row["m"][11:]', "time", dt.time(12, 30, 5)),
        ("None", "int", None),
        ("1e308 * 10.0", "float", None),
        ("9007199254740993", "float", 9007199254740992.0),
        ('row.get("a", 0) // 2 + len(row["d"])', "int", 11),
    ],
)
def test_every_kind_goes_in_and_comes_out(body: str, returns: str, value: Any) -> None:
    assert values(body, returns) == [value] * 5


@pytest.mark.parametrize(
    ("body", "returns", "said"),
    [
        ('"x"', "int", "gives a text in some row (int wants a whole number"),
        ("1.5", "int", "gives a fraction in some row"),
        ("True", "int", "gives True or False in some row"),
        ("1 << 70", "int", "gives what is no int in some row"),
        ('"2024-02-30"', "date", "gives what is no date in some row"),
        ('row["m"] + "+02:00"', "datetime", "gives what is no datetime in some row"),
        ('row["t"] + "+02:00"', "time", "gives what is no time in some row"),
        ("1 << 2000", "float", "gives what is no float in some row"),
        (
            "row[str('a')]",
            "int",
            'a row has the columns that are written out, as in `row["price"]`',
        ),
        ("[1]", "text", "gives a list or mapping in some row"),
        ('row["a"] // 0', "int", "Floor division by zero: 3 // 0, at line 2, column 12"),
        ('fail("no")', "int", "fail: no, at line 2, column 12"),
        ('"x" * 10001', "text", "a text of more than 10,000 characters"),
        ("value", "text", "not supported on type `function`, at line 1"),
    ],
)
def test_what_cannot_be_computed_is_said_with_its_place(body: str, returns: str, said: str) -> None:
    plan = plan_of_document(scripted(body, returns))
    with pytest.raises(ComputationError) as caught:
        drawn(plan)
    assert "features.x.script: " in str(caught.value) and said in str(caught.value)


FAULTY = """features:
  a: {type: int, min: 1, max: 2}
  b:
    type: script
    returns: nmber
    script: |
      def value(row):
          return foo(row["aa"]) + bar
  c:
    type: script
    returns: int
    script: |
      # a comment
      def value(row):
          return row["zz"] + row["a"] +
  d:
    type: script
    returns: int
    script: |
      def value(row):
          return baz(row["zz"]) + qux
  e: {type: script, returns: int, script: "def value(row):\\n  while True: pass"}
  f: {type: script}
"""


def test_all_faults_are_said_at_once_with_lines() -> None:
    with pytest.raises(DefinitionError) as caught:
        load_definition(FAULTY)
    found = [(fault.line, fault.path, fault.message) for fault in caught.value.faults]
    assert [(line, path) for line, path, _ in found] == [
        (5, "features.b.returns"),
        *[(8, "features.b.script")] * 3,
        *[(15, "features.c.script")] * 2,
        *[(21, "features.d.script")] * 3,
        (22, "features.e.script"),
        (23, "features.f.returns"),
        (23, "features.f.script"),
    ]
    assert "the row has no column `zz`, at line 3, column 16 of the script" in found[4][2]
    assert "while" in found[9][2] and "at line 2, column 3 of the script" in found[9][2]


def test_a_filter_is_a_hidden_script_that_a_constraint_names() -> None:
    document = scripted('row["n"] % 3 != 0 or row["k"] == "x"', "bool", 900, hidden=True)
    document["features"] |= {
        "n": {"type": "int", "min": 1, "max": 90},
        "k": {"type": "category", "cats": ["x", "y"]},
    }
    free = drawn(plan_of_document(document)).to_pylist()
    assert any(row["n"] % 3 == 0 and row["k"] == "y" for row in free)
    document["constraints"] = ["x"]
    kept = drawn(plan_of_document(document)).to_pylist()
    assert not any(row["n"] % 3 == 0 and row["k"] == "y" for row in kept)
    assert sorted(row["n"] for row in kept) == sorted(row["n"] for row in free)
    assert "x" not in kept[0]


def test_formulas_read_scripts_and_scripts_formulas() -> None:
    document = scripted('row["twice"] + 1', "int")
    document["features"] |= {
        "twice": {"type": "formula", "expr": "a * 2"},
        "more": {"type": "formula", "expr": "x * 10"},
    }
    assert drawn(plan_of_document(document)).column("more").to_pylist() == [70] * 5


def test_columns_that_read_each_other_are_refused() -> None:
    document = scripted('row["y"]', "int")
    document["features"]["y"] = {"type": "formula", "expr": "x + 1"}
    with pytest.raises(DefinitionError, match="circle"):
        plan_of_document(document)


PARENTS = """
seed: 3
tables:
  customers:
    n_samples: 20
    primary_key: id
    features:
      id: {type: id, format: sequence}
      plan: {type: category, cats: [Gold, Silver]}
  orders:
    n_samples: 100
    foreign_keys: {customer: {references: customers.id}}
    features:
      note:
        type: script
        returns: text
        script: 'def value(row): return row["customers.plan"] + str(row["customer"])'
"""


def test_columns_of_parents_are_read() -> None:
    customers, orders = compile_plan(load_definition(PARENTS).definition).tables
    parents = customers.block(0).to_pylist()
    plans = {row["id"]: row["plan"] for row in parents}
    for row in orders.block(0).to_pylist():
        assert row["note"] == f"{plans[row['customer']]}{row['customer']}"


def test_nulls_and_lengths_are_as_declared() -> None:
    document = scripted("str(row['a'])", "text", 400, missing=0.25, max_length=1)
    assert drawn(plan_of_document(document)).column("x").null_count == 100
    document["features"]["x"]["script"] = "def value(row): return 'xy'"
    with pytest.raises(ComputationError, match=r"max_length: a text has 2 characters"):
        drawn(plan_of_document(document))
    document["features"]["x"]["unique"] = True
    with pytest.raises(DefinitionError, match="a script cannot promise unique values"):
        plan_of_document(document)


def test_finished_files_are_computed_again(tmp_path: Path) -> None:
    document = scripted('row["a"] + 1', "int", 50)

    def damaged(table: pa.Table) -> pa.Table:
        return with_value(table, "x", 7, 99)

    assert broken(measured(document, tmp_path)) == set()
    assert broken(measured(document, tmp_path, damaged)) == {"script of x"}


def test_sql_says_that_it_is_computed() -> None:
    assert not_in_sql(plan_of_document(scripted("1", "int"))) == [
        "t: x is computed, here a plain column"
    ]


def test_same_bytes_for_any_number_of_workers(tmp_path: Path) -> None:
    """Of two blocks, the second of which is computed after the first or beside it."""
    document = scripted('str(row["n"]) + "-" + row["s"]', "text", BLOCK_ROWS + 3000)
    document["features"]["n"] = {"type": "int", "min": 1, "max": 10**9}
    plan = plan_of_document(document)
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        folder.mkdir()
        run_generation(plan, folder, ("csv",), workers=workers)
    written = [(tmp_path / workers / "t.csv").read_bytes() for workers in ("1", "2")]
    assert written[0] == written[1]
    assert written[0].count("-zwölf,".encode()) == BLOCK_ROWS + 3000


def test_without_the_interpreter_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.engine.scripts.sandbox.PACKAGE", "no_such_starlark")
    with pytest.raises(DefinitionError, match="pip install starlark-pyo3"):
        load_definition(SALES)
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(DefinitionError, match="scripts run on Linux alone"):
        load_definition(SALES)
