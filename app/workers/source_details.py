"""What is shown of a profile, made of the profile as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.engine.profiling.models import SENSITIVE_FROM

# What a profile tells of single values; the rest of it is about columns.
OF_VALUES: Mapping[str, Any] = {"top": [], "spikes": [], "figures": None}


def detail_of(profile: Mapping[str, Any], *, values: bool) -> dict[str, Any]:
    """`{"keys", "sensitive", "warnings", "values", "profile"}`."""
    return {
        "keys": _keys(profile),
        "sensitive": list(_sensitive(profile)),
        "warnings": list(_warnings(profile)),
        "values": values,
        "profile": profile if values else _without_values(profile),
    }


def _keys(profile: Mapping[str, Any]) -> dict[str, Any]:
    primary = [
        {"table": table["name"], "columns": columns}
        for table in profile["tables"]
        for columns in table["primary_keys"]
    ]
    shown = ("table", "column", "parent", "parent_column", "orphans", "confidence")
    foreign = [{name: each[name] for name in shown} for each in profile["foreign_keys"]]
    return {"primary": primary, "foreign": foreign}


def _sensitive(profile: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for table in profile["tables"]:
        for column in table["columns"]:
            found = column["sensitivity"]
            if found is not None and found["confidence"] >= SENSITIVE_FROM:
                yield {"table": table["name"], "column": column["name"], **found}


def _warnings(profile: Mapping[str, Any]) -> Iterator[str]:
    yield from profile["warnings"]
    for table in profile["tables"]:
        for each in (*table["warnings"], *table["sampled"]):
            yield f"{table['name']}: {each}"


def _without_values(profile: Mapping[str, Any]) -> dict[str, Any]:
    tables = [
        {**table, "columns": [{**column, **OF_VALUES} for column in table["columns"]]}
        for table in profile["tables"]
    ]
    return {**profile, "tables": tables}
