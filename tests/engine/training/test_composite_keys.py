"""Keys of several columns: lines of orders that are numbered, and what refers to them."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from app.engine.errors import DefinitionError
from app.engine.plan.several.planning import tables_plan
from app.engine.synthesizers.several.files import tables_bytes, tables_of
from app.engine.synthesizers.several.relations import LineColumn
from app.engine.training.several.fitting import train_tables
from app.engine.training.training_plan import AskedTraining
from tests.engine.several_tables import NEW, drawn

ORDERS = 200
DEFINITION: dict[str, Any] = {
    "tables": {
        "orders": {"primary_key": "id", "columns": {"id": NEW}},
        "items": {"primary_key": ["order_id", "line"]},
        "parcels": {"primary_key": "number", "columns": {"number": NEW}},
    },
    "foreign_keys": [
        {"from": "items.order_id", "to": "orders.id"},
        {"from": "parcels.order_id", "to": "orders.id"},
        {"from": ["parcels.line", "parcels.order_id"], "to": ["items.line", "items.order_id"]},
    ],
}
QUICK = AskedTraining(settings={"max_rounds": 10}, seed=1)


@cache
def warehouse() -> dict[str, pa.Table]:
    """Later lines cost more, and their parcels are heavier; lines are in no order."""
    rng = np.random.default_rng(1)
    counts = rng.integers(1, 6, ORDERS)
    order = np.repeat(np.arange(ORDERS), counts)
    line = np.concatenate([rng.permutation(each) + 1 for each in counts])
    sent = np.repeat(np.arange(len(order)), rng.integers(0, 3, len(order)))
    return {
        "orders": pa.table({"id": np.arange(ORDERS) + 900, "kind": rng.choice(["a", "b"], ORDERS)}),
        "items": pa.table(
            {
                "order_id": order + 900,
                "line": pa.array(line, pa.int16()),
                "price": line * 10 + rng.poisson(4.0, len(order)),
            }
        ),
        "parcels": pa.table(
            {
                "number": np.arange(len(sent)) + 1,
                "order_id": order[sent] + 900,
                "line": line[sent],
                "weight": np.round(line[sent] * 5 + rng.normal(0, 1, len(sent)), 1),
            }
        ),
    }


def pairs(table: pa.Table) -> list[tuple[int, int]]:
    return list(zip(table["order_id"].to_pylist(), table["line"].to_pylist(), strict=True))


def test_lines_are_numbered_and_what_refers_to_them_resolves() -> None:
    learned = train_tables(warehouse(), DEFINITION, QUICK)
    items = learned.by_name["items"].relations
    assert items.lines == [LineColumn(column="line", first=1, type="int64")]
    assert learned.by_name["parcels"].relations.drawn_keys == {"order_id": "items", "line": "items"}
    again = tables_of(tables_bytes(learned))
    found = drawn(tables_plan(again, "warehouse", seed=2, as_written=True))
    for name, table in warehouse().items():
        assert found[name].schema.names == table.schema.names
    assert found["items"].schema.field("line").type == pa.int16()
    lines = pairs(found["items"])
    counts = {order: 0 for order, _ in lines}
    for order, line in lines:
        counts[order] += 1
        assert line == counts[order]
    assert set(pairs(found["parcels"])) <= set(lines) and found["parcels"].num_rows > 300
    for name, column in (("items", "price"), ("parcels", "weight")):
        table = found[name]
        assert np.corrcoef(table["line"].to_numpy(), table[column].to_numpy())[0, 1] > 0.85


def refused(change: Any, **tables: pa.Table) -> str:
    document = deepcopy(DEFINITION)
    change(document)
    with pytest.raises(DefinitionError) as caught:
        train_tables({**warehouse(), **tables}, document, QUICK)
    return str(caught.value)


def test_what_is_not_kept_unique_is_refused() -> None:
    items = warehouse()["items"]
    gaps = items.set_column(1, "line", pa.array(items["line"].to_numpy() * 2))
    words = refused(lambda d: d.update(foreign_keys=d["foreign_keys"][:2]), items=gaps)
    assert "'line' neither numbers the rows of each parent nor orders them" in words
    words = refused(lambda d: d["tables"]["items"].pop("primary_key"))
    assert "no primary key" in words and "[order_id, line]" in words.replace(
        "line, order_id", "order_id, line"
    )
    words = refused(lambda d: d["foreign_keys"].append({"from": "parcels.line", "to": "orders.id"}))
    assert "a column of two keys" in words
