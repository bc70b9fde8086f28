"""From a `Definition` back to a document that loads to an equal one."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from app.engine.distributions import Distribution
from app.engine.schema.models import (
    AnyColumn,
    CategoryColumn,
    Definition,
    NumberColumn,
    Table,
    Target,
)

_MOMENT_KEYS = {"start": "start_date", "end": "end_date"}


def dump_definition(definition: Definition) -> dict[str, Any]:
    """The canonical document: every default left out, every proportion written."""
    document: dict[str, Any] = {"name": definition.name}
    for key in ("seed", "output_file"):
        if getattr(definition, key) is not None:
            document[key] = getattr(definition, key)
    if definition.sampling != "exact":
        document["sampling"] = definition.sampling
    tables = definition.tables
    if list(tables) == [definition.name]:
        return document | _dump_table(tables[definition.name])
    return document | {"tables": {name: _dump_table(table) for name, table in tables.items()}}


def _dump_table(table: Table) -> dict[str, Any]:
    document: dict[str, Any] = {}
    if table.n_samples is not None:
        document["n_samples"] = table.n_samples
    if table.primary_key:
        document["primary_key"] = list(table.primary_key)
    if table.foreign_keys:
        document["foreign_keys"] = {name: _plain(key) for name, key in table.foreign_keys.items()}
    if table.rows is not None:
        document["rows"] = [dict(row) for row in table.rows]
    if table.features:
        document["features"] = {name: _dump_column(each) for name, each in table.features.items()}
    if table.target:
        document["target"] = {table.target.name: _dump_target(table.target)}
    if table.correlations:
        document["correlations"] = [_plain(each) for each in table.correlations]
    if table.rules:
        document["rules"] = [{"if": each.condition, "then": each.then} for each in table.rules]
    if table.constraints:
        document["constraints"] = [each.expr for each in table.constraints]
    return document


def _dump_target(target: Target) -> dict[str, Any]:
    dials = {key: getattr(target, key) for key in ("positive", "auc", "accuracy", "r2")}
    given = {key: value for key, value in dials.items() if value is not None}
    return _dump_column(target.column) | given


def _dump_column(column: AnyColumn) -> dict[str, Any]:
    document = {"type": column.type, **_plain(column)}
    if isinstance(column, NumberColumn) and column.buckets:
        document["buckets"] = [
            {"proportion": each.proportion, **_plain(each)} for each in column.buckets
        ]
    if isinstance(column, CategoryColumn):
        document["cats"] = {each.label: _dump_cat(each) for each in column.cats}
    return (
        {_MOMENT_KEYS.get(key, key): value for key, value in document.items()}
        if (column.type in {"date", "datetime", "time"})
        else document
    )


def _dump_cat(cat: BaseModel) -> dict[str, Any]:
    fields = _plain(cat)
    del fields["label"]
    return fields


def _plain(model: BaseModel) -> dict[str, Any]:
    """The fields that are not at their defaults, as plain data; distributions by their family."""
    document: dict[str, Any] = {}
    for name in type(model).model_fields:
        value = getattr(model, name)
        default = type(model).model_fields[name].get_default(call_default_factory=True)
        if value != default:
            document[name] = _plain_value(value)
    return document


def _plain_value(value: Any) -> Any:
    if isinstance(value, Distribution):
        return {value.family: _plain(value)}
    if isinstance(value, BaseModel):
        return _plain(value)
    if isinstance(value, tuple | list):
        return [_plain_value(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain_value(item) for key, item in value.items()}
    return value
