"""A small private table, and its neighbours."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from app.engine.privacy.declared_domain import declared_domain
from app.engine.privacy.domain import Domain

MOST_ROWS = 2  # of a person


def people(rows: int = 41) -> pa.Table:
    """People with some rows each; one label that a single row has, cells that are missing."""
    rng = np.random.default_rng(5)
    return pa.table(
        {
            "person": [f"p{number // 3}" for number in range(rows)],
            "plan": ["rare", *rng.choice(["basic", "pro"], rows - 1)],
            "age": pa.array(rng.uniform(18, 80, rows)),
            "city": pa.array(
                rng.choice(["Rome", "Oslo", "Bern"], rows), mask=rng.random(rows) < 0.1
            ),
        }
    )


def domain(**changes: object) -> Domain:
    bounds = {"age": {"low": 18, "high": 80.0, "bins": 6}}
    categories = {"plan": ["basic", "pro", "rare"], "city": ["Rome", "Oslo", "Bern"]}
    return declared_domain(["plan", "age", "city"], bounds, {**categories, **changes})


def added(table: pa.Table, **cells: object) -> pa.Table:
    given = {"person": "new", "plan": "basic", "age": 40.0, "city": "Rome", **cells}
    row = pa.table({name: pa.array([given[name]], table[name].type) for name in table.column_names})
    return pa.concat_tables([table, row])


def _many(table: pa.Table, rows: int) -> pa.Table:
    for _ in range(rows):
        table = added(table, plan="pro", age=33.0)
    return table


TABLE = people()
NEIGHBOURS = {
    "one more row": added(TABLE),
    "not a number": added(TABLE, age=float("nan")),
    "infinite": added(TABLE, age=float("inf")),
    "minus infinite": added(TABLE, age=float("-inf")),
    "outlier": added(TABLE, age=-1e308),
    "beyond the bound": added(TABLE, age=200.0),
    "missing": added(TABLE, age=None, plan=None, city=None),
    "new label": added(TABLE, plan="never seen"),
    "nobody's": added(TABLE, person=None),
    "the only row of a label": TABLE.filter(pa.array([False] * 3 + [True] * (len(TABLE) - 3))),
    "the last person": TABLE.slice(0, len(TABLE) - 2),
    "a person twenty times": _many(TABLE, 20),
    "everybody else": TABLE.slice(0, 0),
}
