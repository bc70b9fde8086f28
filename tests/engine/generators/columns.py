"""Planning and drawing one column alone."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa

from app.engine.generators.base import Block, Generator, Layout, ReferenceDay, Scope, plan_column
from app.engine.schema.models import IdColumn, ProviderColumn
from app.engine.seeds import Stream


def scope_of(rows: int, name: str = "c", seed: int = 7) -> Scope:
    stream = Stream(seed, ("t", name))
    today = ReferenceDay(dt.date(2026, 1, 1))
    return Scope("t", name, f"schema.features.{name}", Layout(rows), "exact", stream, today=today)


def draw_all(generator: Generator, scope: Scope) -> pa.ChunkedArray:
    """The whole column, its blocks drawn from the last to the first."""
    blocks = [
        generator.draw(Block(number, scope.layout, scope.stream))
        for number in reversed(range(scope.layout.blocks))
    ]
    return pa.chunked_array(blocks[::-1], generator.type)


def draw_id(rows: int, format: str, **keys: Any) -> list[str]:
    scope = scope_of(rows)
    column = IdColumn(type="id", format=format, **keys)
    values: list[str] = draw_all(plan_column(column, scope), scope).to_pylist()
    return values


def draw_provider(rows: int, method: str, **keys: Any) -> pa.ChunkedArray:
    scope = scope_of(rows, method)
    return draw_all(plan_column(ProviderColumn(type=method, **keys), scope), scope)
