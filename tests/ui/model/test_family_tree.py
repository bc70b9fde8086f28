"""Keys between tables, drawn."""

from __future__ import annotations

import re

from app.ui.model.draft import Draft
from app.ui.model.keys import ForeignKey, column_counts, foreign_keys
from app.ui.model.results import titled
from app.ui.parts.family_tree import family_tree

SHOP = {
    "tables": {
        "orders": {
            "foreign_keys": {"customer": {"references": "customers.id"}},
            "features": {"id": {"type": "id"}},
            "target": {"back": {"type": "bool"}},
        },
        "customers": {
            "foreign_keys": {"country": "countries.code", "friend": "customers.id"},
            "features": {"id": {"type": "id"}},
        },
        "countries": {"rows": [{"code": "DE"}, {"code": "FR", "name": "France"}]},
    }
}


def places(svg: str) -> dict[str, tuple[float, float]]:
    found = re.findall(r'<rect [^>]*x="(\d+)" y="(\d+)"[^>]*/><title>(\w+)', svg)
    return {name: (float(x), float(y)) for x, y, name in found}


def test_each_table_stands_to_the_right_of_those_it_refers_to() -> None:
    tables = Draft(SHOP).tables()
    svg = family_tree(column_counts(tables), foreign_keys(tables))
    x = {name: place[0] for name, place in places(svg).items()}
    assert x["countries"] < x["customers"] < x["orders"]
    assert svg.count("family__key") == 3
    assert "orders refers to customers by customer" in svg


def test_columns_count_keys_and_literal_rows() -> None:
    assert column_counts(Draft(SHOP).tables()) == {"orders": 3, "customers": 3, "countries": 2}


def test_tables_in_a_circle_are_drawn_and_none_covers_another() -> None:
    keys = [ForeignKey("a", "x", "b.id"), ForeignKey("b", "x", "a.id"), ForeignKey("c", "x", "?")]
    found = places(family_tree({"a": 1, "b": 1, "c": 1, "d": 1}, keys))
    assert len(set(found.values())) == len(found) == 4


def test_names_are_escaped() -> None:
    svg = family_tree({"<b>": 1}, [ForeignKey("<b>", '"', "<b>.id")])
    assert "<b>" not in svg


def test_facts_of_several_tables_say_which() -> None:
    facts = [{"table": "a", "fact": "rows"}, {"table": "b", "fact": "rows"}]
    assert [fact["fact"] for fact in titled(facts)] == ["a: rows", "b: rows"]
    assert [fact["fact"] for fact in titled(facts[:1])] == ["rows"]
