"""A made shop of several tables: customers, their orders and items, products, carriers."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from app.engine.plan.plan import Plan, TablePlan
from app.engine.synthesizers.several.learned_tables import LearnedTables, RelatedTable
from app.engine.training.several.fitting import train_tables
from app.engine.training.training_plan import AskedTraining

CUSTOMERS, PRODUCTS, SEED = 400, 40, 3
QUICK = {"max_rounds": 25, "learning_rate": 0.4}
NEW = {"treatment": "new"}
DEFINITION: dict[str, Any] = {
    "tables": {
        "customers": {"primary_key": "id", "columns": {"id": NEW}},
        "products": {"primary_key": "sku", "columns": {"sku": NEW}},
        "orders": {"primary_key": "number", "columns": {"number": NEW}},
        "items": {"primary_key": ["order", "sku"]},
        "carriers": {"original": True},
    },
    "foreign_keys": [
        {"from": "orders.customer", "to": "customers.id"},
        {"from": "orders.carrier", "to": "carriers.code"},
        {"from": "items.order", "to": "orders.number"},
        {"from": "items.sku", "to": "products.sku"},
    ],
    "seed": SEED,
}


@cache
def shop() -> dict[str, pa.Table]:
    """Premium customers order more, rich ones pay more for shipping, food goes by the shop, and
    more of it at once; a tenth of the orders has no customer."""
    rng = np.random.default_rng(1)
    income = np.round(np.exp(rng.normal(7.5, 0.4, CUSTOMERS)))
    premium = income > 1_900
    ids = np.arange(CUSTOMERS) + 1_001
    category = np.array(["food", "tools", "toys"])[np.arange(PRODUCTS) % 3]
    skus = np.array([f"P-{number:04d}" for number in range(PRODUCTS)])
    counts = rng.poisson(np.where(premium, 3.0, 1.0))
    buyer = np.repeat(np.arange(CUSTOMERS), counts)
    orders = len(buyer)
    channel = np.where(rng.random(orders) < np.where(premium[buyer], 0.8, 0.3), "web", "shop")
    alone = rng.random(orders) < 0.1
    item_order = np.repeat(np.arange(orders), 1 + rng.poisson(1.0, orders))
    is_food = rng.random(len(item_order)) < np.where(channel[item_order] == "shop", 0.85, 0.15)
    wanted = np.where(is_food, 0, rng.integers(1, 3, len(item_order)))
    bought = wanted + 3 * rng.integers(0, PRODUCTS // 3, len(item_order))
    pairs = np.unique(np.stack([item_order, bought]), axis=1)
    amount = 1 + rng.poisson(np.where(pairs[1] % 3 == 0, 4.0, 0.3))
    return {
        "customers": pa.table(
            {"id": ids, "income": income, "segment": np.where(premium, "premium", "basic")}
        ),
        "products": pa.table({"sku": skus, "category": category}),
        "orders": pa.table(
            {
                "number": np.arange(orders) + 1,
                "customer": pa.array(ids[buyer], mask=alone),
                "channel": channel,
                "shipping": np.round(income[buyer] / 500 + rng.normal(0, 0.3, orders), 2),
                "carrier": rng.choice(["dhl", "ups"], orders),
            }
        ),
        "items": pa.table({"order": pairs[0] + 1, "sku": skus[pairs[1]], "amount": amount}),
        "carriers": pa.table({"code": ["dhl", "ups"], "label": ["Yellow", "Brown"]}),
    }


@cache
def learned_shop() -> LearnedTables:
    """What is learned of it, quickly."""
    return train_tables(shop(), DEFINITION, AskedTraining(settings=QUICK))


def without_times(learned: LearnedTables) -> LearnedTables:
    """The same without what differs from one training to the next."""
    return replace(learned, tables=tuple(map(_without_times, learned.tables)))


def _without_times(table: RelatedTable) -> RelatedTable:
    if table.learned is None:
        return table
    return replace(table, learned=replace(table.learned, provenance=None))


def whole(table: TablePlan) -> pa.Table:
    """All rows of a table."""
    return pa.Table.from_batches([table.block(number) for number in range(table.blocks)])


def drawn(plan: Plan) -> dict[str, pa.Table]:
    """All tables of a plan by name."""
    return {each.name: whole(each) for each in plan.tables}
