"""From a `Definition` back to a document that loads to an equal one."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from app.engine.distributions import Distribution
from app.engine.schema.learned import LearnedCategory, LearnedColumn
from app.engine.schema.models import (
    CategoryColumn,
    Column,
    Definition,
    MomentColumn,
    NumberColumn,
    Table,
    Target,
)
from app.engine.schema.reading.labels import label_kind

_MOMENT_KEYS = {"start": "start_date", "end": "end_date"}


def dump_definition(definition: Definition) -> dict[str, Any]:
    """The canonical document: every default left out, every proportion written."""
    document: dict[str, Any] = {"name": definition.name}
    for key in ("seed", "output_file"):
        if getattr(definition, key) is not None:
            document[key] = getattr(definition, key)
    if definition.sampling != "exact":
        document["sampling"] = definition.sampling
    if definition.today is not None:
        document["today"] = definition.today.isoformat()
    tables = definition.tables
    if all(table.is_lone for table in tables.values()):
        return document | _dump_table(*tables.values())
    return document | {"tables": {name: _dump_table(table) for name, table in tables.items()}}


def _dump_table(table: Table) -> dict[str, Any]:
    document: dict[str, Any] = {}
    if table.n_samples is not None:
        document["n_samples"] = table.n_samples
    if table.primary_key:
        document["primary_key"] = list(table.primary_key)
    if table.foreign_keys:
        document["foreign_keys"] = {name: _plain(key) for name, key in table.foreign_keys.items()}
    if table.origin is not None:
        document["from"] = _plain(table.origin)
    if table.rows is not None:
        document["rows"] = [dict(row) for row in table.rows]
    features = {name: _dump_feature(each) for name, each in table.features.items()}
    if features := {name: each for name, each in features.items() if each}:
        document["features"] = features
    if table.target:
        document["target"] = {table.target.name: _dump_target(table.target)}
    if table.correlations:
        document["correlations"] = [_plain(each) for each in table.correlations]
    if table.associations:
        document["associations"] = [_plain(each) for each in table.associations]
    if table.rules:
        document["rules"] = [{"if": each.condition, "then": each.then} for each in table.rules]
    if table.constraints:
        document["constraints"] = [each.expr for each in table.constraints]
    return document


def _dump_feature(column: Column) -> dict[str, Any]:
    """A column; of a learned one only what is declared of it."""
    document = _dump_column(column)
    if not isinstance(column, LearnedColumn):
        return document
    kept = {*column.declared, "correlation", "strength", "effects", "hidden"}
    if isinstance(column, LearnedCategory):
        kept.add("cats")
        document["cats"] = _declared_cats(column, document["cats"])
    if "shares" in column.declared:
        kept.add("proportion")
    return {key: value for key, value in document.items() if key in kept and value}


def _declared_cats(column: LearnedCategory, cats: Any) -> dict[str, Any]:
    """What is declared of labels, by label."""
    bodies = cats if isinstance(cats, dict) else {each.pop("label"): each for each in cats}
    if "shares" in column.declared:
        return bodies
    for body in bodies.values():
        body.pop("proportion")
    return {label: body for label, body in bodies.items() if body}


def _dump_target(target: Target) -> dict[str, Any]:
    target_metrics = {key: getattr(target, key) for key in ("positive", "auc", "accuracy", "r2")}
    given = {key: value for key, value in target_metrics.items() if value is not None}
    return _dump_column(target.column) | given


def _dump_column(column: Column) -> dict[str, Any]:
    document = {"type": column.type, **_plain(column)}
    if isinstance(column, NumberColumn) and column.buckets:
        document["buckets"] = [
            {"proportion": each.proportion, **_plain(each)} for each in column.buckets
        ]
    if isinstance(column, CategoryColumn):
        document["cats"] = {each.label: _dump_cat(each) for each in column.cats}
        if document.pop("kind", "text") != label_kind([each.label for each in column.cats]):
            document["cats"] = [{"label": each.label, **_dump_cat(each)} for each in column.cats]
    if isinstance(column, MomentColumn):
        document = {_MOMENT_KEYS.get(key, key): value for key, value in document.items()}
        if column.within:
            within = document["within"]
            document["within"] = {within.pop("unit"): within.pop("distribution"), **within}
    return document


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
        return {value.family: _parameters(value)}
    if isinstance(value, BaseModel):
        return _plain(value)
    if isinstance(value, tuple | list):
        return [_plain_value(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain_value(item) for key, item in value.items()}
    return value


def _parameters(found: Distribution) -> dict[str, Any]:
    """Those that are not at their defaults, and those that must be said beside them."""
    said = _plain(found)
    return said | {each: getattr(found, each) for name, each in found.needs.items() if name in said}
