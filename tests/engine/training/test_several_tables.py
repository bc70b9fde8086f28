"""Several tables learned and drawn: keys, counts, what children have of their parents, privacy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from app.engine.errors import DefinitionError
from app.engine.plan.several import layouts
from app.engine.plan.several.planning import tables_plan
from app.engine.synthesizers.several.files import tables_bytes
from app.engine.synthesizers.values import Protection
from app.engine.training.several.fitting import train_tables
from app.engine.training.several.individuals import individuals
from app.engine.training.several.table_keys import Key, TableKeys
from app.engine.training.training_plan import AskedTraining, held_out
from tests.engine.several_tables import (
    CUSTOMERS,
    PRODUCTS,
    QUICK,
    SEED,
    drawn,
    learned_shop,
    shop,
    without_times,
)
from tests.engine.several_tables import DEFINITION as SHOP

Tables = dict[str, pa.Table]


@pytest.fixture(scope="module")
def made() -> Tables:
    return drawn(tables_plan(learned_shop(), "shop", rows=1_200, seed=5))


def total_variation(left: np.ndarray, right: np.ndarray) -> float:
    most = int(max(left.max(), right.max())) + 1
    shares = [np.bincount(each, minlength=most) / len(each) for each in (left, right)]
    return float(np.abs(shares[0] - shares[1]).sum() / 2)


def children(tables: Tables, child: str, column: str, parent: str, key: str) -> np.ndarray:
    """How many rows of a table each row of another one has."""
    place = pc.index_in(tables[child][column].drop_null(), value_set=tables[parent][key])
    return np.bincount(place.to_numpy(), minlength=tables[parent].num_rows)


def joined(tables: Tables) -> Any:
    """Items with their orders, customers and products."""
    frames = {name: table.to_pandas() for name, table in tables.items()}
    orders = frames["orders"].merge(frames["customers"], left_on="customer", right_on="id")
    items = frames["items"].merge(frames["orders"], left_on="order", right_on="number")
    return orders, items.merge(frames["products"], on="sku")


def test_columns_are_those_of_the_source(made: Tables) -> None:
    for name, table in shop().items():
        assert made[name].column_names == table.column_names
    assert made["carriers"].to_pylist() == shop()["carriers"].to_pylist()
    assert (made["customers"].num_rows, made["products"].num_rows) == (1_200, PRODUCTS)


def test_keys_are_unique_and_all_resolve(made: Tables) -> None:
    for table, key in (("customers", "id"), ("products", "sku"), ("orders", "number")):
        column = made[table][key]
        assert column.null_count == 0 and len(pc.unique(column)) == len(column)
    for key in SHOP["foreign_keys"]:
        child, column = key["from"].split(".")
        parent, referred = key["to"].split(".")
        known = pc.is_in(made[child][column].drop_null(), value_set=made[parent][referred])
        assert pc.all(known).as_py(), key
    items = made["items"].select(["order", "sku"])
    assert items.group_by(["order", "sku"]).aggregate([]).num_rows == items.num_rows


def test_missing_keys_are_as_many_as_in_the_source(made: Tables) -> None:
    real, found = shop()["orders"]["customer"], made["orders"]["customer"]
    assert real.null_count > 0
    assert found.null_count / len(found) == pytest.approx(real.null_count / len(real), abs=0.005)
    assert made["orders"]["carrier"].null_count == made["items"]["sku"].null_count == 0


def test_parents_have_as_many_children_as_in_the_source(made: Tables) -> None:
    for key in (("orders", "customer", "customers", "id"), ("items", "order", "orders", "number")):
        real, found = children(shop(), *key), children(made, *key)
        assert total_variation(real, found) < 0.08, key
        assert found.mean() == pytest.approx(real.mean(), rel=0.1)


def test_children_depend_on_their_parents(made: Tables) -> None:
    (real, real_items), (found, found_items) = joined(shop()), joined(made)
    assert real["shipping"].corr(real["income"]) > 0.9
    assert found["shipping"].corr(found["income"]) > 0.85
    for segment in ("premium", "basic"):
        shares = [
            (each[each["segment"] == segment]["channel"] == "web").mean() for each in (real, found)
        ]
        assert shares[1] == pytest.approx(shares[0], abs=0.12)
    counts = [each.groupby("segment").size() / each.groupby("segment")["id"].nunique()
              for each in (real, found)]  # fmt: skip
    assert counts[1]["premium"] - counts[1]["basic"] > 0.5 * (
        counts[0]["premium"] - counts[0]["basic"]
    )
    for items in (real_items, found_items):
        by_channel = (items["category"] == "food").groupby(items["channel"]).mean()
        assert by_channel["shop"] - by_channel["web"] > 0.5
        amounts = items.groupby("category")["amount"].mean()
        assert amounts["food"] - amounts["toys"] > 2


def test_the_same_seed_draws_the_same_rows(made: Tables) -> None:
    again = drawn(tables_plan(learned_shop(), "other name", rows=1_200, seed=5))
    assert again == made
    assert drawn(tables_plan(learned_shop(), "shop", rows=1_200, seed=6)) != made


def test_blocks_may_be_drawn_in_any_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layouts, "BLOCK_ROWS", 100)
    plan = tables_plan(learned_shop(), "shop", rows=300, seed=5)
    other = tables_plan(learned_shop(), "shop", rows=300, seed=5)
    assert plan.table("items").blocks > 5
    for name in ("items", "orders", "customers"):
        table = plan.table(name)
        forwards = [table.block(number) for number in range(table.blocks)]
        backwards = [other.table(name).block(number) for number in reversed(range(table.blocks))]
        assert forwards == backwards[::-1]
        assert [each.num_rows for each in forwards] == [
            table.block_rows(number) for number in range(table.blocks)
        ]
    tables = drawn(plan)
    assert len(pc.unique(tables["orders"]["number"])) == tables["orders"].num_rows
    assert pc.all(pc.is_in(tables["items"]["order"], tables["orders"]["number"])).as_py()


def test_rows_of_each_root_may_be_asked_for() -> None:
    plan = tables_plan(learned_shop(), "shop", rows={"products": 7, "customers": 30}, seed=1)
    tables = drawn(plan)
    assert (tables["products"].num_rows, tables["customers"].num_rows) == (7, 30)
    assert children(tables, "items", "order", "orders", "number").max() <= 7
    empty = drawn(tables_plan(learned_shop(), "shop", rows=0, seed=1))
    assert {name: each.num_rows for name, each in empty.items()} == {
        "customers": 0, "products": PRODUCTS, "orders": 0, "items": 0, "carriers": 2
    }  # fmt: skip
    for asked in ({"orders": 5}, {"nothing": 5}, {"customers": -1}):
        with pytest.raises(DefinitionError, match=r"tables\."):
            tables_plan(learned_shop(), "shop", rows=asked, seed=1)


def test_the_model_does_not_depend_on_the_number_of_workers() -> None:
    again = train_tables(shop(), SHOP, AskedTraining(settings=QUICK), workers=2)
    assert tables_bytes(without_times(again)) == tables_bytes(without_times(learned_shop()))


def test_a_label_of_few_individuals_never_comes_out() -> None:
    tables = dict(shop())
    owners = np.full(tables["orders"].num_rows, "ordinary", dtype=object)
    customers = tables["orders"]["customer"].to_pylist()
    most = max({each for each in customers if each}, key=customers.count)
    own = [place for place, each in enumerate(customers) if each == most]
    assert len(own) > Protection().k
    owners[own] = "theirs alone"
    tables["orders"] = tables["orders"].append_column("note", pa.array(owners, pa.string()))
    learned = train_tables(tables, SHOP, AskedTraining(settings={"max_rounds": 1}))
    found = drawn(tables_plan(learned, "shop", rows=3_000, seed=1))
    assert set(pc.unique(found["orders"]["note"]).to_pylist()) == {"ordinary"}


def test_numbers_that_one_individual_repeats_do_not_come_out() -> None:
    rng = np.random.default_rng(2)
    own = np.repeat(np.arange(60), 10)
    incomes = np.sort(rng.integers(10**6, 10**7, 60))
    accounts = np.sort(rng.integers(10**6, 10**7, 60))
    paid = np.where(own == 3, 17, rng.integers(0, 3, 600) * 10)
    branch = np.where(own % 2, "north", "south")
    visits = {
        "person": own, "income": incomes[own], "account": accounts[own],
        "branch": branch, "paid": paid,
    }  # fmt: skip
    people = pa.table({"id": np.arange(60), "kind": np.where(np.arange(60) % 3, "a", "b")})
    definition = {
        "tables": {"people": {"primary_key": "id", "columns": {"id": "new"}}, "visits": {}},
        "foreign_keys": [{"from": "visits.person", "to": "people.id"}],
    }
    tables = {"people": people, "visits": pa.table(visits)}
    learned = train_tables(tables, definition, AskedTraining(settings={"max_rounds": 1}, seed=1))
    found = drawn(tables_plan(learned, "visits", rows=200, seed=1))["visits"]
    assert set(found["paid"].to_pylist()) == {0, 10, 20}
    # Numbers end where five individuals lie, also at the ends.
    assert not set(found["income"].to_pylist()) & {*incomes[5:-5].tolist()}
    assert found["account"].null_count == found.num_rows
    assert any("'account': no value stands in 5 individuals" in each for each in learned.warnings)


def test_what_follows_from_a_row_that_is_set_aside_is_set_aside() -> None:
    orders = Key("orders", "customer", "customers", "id")
    items = Key("items", "order", "orders", "number")
    tables = (
        TableKeys("customers"), TableKeys("orders", own=orders), TableKeys("items", own=items)
    )  # fmt: skip
    parents = {
        orders: np.arange(4_000) % 2_000,
        items: np.concatenate([[-1], np.arange(9_999) % 4_000]),
    }
    rows = {"customers": 2_000, "orders": 4_000, "items": 10_000}
    found = individuals(tables, parents, rows, 0.1, SEED)
    apart = held_out(2_000, 0.1, SEED)
    assert found.root == "customers" and (~found.learned["customers"] == apart).all()
    assert (~found.learned["orders"] == apart[parents[orders]]).all()
    assert (~found.learned["items"][1:] == apart[parents[orders][parents[items][1:]]]).all()
    assert found.learned["items"][0] and found.of_rows["items"][0] >= 2_000


def test_few_individuals_are_not_set_aside() -> None:
    assert learned_shop().by_name["customers"].learned.held_out == 0
    assert learned_shop().by_name["customers"].relations.rows == CUSTOMERS


def test_a_root_of_nothing_but_its_key_has_children() -> None:
    document = {**SHOP, "tables": dict(SHOP["tables"])}
    dropped = {"id": {"treatment": "new"}, "income": {"treatment": "drop"},
               "segment": {"treatment": "drop"}}  # fmt: skip
    document["tables"]["customers"] = {"primary_key": "id", "columns": dropped}
    learned = train_tables(shop(), document, AskedTraining(settings={"max_rounds": 1}))
    found = drawn(tables_plan(learned, "shop", rows=200, seed=1))
    assert found["customers"].column_names == ["id"] and found["orders"].num_rows > 100
    customers = found["orders"]["customer"].drop_null()
    assert pc.all(pc.is_in(customers, found["customers"]["id"])).as_py()


def test_tables_without_rows_are_left_out_with_a_warning() -> None:
    people = pa.table({"id": range(50), "kind": [n % 3 for n in range(50)]})
    tables = {"people": people, "notes": people.slice(0, 0)}
    learned = train_tables(tables, None, AskedTraining(settings={"max_rounds": 1}, seed=1))
    assert [each.name for each in learned.tables] == ["people"]
    assert "notes: it has no rows, and is left out" in learned.warnings
