"""Tables and keys of a definition, changed as the pages change them."""

from __future__ import annotations

from typing import Any

import pytest

from app.engine.plan.compiler import compile_plan
from app.engine.schema.load import load_definition
from app.ui.model.draft import BLANK, Draft
from app.ui.model.relations import several_tables as several
from app.ui.model.tables import NameTaken

ONE: dict[str, Any] = {
    "name": "customers",
    "seed": 7,
    "n_samples": 200,
    "features": {"id": {"type": "id", "format": "sequence"}, "age": {"type": "int", "min": 1,
                                                                    "max": 9}},
    "constraints": ["age > 0"],
}  # fmt: skip


def shop() -> Draft:
    draft = Draft(ONE)
    name = several.add_table(draft)
    several.rename_table(draft, name, "orders")
    several.set_primary_key(draft.table("customers"), "id")
    several.add_key(draft.table("orders"), "customers.id")
    return draft


def compiled(draft: Draft) -> dict[str, int]:
    plan = compile_plan(load_definition(draft.document).definition, seed=1)
    return {table.name: table.rows for table in plan.tables}


def test_another_table_makes_several_of_one() -> None:
    draft = Draft(ONE)
    name = several.add_table(draft)
    assert [table.name for table in draft.tables()] == ["customers", name]
    assert set(draft.document) == {"name", "seed", "tables"}
    assert draft.document["tables"]["customers"]["constraints"] == ["age > 0"]
    assert compiled(draft) == {"customers": 200, name: 1000}


def test_the_model_of_a_table_goes_with_it() -> None:
    draft = Draft({"name": "a", "from": "model", "n_samples": 5, "associations": []})
    several.add_table(draft)
    assert draft.document["tables"]["a"]["from"] == draft.table("a").model == "model"
    assert set(draft.document) == {"name", "tables"}


def test_a_blank_draft_gets_a_second_table() -> None:
    draft = Draft(BLANK)
    several.add_table(draft)
    assert [table.name for table in draft.tables()] == ["my_table", "table_2"]


def test_what_stands_below_schema_stays_there() -> None:
    draft = Draft({"name": "a", "schema": {"features": {"x": {"type": "bool"}}}, "n_samples": 5})
    several.add_table(draft)
    assert list(draft.document) == ["name", "schema"]
    assert draft.document["schema"]["tables"]["a"] == {
        "n_samples": 5,
        "features": {"x": {"type": "bool"}},
    }
    several.rename_table(draft, "a", "b")
    assert draft.tables()[0].name == "b"


def test_a_key_refers_to_what_is_unique() -> None:
    draft = shop()
    assert set(several.goals(draft)) == {"customers.id", "orders.id"}
    assert several.key_columns(draft.table("orders")) == ["customers_id"]
    assert compiled(draft) == {"customers": 200, "orders": 1000}


def test_children_take_the_place_of_rows() -> None:
    draft = shop()
    orders = draft.table("orders")
    several.set_key_value(orders, "customers_id", "children", "3")
    assert "n_samples" not in orders.node
    assert compiled(draft)["orders"] == pytest.approx(600, abs=2)
    assert several.key_value(orders, "customers_id", "children") == "3"
    several.set_key_value(orders, "customers_id", "children", "")
    assert orders.node["n_samples"] == 1000


def test_children_by_a_distribution_stay_as_they_are() -> None:
    draft = shop()
    orders = draft.table("orders")
    children = {"distribution": "poisson", "mean": 3, "max": 9}
    orders.node["foreign_keys"]["customers_id"]["children"] = children
    assert several.has_own_children(orders, "customers_id")
    several.set_key_value(orders, "customers_id", "missing", "0.1")
    assert orders.node["foreign_keys"]["customers_id"]["children"] == children


def test_renamed_tables_and_keys_are_followed() -> None:
    draft = shop()
    several.rename_table(draft, "customers", "people")
    assert several.key_value(draft.table("orders"), "customers_id", "references") == "people.id"
    several.rename_key(draft.table("orders"), "customers_id", "buyer")
    assert several.key_columns(draft.table("orders")) == ["buyer"]
    compiled(draft)


@pytest.mark.parametrize("name", ["", " ", "a.b", "orders"])
def test_a_table_keeps_its_name_where_another_cannot_be(name: str) -> None:
    draft = shop()
    with pytest.raises(NameTaken):
        several.rename_table(draft, "customers", name)
    assert [table.name for table in draft.tables()] == ["customers", "orders"]


def test_a_table_goes_with_the_keys_that_refer_to_it() -> None:
    draft = shop()
    several.set_primary_key(draft.table("orders"), "customers_id")
    several.remove_table(draft, "customers")
    assert draft.document["tables"]["orders"] == {
        "n_samples": 1000,
        "features": {"id": {"type": "id", "format": "sequence"}},
    }
    several.remove_table(draft, "orders")
    assert len(draft.tables()) == 1


def test_keys_written_as_a_text_are_changed_in_place() -> None:
    draft = Draft(
        {
            "tables": {
                "a": {"features": {"id": {"type": "id"}}},
                "b": {"foreign_keys": {"a": "a.id"}, "features": {"x": {"type": "bool"}}},
            }
        }
    )
    table = draft.table("b")
    assert several.key_value(table, "a", "references") == "a.id"
    several.set_key_value(table, "a", "missing", "0.5")
    assert table.node["foreign_keys"] == {"a": {"references": "a.id", "missing": 0.5}}
