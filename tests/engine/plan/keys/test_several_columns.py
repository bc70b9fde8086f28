"""Keys that refer to several columns of a parent together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.engine.errors import DefinitionError
from app.engine.evaluation.facts import measure_facts
from app.engine.schema.dump import dump_definition
from app.engine.schema.load import load_definition
from tests.engine.evaluation.measuring import with_value
from tests.engine.evaluation.test_several_tables import files
from tests.engine.plan.keys.families import made, parent, planned

LINES = {
    "primary_key": ["order", "line"],
    "foreign_keys": {"order": {"references": "orders.id", "children": {"mean": 3, "max": 9}}},
    "features": {"line": {"type": "line_number"}, "qty": {"type": "int", "min": 1, "max": 9}},
}


def tables(key: dict[str, Any], **more: Any) -> dict[str, Any]:
    of = {"references": "lines.order", "columns": {"line": "line"}, **key}
    rows = {"n_samples": 90, "foreign_keys": {"order": of}, **more}
    rows.setdefault("features", {"double": {"type": "formula", "expr": "lines.qty * 2 + line * 0"}})
    return {"orders": parent(100), "lines": LINES, "children": rows}


@pytest.mark.parametrize(
    "key", [{}, {"unique": True}, {"missing": 0.3}, {"weights": "qty"}, {"hidden": True}]
)
def test_rows_refer_to_one_that_is_there(key: dict[str, Any], tmp_path: Path) -> None:
    plan = planned(tables(key))
    results = measure_facts(plan, files(plan, tmp_path))
    assert [each for each in results if not each.holds] == []
    names = plan.table("children").schema.names
    assert names == (["double"] if "hidden" in key else ["order", "line", "double"])
    found = made(tables(key))
    if "hidden" not in key:
        rows = found["children"].dropna()
        joined = rows.merge(found["lines"], on=["order", "line"], how="left")
        assert (joined["qty"] * 2 == joined["double"]).all()
        assert not (key.get("unique") and rows.duplicated(["order", "line"]).any())


def test_a_line_of_another_order_is_seen(tmp_path: Path) -> None:
    plan = planned(tables({}))
    spoilt = files(plan, tmp_path, lambda table: with_value(table, "line", 3, 99))
    broken = {each.fact for each in measure_facts(plan, spoilt) if not each.holds}
    assert "foreign key order" in broken


def test_children_of_children_are_found_through_both_columns() -> None:
    several = tables({"unique": True}, features={"id": {"type": "id"}}, primary_key="id")
    several["notes"] = {
        "n_samples": 50,
        "foreign_keys": {"child": {"references": "children.id"}},
        "features": {"qty": {"type": "formula", "expr": "lines.qty"}},
    }
    found = made(several)
    joined = found["notes"].merge(found["children"], left_on="child", right_on="id")
    joined = joined.merge(found["lines"], on=["order", "line"])
    assert (joined["qty_x"] == joined["qty_y"]).all()
    assert len(joined) == 50


def test_a_definition_with_such_a_key_is_written_and_read_again() -> None:
    definition = load_definition({"tables": tables({"weights": {"skew": 1.2}})}).definition
    assert load_definition(dump_definition(definition)).definition == definition


@pytest.mark.parametrize(
    ("key", "more", "message"),
    [
        ({"columns": {"line": "lin"}}, {}, "has no column `lin`"),
        ({"columns": {"line": 3}}, {}, "the name of a column is wanted"),
        ({"columns": "line"}, {}, "a mapping of columns is wanted"),
        ({"columns": {"line": "qty"}}, {}, "tells the rows of `lines` apart"),
        ({}, {"features": {"line": {"type": "int", "min": 1, "max": 2}}}, "is declared too"),
        ({}, {"primary_key": "order"}, "cannot be promised"),
        ({"unique": True}, {"primary_key": "order"}, "cannot be promised"),
        ({}, {"primary_key": ["order", "line"]}, "cannot be promised"),
    ],
)
def test_faults_of_such_keys(key: dict[str, Any], more: dict[str, Any], message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        planned(tables(key, **more))


def test_a_key_of_both_columns_tells_rows_apart() -> None:
    rows = made(tables({"unique": True}, primary_key=["order", "line"]))["children"]
    assert not rows.duplicated(["order", "line"]).any()
