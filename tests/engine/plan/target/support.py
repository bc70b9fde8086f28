"""Targets compiled and drawn from short definitions, without the rest of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.generators.base import Block, Generator, Layout, Scope, plan_column
from app.engine.plan.target.compiling import compile_target
from app.engine.plan.target.drawing import LabelTarget, ValueTarget
from app.engine.plan.target.model import TargetModel
from app.engine.plan.target.request import TargetRequest
from app.engine.schema.load import load_definition
from app.engine.schema.models import Table
from app.engine.seeds import Stream


@dataclass(frozen=True)
class Drawn:
    """A compiled target and the rows drawn with it, one array a column."""

    model: TargetModel
    columns: dict[str, pa.Array]
    target: pa.Array

    def correlation(self, x: NDArray[Any], label: str | None = None) -> float:
        """Pearson correlation of `x` with the target over the rows where both are known."""
        y = indicator(self.target, label)
        known = ~(np.isnan(x) | np.isnan(y))
        return float(np.corrcoef(x[known], y[known])[0, 1])

    def values(self, name: str) -> NDArray[np.float64]:
        return as_floats(self.columns[name])

    def membership(self, name: str, label: str) -> NDArray[np.float64]:
        return indicator(self.columns[name], label)


def as_floats(column: pa.Array) -> NDArray[np.float64]:
    if pa.types.is_date(column.type):
        column = column.cast(pa.int32())
    elif pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    elif pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def indicator(column: pa.Array, label: str | None) -> NDArray[np.float64]:
    if label is None:
        return as_floats(column)
    if pa.types.is_boolean(column.type):
        return as_floats(column) if label == "true" else 1 - as_floats(column)
    return as_floats(pc.equal(column, pa.scalar(label)))


def table_of(document: Mapping[str, Any] | str) -> tuple[Table, str]:
    definition = load_definition(document).definition
    return next(iter(definition.tables.values())), definition.sampling


def generators_of(
    table: Table, rows: int, seed: int, sampling: str = "exact"
) -> tuple[dict[str, Generator], dict[str, Stream], Layout]:
    layout = Layout(rows)
    columns = table.columns()
    found: dict[str, Generator] = {}
    streams: dict[str, Stream] = {}
    types: dict[str, pa.DataType] = {}
    for name, column in columns.items():
        streams[name] = Stream(seed, (table.name, name))
        scope = Scope(table.name, name, name, layout, sampling, streams[name], columns, types)
        found[name] = plan_column(column, scope)
    return found, streams, layout


def compiled(
    document: Mapping[str, Any] | str, rows: int = 5000, seed: int = 1, **more: Any
) -> LabelTarget | ValueTarget:
    table, sampling = table_of(document)
    planned, _, _ = generators_of(table, rows, seed, sampling)
    return _compiled(table, planned, **more)


def _compiled(
    table: Table, planned: Mapping[str, Generator], **more: Any
) -> LabelTarget | ValueTarget:
    assert table.target is not None
    request = TargetRequest(
        target=table.target,
        generator=planned[table.target.name],
        columns=table.features,
        generators={name: planned[name] for name in table.features},
        types={name: planned[name].type for name in table.features},
        paths={name: f"schema.features.{name}" for name in table.features},
        path=f"schema.target.{table.target.name}",
        rules=table.rules,
        **more,
    )
    generator, _ = compile_target(request)
    assert isinstance(generator, LabelTarget | ValueTarget)
    return generator


def drawn(document: Mapping[str, Any] | str, rows: int, seed: int = 1, **more: Any) -> Drawn:
    """All rows of a table whose target is compiled, the inputs drawn column by column."""
    table, sampling = table_of(document)
    planned, streams, layout = generators_of(table, rows, seed, sampling)
    target = _compiled(table, planned, **more)
    assert table.target is not None
    parts: dict[str, list[pa.Array]] = {name: [] for name in table.columns()}
    for number in range(layout.blocks):
        here: dict[str, pa.Array] = {}
        for name in table.features:
            here[name] = planned[name].draw(Block(number, layout, streams[name], here))
        block = Block(number, layout, streams[table.target.name], here)
        here[table.target.name] = target.draw(block)
        for name, column in here.items():
            parts[name].append(column)
    whole = {name: pa.chunked_array(columns).combine_chunks() for name, columns in parts.items()}
    whole = {k: v.chunk(0) if isinstance(v, pa.ChunkedArray) else v for k, v in whole.items()}
    return Drawn(target.model, whole, whole.pop(table.target.name))
