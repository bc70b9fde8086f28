"""Hidden columns are drawn and read, measured, and written nowhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest

from app.engine.errors import DefinitionError
from app.engine.evaluation.facts import measure_facts
from app.engine.evaluation.verification import verify
from app.engine.execution.run import run_generation
from app.engine.formats import FORMATS
from app.engine.plan.compiler import compile_plan
from app.engine.schema.load import load_definition
from tests.engine.evaluation.measuring import broken, measured, with_value
from tests.engine.evaluation.test_several_tables import files
from tests.engine.plan.keys.families import child, drawn, made, parent, planned
from tests.engine.planning import drawn as rows_of

BASE = {"type": "float", "min": 10, "max": 50, "decimals": 2, "hidden": True}
NUMBER = {"type": "id"}
BOOL = {"type": "bool"}
RULE = {"if": "a > 3", "then": {"true": 0.7}}
SINGLE: dict[str, Any] = {
    "n_samples": 1500,
    "features": {
        "base": BASE,
        "kind": {"type": "category", "cats": {"x": 0.3, "y": 0.7}, "hidden": True, "missing": 0.1},
        "price": {"type": "formula", "expr": "if(kind == 'x', base, base * 2)"},
        "other": {"type": "float", "mean": 0, "std": 1},
    },
    "correlations": [{"between": ["base", "other"], "r": 0.5}],
    "constraints": ["other < base"],
}


def test_hidden_columns_are_read_and_measured_and_not_written(tmp_path: Path) -> None:
    results = measured(SINGLE, tmp_path)
    assert broken(results) == set()
    assert {"distribution of base", "share of kind=x", "formula of price"} <= results.keys()
    assert {"correlation of base with other", "constraint other < base"} <= results.keys()
    spoilt = measured(SINGLE, tmp_path, lambda table: with_value(table, "price", 3, 1.0))
    assert "formula of price" in broken(spoilt)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_no_format_has_them(name: str, tmp_path: Path) -> None:
    plan = compile_plan(load_definition({**SINGLE, "seed": 3}).definition)
    run = run_generation(plan, tmp_path, [name], workers=1)
    path = run.tables[0].files[0].path
    batches = FORMATS[name].read(path, plan.tables[0].schema)
    assert {tuple(batch.schema.names) for batch in batches} == {("price", "other")}


def test_hiding_a_column_moves_no_other() -> None:
    shown = {name: {**each, "hidden": False} for name, each in SINGLE["features"].items()}
    plans = [
        compile_plan(load_definition({**SINGLE, "seed": 3, "features": each}).definition)
        for each in (SINGLE["features"], shown)
    ]
    hidden, seen = map(rows_of, plans)
    assert hidden.equals(seen.select(hidden.schema.names))


def test_children_read_hidden_columns_of_their_parents(tmp_path: Path) -> None:
    parents = parent(
        200, base=BASE, joined={"type": "date", "end_date": "2020-01-01", "hidden": True}
    )
    body = child(
        {"children": {"mean": 3, "max": 9}, "hidden": True},
        features={
            "of": {"type": "formula", "expr": "parents.id"},
            "total": {"type": "formula", "expr": "value * parents.base"},
            "placed": {"type": "date", "after": "parents.joined", "end_date": "2030-01-01"},
        },
    )
    plan = planned({"parents": parents, "children": body})
    assert drawn(plan)["children"].schema.names == ["value", "of", "total", "placed"]
    results = measure_facts(plan, files(plan, tmp_path))
    assert [each for each in results if not each.holds] == []
    assert {"foreign key parent", "formula of total", "placed after parents.joined"} <= {
        each.fact for each in results
    }


def test_a_hidden_key_refers_to_several_columns_at_once() -> None:
    lines = child(
        {"children": {"mean": 3, "max": 9}},
        features={"line": {"type": "line_number"}, "id": {"type": "id", "hidden": True}},
    )
    returns = {
        "n_samples": 100,
        "foreign_keys": {"of": {"references": "children.id", "unique": True, "hidden": True}},
        "features": {
            "order": {"type": "formula", "expr": "children.parent"},
            "line": {"type": "formula", "expr": "children.line"},
        },
    }
    tables = made({"parents": parent(200), "children": lines, "returns": returns})
    pairs = tables["returns"].merge(
        tables["children"], left_on=["order", "line"], right_on=["parent", "line"]
    )
    assert len(pairs) == 100
    assert list(tables["returns"].columns) == ["order", "line"]


def test_a_model_is_not_shown_them(tmp_path: Path) -> None:
    features = {
        **SINGLE["features"],
        "x": {"type": "float", "mean": 0, "std": 1, "correlation": "positive", "strength": 0.4},
    }
    target = {"y": {"type": "bool", "proportion": 0.4}}
    document = {"n_samples": 400, "features": features, "target": target}
    plan = compile_plan(load_definition({"tables": {"children": document}}).definition, seed=1)
    found = verify(files(plan, tmp_path), plan, seed=1)
    assert found is not None
    assert {"base", "kind"} <= set(found.left_out)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"features": {"a": BASE}}, "every column is hidden"),
        (
            {"features": {"a": {**NUMBER, "hidden": True}, "b": NUMBER}, "primary_key": "a"},
            "hidden",
        ),
        ({"features": {"a": NUMBER}, "target": {"y": {**BOOL, "hidden": True}}}, "to be seen"),
        ({"features": {"a": {**BASE, "correlation": "positive"}}, "target": {"y": BOOL}}, "effect"),
        ({"features": {"a": BASE}, "target": {"y": BOOL}, "rules": [RULE]}, "no column|unknown"),
        ({"features": {"a": {**BASE, "hidden": "very"}}}, "true or false"),
    ],
)
def test_what_is_there_to_be_seen_is_not_hidden(document: Any, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        load_definition({"n_samples": 9, **document})


def test_a_key_refers_to_no_hidden_column() -> None:
    parents = {
        "n_samples": 9,
        "features": {"id": {"type": "id", "hidden": True}, "x": {"type": "id"}},
    }
    with pytest.raises(DefinitionError, match="is hidden, so nothing can be joined"):
        planned({"parents": parents, "children": child({}, n_samples=5)})


def test_hidden_columns_of_moments_stay_in_their_range() -> None:
    document = {
        "n_samples": 200,
        "features": {
            "a": {
                "type": "date",
                "start_date": "2024-01-01",
                "end_date": "2024-01-31",
                "hidden": True,
            },
            "b": {"type": "formula", "expr": "a + days(1)"},
        },
    }
    table = rows_of(compile_plan(load_definition(document).definition, seed=1))
    assert pc.min(table["b"]).as_py().isoformat() == "2024-01-02"
