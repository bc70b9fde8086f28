"""Definitions and plans in few words, for tests."""

from __future__ import annotations

import pyarrow as pa

from app.engine.generators.base import BLOCK_ROWS
from app.engine.plan.compiler import compile_plan
from app.engine.plan.plan import Plan
from app.engine.schema.load import load_definition
from app.engine.schema.models import Bucket, Category, Column, Definition, Table

SEED = 20_240_501
SEVERAL_BLOCKS = 3 * BLOCK_ROWS + 1_234


def definition_of(rows: int, sampling: str = "exact", **columns: Column) -> Definition:
    table = Table(name="t", n_samples=rows, features=columns)
    return Definition.model_validate(
        {"name": "t", "seed": SEED, "sampling": sampling, "tables": {"t": table}}
    )


def plan_of(rows: int, sampling: str = "exact", **columns: Column) -> Plan:
    return compile_plan(definition_of(rows, sampling, **columns))


def drawn(plan: Plan) -> pa.Table:
    table = plan.tables[0]
    return pa.Table.from_batches([table.block(i) for i in range(table.blocks)], table.schema)


def column_of(rows: int, column: Column, sampling: str = "exact") -> pa.ChunkedArray:
    return drawn(plan_of(rows, sampling, x=column)).column("x")


def buckets(*parts: tuple[float, float, float]) -> tuple[Bucket, ...]:
    return tuple(Bucket(mean=mean, std=std, proportion=share) for mean, std, share in parts)


def categories(**shares: float) -> tuple[Category, ...]:
    return tuple(Category(label=label, proportion=share) for label, share in shares.items())


def plan_of_text(text: str) -> Plan:
    """The plan of a document, with a fixed seed."""
    return compile_plan(load_definition(text).definition, seed=SEED)
