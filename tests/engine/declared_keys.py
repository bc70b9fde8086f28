"""Random definitions of two tables with any keys of a foreign key beside one another."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from app.engine.errors import DefinitionError
from app.engine.evaluation.facts import measure_facts
from app.engine.evaluation.reading import TableFile
from app.engine.plan.compiler import compile_plan
from app.engine.plan.plan import Plan
from app.engine.schema.load import load_definition

Document = dict[str, Any]

_CHILDREN: list[Any] = [1, 3, {"mean": 2, "max": 9}, {"share": 0.6}, {"skew": 2, "max": 30}]
_WEIGHTS: list[Any] = [
    "popularity",
    "stock",
    {"skew": 1.1},
    {"lognormal": {"mean": 0, "std": 1}},
    {"column": "popularity"},
]
_OWN: list[Document] = [
    {"value": {"type": "int", "min": 1, "max": 9}},
    {"value": {"type": "formula", "expr": "parents.stock * 2"}},
    {"value": {"type": "category", "cats": ["a", "b"], "hidden": True}, "n": {"type": "id"}},
    {"value": {"type": "date", "after": "parents.joined", "end_date": "2030-01-01"}},
]


@st.composite
def _keys(draw: st.DrawFn) -> Document:
    """What is said of the key to the parents."""
    key: Document = {"references": "parents.id"}
    if draw(st.booleans()):
        key["children"] = draw(st.sampled_from(_CHILDREN))
    elif draw(st.integers(0, 3)):
        key["weights"] = draw(st.sampled_from(_WEIGHTS))
    for name, values, rare in (
        ("missing", [0.1, 0.5], 3),
        ("unique", [True], 7),
        ("hidden", [True], 7),
    ):
        if draw(st.integers(0, rare)) == 0:
            key[name] = draw(st.sampled_from(values))
    return key


@st.composite
def families(draw: st.DrawFn) -> Document:
    """Parents, and a table that refers to them and perhaps to shops."""
    key = draw(_keys())
    table: Document = {"foreign_keys": {"parent": key}, "features": {**draw(st.sampled_from(_OWN))}}
    if draw(st.booleans()):
        table["features"]["line"] = {"type": "line_number", "start": draw(st.sampled_from([0, 1]))}
        if draw(st.booleans()):
            table["primary_key"] = ["parent", "line"]
    if draw(st.integers(0, 3)) == 0:
        other: Document = {"references": "shops.id"}
        if draw(st.booleans()):
            other["weights"] = {"skew": 0.5}
        table["foreign_keys"]["shop"] = other
        if draw(st.booleans()):
            table["primary_key"] = ["parent", "shop"]
    if draw(st.integers(0, 3)) == 0:
        table["constraints"] = ["value <= parents.stock + 3"]
    if "children" not in key:
        table["n_samples"] = draw(st.sampled_from([0, 7, 400]))
    tables = {"parents": _parents(draw(st.sampled_from([1, 90, 200]))), "shops": _shops()}
    tables["rows"] = table
    if table.get("primary_key") == ["parent", "line"] and draw(st.booleans()):
        tables["returns"] = _returns(unique=draw(st.booleans()))
    return {
        "seed": draw(st.integers(0, 2**32)),
        "sampling": draw(st.sampled_from(["exact", "exact", "random"])),
        "tables": tables,
    }


def _returns(unique: bool) -> Document:
    """A table that refers to both columns of the rows' primary key."""
    key = {"references": "rows.parent", "columns": {"line": "line"}, "unique": unique}
    return {
        "n_samples": 20,
        "foreign_keys": {"parent": key},
        "features": {"id": {"type": "id"}, "twice": {"type": "formula", "expr": "line * 2"}},
    }


def _parents(rows: int) -> Document:
    return {
        "n_samples": rows,
        "primary_key": "id",
        "features": {
            "id": {"type": "id", "format": "sequence"},
            "popularity": {"type": "float", "distribution": {"pareto": {"b": 1.5}}, "max": 1e4},
            "stock": {"type": "int", "min": 0, "max": 9, "hidden": True},
            "joined": {"type": "date", "start_date": "2020-01-01", "end_date": "2021-01-01"},
        },
    }


def _shops() -> Document:
    return {
        "n_samples": 12,
        "primary_key": "id",
        "features": {"id": {"type": "id", "format": "sequence", "prefix": "S"}},
    }


def broken_family(document: Document) -> list[str] | None:
    """What does not hold in the rows of a definition; None where it is refused."""
    try:
        plan = compile_plan(load_definition(document).definition)
    except DefinitionError:
        return None
    with tempfile.TemporaryDirectory() as folder:
        results = measure_facts(plan, _files(plan, Path(folder)))
    found = [f"{each.fact}: {each.observed}" for each in results if not each.holds]
    return found + list(_lines_broken(document["tables"]["rows"], plan))


def _files(plan: Plan, folder: Path) -> dict[str, TableFile]:
    found = {}
    for table in plan.tables:
        pq.write_table(pa.Table.from_batches([table.block(0)]), folder / f"{table.name}.parquet")
        found[table.name] = TableFile(folder / f"{table.name}.parquet", "parquet")
    return found


def _lines_broken(table: Document, plan: Plan) -> Iterator[str]:
    """Rows of a parent that are not numbered one after the other; pairs that stand twice."""
    planned = plan.table("rows")
    rows = planned.source.everything(0, planned.layout)  # type: ignore[attr-defined]
    if "line" in table["features"]:
        start = table["features"]["line"]["start"]
        lines: dict[Any, list[int]] = {}
        for parent, line in zip(rows["parent"].to_pylist(), rows["line"].to_pylist(), strict=True):
            lines.setdefault(parent, []).append(line)
        for parent, numbers in lines.items():
            wanted = range(start, start + len(numbers))
            if parent is not None and sorted(numbers) != list(wanted):
                yield f"the rows of {parent} have the numbers {numbers}"
    names = table.get("primary_key", ())
    if names:
        keys = Counter(zip(*(rows[name].to_pylist() for name in names), strict=True))
        yield from (f"{key} stands {count} times" for key, count in keys.items() if count > 1)
