"""Rows of a source that refer to none: refused, without a key, or drawn as many."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from app.engine.errors import DefinitionError
from app.engine.plan.several.planning import tables_plan
from app.engine.synthesizers.several.files import tables_bytes, tables_of
from app.engine.training.several.fitting import train_tables
from app.engine.training.training_plan import AskedTraining
from tests.engine.several_tables import DEFINITION, drawn, shop

KEYS = ("orders.customer", "items.sku", "orders.carrier")
QUICK = AskedTraining(settings={"max_rounds": 1}, seed=1)


def broken() -> dict[str, pa.Table]:
    """The shop with orders of unknown customers and carriers, and items of unknown products."""
    tables = dict(shop())
    for key, value in zip(KEYS, (99_077, "P-9999", "ghost"), strict=True):
        name, column = key.split(".")
        cells = np.array(tables[name][column].to_pylist(), dtype=object)
        cells[np.arange(0, len(cells), 12)] = value
        place = tables[name].schema.get_field_index(column)
        kind = tables[name].schema.field(column).type
        tables[name] = tables[name].set_column(place, column, pa.array(cells.tolist(), kind))
    return tables


def definition(orphans: str) -> dict[str, Any]:
    document = deepcopy(DEFINITION)
    document["tables"]["items"] = {}
    for key in document["foreign_keys"]:
        if key["from"] in KEYS:
            key["orphans"] = orphans
    return document


def shares(tables: dict[str, pa.Table], key: dict[str, str]) -> tuple[float, float]:
    """Of the rows: those without a key, and those whose key refers to none."""
    (child, column), (parent, there) = key["from"].split("."), key["to"].split(".")
    cells = tables[child][column].combine_chunks()
    known = pc.is_in(cells, value_set=tables[parent][there].combine_chunks().cast(cells.type))
    alone = pc.and_(cells.is_valid(), pc.invert(known))
    return cells.null_count / len(cells), pc.sum(alone).as_py() / len(cells)


def test_as_many_as_in_the_source_refer_to_none() -> None:
    learned = train_tables(broken(), definition("keep"), QUICK)
    found = drawn(tables_plan(tables_of(tables_bytes(learned)), "shop", seed=2))
    for key in definition("keep")["foreign_keys"]:
        real, made = shares(broken(), key), shares(found, key)
        assert made == pytest.approx(real, abs=0.012), key
        assert (made[1] > 0) == (key["from"] in KEYS)
    assert 99_077 not in set(found["orders"]["customer"].to_pylist())
    assert "P-9999" not in set(found["items"]["sku"].to_pylist())


def test_their_keys_may_be_missing() -> None:
    found = drawn(tables_plan(train_tables(broken(), definition("missing"), QUICK), "s", seed=2))
    for key in definition("missing")["foreign_keys"]:
        real, made = shares(broken(), key), shares(found, key)
        assert made[1] == 0 and made[0] == pytest.approx(sum(real), abs=0.012), key


def test_individuals_that_are_set_aside_leave_as_many_without_a_parent() -> None:
    people = pa.table({"id": np.arange(1_200), "kind": np.arange(1_200) % 3})
    owners = np.where(np.arange(4_000) % 4, np.arange(4_000) % 1_200, 77_777)
    calls = pa.table({"id": np.arange(4_000), "person": owners, "minutes": owners % 7})
    tables = {name: {"primary_key": "id", "columns": {"id": "new"}} for name in ("people", "calls")}
    key = {"from": "calls.person", "to": "people.id", "orphans": "missing"}
    learned = train_tables(
        {"people": people, "calls": calls}, {"tables": tables, "foreign_keys": [key]}, QUICK
    )
    assert learned.by_name["people"].learned.held_out == 120
    found = drawn(tables_plan(learned, "calls", seed=2))["calls"]
    assert found["person"].null_count == round(len(found) / 4)


def test_they_are_refused_where_nothing_is_said() -> None:
    with pytest.raises(DefinitionError, match=r"refer to no row of 'customers' .*`orphans: keep`"):
        train_tables(broken(), DEFINITION, QUICK)
    document = definition("keep")
    document["foreign_keys"][0]["orphans"] = "adopt"
    with pytest.raises(DefinitionError, match="there is no orphans"):
        train_tables(broken(), document, QUICK)
