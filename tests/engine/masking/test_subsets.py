"""Subsets hold what follows from their roots and what they refer to, and nothing else."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.engine.errors import DefinitionError
from app.engine.masking.subsets import _drawn, choose_subset
from app.engine.profiling.sources import ProfiledSource, profiled_source, profiled_tables
from app.engine.seeds import Stream
from app.engine.sources.declarations import DeclaredKey, DeclaredTable, as_metadata

Rows = dict[str, list[dict[str, Any]]]
REFERENCES = [
    ("orders", "customer", "customers", "id"),
    ("lines", "order", "orders", "id"),
    ("lines", "product", "products", "id"),
    ("products", "maker", "makers", "id"),
    ("customers", "friend", "customers", "id"),
]
NAMED = [f"{table}.{column}={parent}.{key}" for table, column, parent, key in REFERENCES]


def shop(seed: int) -> Rows:
    """Tables with orphans (keys above 1000), missing keys and a key that several rows have."""
    chance = random.Random(seed)

    def key(among: int) -> int | None:
        value = chance.randrange(among + 6)
        return None if value < 3 else 1000 + value if value < 6 else value - 6

    def table(rows: int, **keys: int) -> list[dict[str, Any]]:
        return [
            {"id": n, **{name: key(among) for name, among in keys.items()}} for n in range(rows)
        ]

    found = {
        "customers": table(40, friend=60),
        "orders": table(80, customer=40),
        "lines": table(120, order=80, product=15),
        "products": table(15, maker=5),
        "makers": table(5),
    }
    found["makers"].append({"id": 4})
    return found


@contextmanager
def opened(tables: Rows) -> Iterator[ProfiledSource]:
    arrow = {name: pa.Table.from_pylist(rows) for name, rows in tables.items()}
    with profiled_tables(arrow) as found:
        yield found


def closure(tables: Rows, roots: set[int]) -> dict[str, set[int]]:
    """The places of the rows that belong to some customers, row by row as it is documented."""
    taken: dict[str, set[int]] = {name: set() for name in tables} | {"customers": set(roots)}
    for down in (True, False):
        grown = True
        while grown:
            before = {name: len(each) for name, each in taken.items()}
            for table, column, parent, key in REFERENCES:
                for place, row in enumerate(tables[table]):
                    for other, parent_row in enumerate(tables[parent]):
                        if row[column] is None or row[column] != parent_row[key]:
                            continue
                        if down and other in taken[parent]:
                            taken[table].add(place)
                        if not down and place in taken[table]:
                            taken[parent].add(other)
            grown = before != {name: len(each) for name, each in taken.items()}
    return taken


@pytest.mark.parametrize("seed", range(4))
def test_rows_are_those_that_are_documented(seed: int) -> None:
    tables = shop(seed)
    with opened(tables) as source:
        found = choose_subset(source, "customers", 4, seed, NAMED).rows
    roots = _drawn(40, 4, Stream(seed, ("subset", "customers")))
    assert roots.sum() == 4
    assert {name: {*mask.nonzero()[0].tolist()} for name, mask in found.items()} == closure(
        tables, {*roots.nonzero()[0].tolist()}
    )


def test_the_seed_says_which_rows() -> None:
    with opened(shop(1)) as source:
        one, again, other = (
            choose_subset(source, "customers", 5, seed, NAMED).rows for seed in (1, 1, 2)
        )
    assert all((one[name] == again[name]).all() for name in one)
    assert (one["customers"] != other["customers"]).any()


def test_each_root_has_the_same_chance() -> None:
    rows = {"customers": [{"id": n} for n in range(10)]}
    counts = [0] * 10
    with opened(rows) as source:
        for seed in range(400):
            for place in choose_subset(source, "customers", 3, seed).rows["customers"].nonzero()[0]:
                counts[place] += 1
    assert sum(counts) == 1200
    assert all(85 < count < 155 for count in counts)  # 120 ± 4 standard deviations of 9


def test_what_may_not_be_meant_is_noted() -> None:
    tables = shop(1) | {"towns": [{"town": f"T{n}"} for n in range(9)]}
    with opened(tables) as source:
        notes = choose_subset(source, "customers", 1000, 1, NAMED).notes
    assert notes == (
        "customers has 40 rows, all of which are taken",
        "no row of towns belongs to the rows of customers",
    )


def test_keys_of_several_columns_are_followed_together(tmp_path: Path) -> None:
    """A part of such a key alone is that of other rows."""
    key = DeclaredKey(columns=("a", "b"), table="parents", parent_columns=("x", "y"))
    pairs = [(a, b) for a in range(6) for b in "uvw"]
    parents = pa.table({"x": [a for a, _ in pairs], "y": [b for _, b in pairs]})
    children = pa.table({"a": [1, 1, 2, None, 9], "b": ["u", "v", "u", "u", "u"]})
    declared = {
        "parents": DeclaredTable(primary_key=("x", "y")),
        "children": DeclaredTable(foreign_keys=(key,)),
    }
    for name, table in (("parents", parents), ("children", children)):
        pq.write_table(
            table.replace_schema_metadata(as_metadata(declared[name])), tmp_path / f"{name}.parquet"
        )
    with profiled_source(tmp_path) as source:
        up = choose_subset(source, "children", 5, 1)
        down = choose_subset(source, "parents", 18, 1).rows
    assert [each.text for each in up.references] == [
        "children.a = parents.x, children.b = parents.y"
    ]
    taken = [pairs[place] for place in up.rows["parents"].nonzero()[0]]
    assert taken == [(1, "u"), (1, "v"), (2, "u")]
    assert down["children"].tolist() == [True, True, True, False, False]


def test_numbers_that_are_written_in_two_ways_are_one() -> None:
    tables = {
        "parents": pa.table({"id": pa.array(range(30), pa.int64())}),
        "children": pa.table({"parent": pa.array([*map(float, range(25)), None], pa.float64())}),
    }
    with profiled_tables(tables) as source:
        found = choose_subset(source, "children", 26, 1, ["children.parent=parents.id"]).rows
    assert found["parents"].tolist() == [True] * 25 + [False] * 5


@pytest.mark.parametrize(
    ("root", "references", "said"),
    [
        ("nothing", NAMED, "there is no table 'nothing'"),
        ("customers", ["orders.customer"], "references.orders.customer: names no two columns"),
        ("customers", ["orders.customer=customers.nothing"], "names no two columns"),
    ],
)
def test_what_is_not_there_is_refused(root: str, references: list[str], said: str) -> None:
    with opened(shop(1)) as source, pytest.raises(DefinitionError, match=said):
        choose_subset(source, root, 3, 1, references)


def test_tables_between_which_nothing_is_found_are_refused() -> None:
    tables = {"a": [{"x": 1.5}, {"x": 2.5}], "b": [{"y": "t"}, {"y": "u"}]}
    with opened(tables) as source, pytest.raises(DefinitionError, match="seems to refer"):
        choose_subset(source, "a", 1, 1)
