"""What cannot be learned of several tables is refused, with what can be."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pyarrow as pa
import pytest

from app.engine.errors import DefinitionError
from app.engine.profiling.sources import profiled_tables
from app.engine.synthesis.defaults import suggested_synthesis
from app.engine.training.several.fitting import prepare_tables
from app.engine.training.several.table_keys import Key, TableKeys
from app.engine.training.training_plan import AskedTraining
from tests.engine.several_tables import DEFINITION, shop

Change = Callable[[dict[str, Any]], Any]


def prepared(definition: dict[str, Any] | None, **tables: pa.Table) -> tuple[TableKeys, ...]:
    with profiled_tables({**shop(), **tables}) as source:
        return prepare_tables(source, definition, AskedTraining(seed=1)).keys


def refused(definition: dict[str, Any] | None, **tables: pa.Table) -> str:
    with pytest.raises(DefinitionError) as caught:
        prepared(definition, **tables)
    return str(caught.value)


def changed(change: Change) -> dict[str, Any]:
    document = deepcopy(DEFINITION)
    change(document)
    return document


def test_a_table_that_no_key_leads_to_is_named() -> None:
    customers = shop()["customers"]
    tables = {"customers": pa.concat_tables([customers, customers[:3]]), "orders": shop()["orders"]}
    for given, named in ((tables, {"customers", "orders"}), ({"customers": customers}, set())):
        with profiled_tables(given) as source:
            warnings = prepare_tables(source, None, AskedTraining(seed=1)).warnings
        assert {each.partition(":")[0] for each in warnings if "no key between" in each} == named


def test_the_first_key_says_whose_rows_they_are() -> None:
    tables = {each.name: each for each in prepared(DEFINITION)}
    order = list(tables)
    assert order.index("orders") > order.index("customers")
    assert order.index("items") > max(order.index("orders"), order.index("products"))
    items = tables["items"]
    assert items.own == Key("items", "order", "orders", "number")
    assert items.references == (items.distinct,) and items.distinct.parent == "products"
    assert tables["orders"].lookups == (Key("orders", "carrier", "carriers", "code"),)
    swapped = changed(lambda each: each["foreign_keys"].reverse())
    first = {each.name: each for each in prepared(swapped)}["items"]
    assert first.own is not None and first.own.parent == "products"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d["tables"].update(carriers={}), "original: true"),
        (lambda d: d["tables"]["carriers"].update(columns={"label": "drop"}), "comes out as it is"),
        (lambda d: d["tables"]["carriers"].update(rows=3), "with its own 2 rows.*or say 2"),
        (lambda d: d["tables"]["customers"]["columns"].update(income="keep"), "learn it, or drop"),
        (lambda d: d["tables"]["orders"]["columns"].update(customer="new"), "follows from"),
        (lambda d: d["tables"]["orders"].update(rows=5), "its rows follow from those"),
        (lambda d: d["tables"]["customers"]["columns"].pop("id"), "is made new"),
        (lambda d: d["tables"]["items"].update(primary_key=["order", "amount"]), "not kept unique"),
        (lambda d: d.update(synthesizer="copula"), "learned by 'sequential'"),
        (lambda d: d.update(target="nothing"), "has a column|have a column|no table"),
        (
            lambda d: d["foreign_keys"].append(
                {"from": "orders.channel", "to": "customers.income"}
            ),
            "has another primary key",
        ),
        (
            lambda d: d["foreign_keys"].append(
                {"from": ["items.order", "items.sku"], "to": ["orders.number", "orders.channel"]}
            ),
            "several columns|another primary key",
        ),
    ],
)
def test_what_cannot_be_learned_is_refused(change: Change, words: str) -> None:
    assert re.search(words, refused(changed(change)))


def test_a_lookup_table_may_say_its_own_rows() -> None:
    tables = prepared(changed(lambda each: each["tables"]["carriers"].update(rows=2)))
    assert next(each for each in tables if each.name == "carriers").original


def test_orphans_are_refused_with_their_number_and_no_value() -> None:
    orders = shop()["orders"]
    customers = orders["customer"].to_pylist()
    customers[:3] = [77, 77, 78]
    place = orders.schema.get_field_index("customer")
    broken = orders.set_column(place, "customer", pa.array(customers))
    words = refused(DEFINITION, orders=broken)
    assert "3 rows of 'orders' refer to no row of 'customers'" in words and "77" not in words


def test_a_suggested_definition_has_the_keys_that_are_referred_to() -> None:
    with profiled_tables(shop()) as source:
        document = suggested_synthesis(source.profile)
    assert document["tables"]["carriers"]["primary_key"] == "code"
    assert document["tables"]["carriers"]["columns"]["code"] == {"treatment": "new"}
    assert "2 rows, and 20 are needed" in refused(None)
    document["tables"]["carriers"] = {"original": True}
    assert {each.name for each in prepared(document)} == set(shop())


def test_columns_named_like_those_that_are_learned_beside_them_are_refused() -> None:
    orders = shop()["orders"].rename_columns(
        ["number", "customer", "#position", "#items.order", "carrier"]
    )
    message = refused(DEFINITION, orders=orders)
    assert "tables.orders.columns.#position: has the name of a column" in message
    assert "tables.orders.columns.#items.order" in message
