"""How popular the rows are that a key refers to, declared as the pages do, and compiled."""

from __future__ import annotations

from typing import Any

import pytest

from app.engine.schema.load import load_definition
from app.engine.schema.models import ParentWeights
from app.ui.model.draft import Draft
from app.ui.model.relations import weights
from app.ui.model.tables import Table

SHOP: dict[str, Any] = {
    "tables": {
        "products": {
            "n_samples": 40,
            "primary_key": "sku",
            "features": {
                "sku": {"type": "id"},
                "popularity": {"type": "float", "min": 0, "max": 9},
                "name": {"type": "name"},
            },
        },
        "lines": {
            "n_samples": 300,
            "foreign_keys": {"sku": "products.sku"},
            "features": {"count": {"type": "int", "min": 1, "max": 5}},
        },
        "visits": {
            "n_samples": 90,
            "foreign_keys": {"country": {"references": "countries.code"}},
            "features": {"paid": {"type": "bool"}},
        },
        "countries": {"rows": [{"code": "DE", "people": 84}], "primary_key": "code"},
    }
}


def shop() -> tuple[Draft, Table]:
    draft = Draft(SHOP)
    return draft, draft.table("lines")


def declared(draft: Draft) -> ParentWeights | None:
    tables = load_definition(draft.document).definition.tables
    return tables["lines"].foreign_keys["sku"].weights


def test_a_column_of_the_parent_says_how_popular_its_rows_are() -> None:
    draft, table = shop()
    known = weights.choices(draft, table, "sku")
    assert [each for each in known if each.startswith("by ")] == ["by popularity"]
    assert weights.choice(table, "sku") == ""
    weights.choose(table, "sku", "by popularity")
    assert draft.document["tables"]["lines"]["foreign_keys"]["sku"] == {
        "references": "products.sku",
        "weights": "popularity",
    }
    assert weights.choice(table, "sku") == "by popularity"
    assert declared(draft) == ParentWeights(column="popularity")


def test_numbers_of_literal_rows_can_be_weights() -> None:
    draft, _ = shop()
    assert "by people" in weights.choices(draft, draft.table("visits"), "country")


def test_zipf_has_an_exponent() -> None:
    draft, table = shop()
    weights.choose(table, "sku", "skew")
    assert weights.parameters(table, "sku") == ("skew",)
    weights.set_parameter(table, "sku", "skew", "1,3")
    assert weights.parameter(table, "sku", "skew") == "1.3"
    assert declared(draft) == ParentWeights(skew=1.3)
    weights.set_parameter(table, "sku", "skew", "")
    assert weights.choice(table, "sku") == "skew"


@pytest.mark.parametrize("written", [
    {"gamma": {"a": 3, "scale": 1}},
    {"distribution": {"gamma": {"a": 3, "scale": 1}}},
    {"distribution": "gamma", "a": 3, "scale": 1},
])  # fmt: skip
def test_a_distribution_is_changed_in_every_spelling(written: dict[str, Any]) -> None:
    draft, table = shop()
    table.node["foreign_keys"]["sku"] = {"references": "products.sku", "weights": written}
    assert weights.choice(table, "sku") == "gamma"
    assert weights.parameter(table, "sku", "a") == "3"
    weights.set_parameter(table, "sku", "a", "2.5")
    found = declared(draft)
    assert found is not None and found.distribution is not None
    assert found.distribution.model_dump()["a"] == 2.5


def test_a_drawn_popularity_begins_whole_and_goes_again() -> None:
    draft, table = shop()
    weights.choose(table, "sku", "lognormal")
    assert weights.parameters(table, "sku") == ("mean", "std")
    found = declared(draft)
    assert found is not None and found.distribution is not None
    weights.choose(table, "sku", "")
    assert declared(draft) is None


def test_a_fault_of_a_parameter_stands_at_its_field() -> None:
    _, table = shop()
    weights.choose(table, "sku", "gamma")
    assert weights.parameter_place(table, "sku", "a") == ("weights", "gamma", "a")
    weights.choose(table, "sku", "skew")
    assert weights.parameter_place(table, "sku", "skew") == ("weights", "skew")
