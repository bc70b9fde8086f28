"""Definitions of several tables, and the rows made from them."""

from __future__ import annotations

import pickle
from typing import Any

import pyarrow as pa

from app.engine.plan.compiler import compile_plan
from app.engine.plan.plan import Plan
from app.engine.schema.load import load_definition

ID = {"id": {"type": "id", "format": "sequence"}}


def parent(rows: int, **features: Any) -> dict[str, Any]:
    return {"n_samples": rows, "primary_key": "id", "features": {**ID, **features}}


def child(key: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A table that refers to `parents.id`."""
    features = {"value": {"type": "int", "min": 1, "max": 9}}
    body = {"features": {**features, **more.pop("features", {})}, **more}
    return {"foreign_keys": {"parent": {"references": "parents.id", **key}}, **body}


def planned(
    tables: dict[str, Any], *, seed: int = 1, rows: int | None = None, sampling: str = "exact"
) -> Plan:
    """The plan of a definition of these tables, as another process gets it."""
    document = {"tables": tables, "sampling": sampling}
    definition = load_definition(document, name="family").definition
    plan = compile_plan(definition, seed=seed, rows=rows)
    return pickle.loads(pickle.dumps(plan))


def drawn(plan: Plan) -> dict[str, pa.Table]:
    return {
        table.name: pa.Table.from_batches([table.block(n) for n in range(table.blocks)])
        for table in plan.tables
    }


def made(tables: dict[str, Any], **asked: Any) -> dict[str, Any]:
    """The tables as data frames."""
    return {name: table.to_pandas() for name, table in drawn(planned(tables, **asked)).items()}
