"""The synthesis definition that a source suggests, as a document for people to change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from app.engine.profiling.models import ColumnProfile, SourceProfile, TableProfile
from app.engine.sources.declarations import DeclaredTable
from app.engine.synthesis.models import K

Document = dict[str, Any]
Key = tuple[str, tuple[str, ...], str, tuple[str, ...]]
"""A table and its columns, and those of another one that they refer to."""

STANDARD_PATTERNS = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%H:%M:%S")

# What makes values in place of sensitive ones.
_FAKES: dict[str, str] = {
    "name": "name",
    "email": "email",
    "phone": "phone_number",
    "address": "address",
    "card": "credit_card_number",
    "iban": "iban",
    "national_id": "ssn",
    "ip": "ipv4",
    "free_text": "sentence",
}
_NAMES = (("first", "first_name"), ("given", "first_name"), ("vorname", "first_name"),
          ("last", "last_name"), ("sur", "last_name"), ("family", "last_name"),
          ("cognome", "last_name"), ("nachname", "last_name"))  # fmt: skip


def suggested_synthesis(profile: SourceProfile, source: str | None = None) -> Document:
    """A synthesis definition: keys are new, sensitive columns faked, all else is learned.

    Args:
        source: what the document says that it is for.
    """
    document: Document = {"source": source} if source else {}
    tables = [each for each in profile.tables if each.rows] or list(profile.tables)
    names = {each.name for each in tables}
    keys = [each for each in _keys(profile) if {each[0], each[2]} <= names]
    referring = {(table, column) for table, columns, _, _ in keys for column in columns}
    referred = {(parent, there[0]) for _, _, parent, there in keys if len(there) == 1}
    document["tables"] = {each.name: _table(each, referring, referred) for each in tables}
    if keys:
        document["foreign_keys"] = [
            {"from": _ends(table, columns), "to": _ends(parent, there)}
            for table, columns, parent, there in keys
        ]
    document["synthesizer"] = {"name": "sequential", "model_size": "medium"}
    document["privacy"] = {"value_protection": True, "k": K}
    return document


def _keys(profile: SourceProfile) -> Iterator[Key]:
    """Foreign keys of one column, found or declared, and declared ones of several."""
    for each in profile.foreign_keys:
        yield each.table, (each.column,), each.parent, (each.parent_column,)
    for table in profile.tables:
        for key in () if table.declared is None else table.declared.foreign_keys:
            if len(key.columns) > 1:
                yield table.name, key.columns, key.table, key.parent_columns


def _ends(table: str, columns: tuple[str, ...]) -> str | list[str]:
    names = [f"{table}.{column}" for column in columns]
    return names[0] if len(names) == 1 else names


def _table(
    profile: TableProfile, referring: set[tuple[str, str]], referred: set[tuple[str, str]]
) -> Document:
    found: Document = {}
    key = _primary_key(profile, referring, referred)
    if key:
        found["primary_key"] = key[0] if len(key) == 1 else list(key)
    columns = {
        each.name: treatment
        for each in profile.columns
        if (profile.name, each.name) not in referring
        and (treatment := _treatment(profile, each, is_key=_is_made(each, key)))
    }
    if columns:
        found["columns"] = columns
    if profile.rules:
        found["rules"] = [each.rule for each in profile.rules]
    return found


def _primary_key(
    profile: TableProfile, referring: set[tuple[str, str]], referred: set[tuple[str, str]]
) -> tuple[str, ...]:
    """The key that other tables refer to, else the likeliest, where it looks like one; a unique
    measure or name is none."""
    if profile.declared is not None and profile.declared.primary_key:
        return profile.declared.primary_key
    for key in profile.primary_keys:
        if len(key) == 1 and (profile.name, key[0]) in referred:
            return key
    for key in profile.primary_keys[:1]:
        kinds = [profile.column(name).kind for name in key]
        parts = [(profile.name, name) in referring for name in key]
        if len(key) == 1 and (kinds[0] == "id" or parts[0]):
            return key
        if len(key) > 1 and (all(parts) or all(kind == "id" for kind in kinds)):
            return key
    return ()


def _is_made(column: ColumnProfile, key: tuple[str, ...]) -> bool:
    """Whether a column is a key by itself; of several columns, those that are no ids may be
    moments or numbers of lines."""
    return column.name in key and (len(key) == 1 or column.kind == "id")


def _treatment(table: TableProfile, column: ColumnProfile, *, is_key: bool) -> Document:
    """What a column needs beyond being learned; empty where nothing."""
    declared = table.declared or DeclaredTable()
    is_unique = (column.name,) in declared.unique
    if is_key or (is_unique and not column.is_sensitive):
        return {"treatment": "new"}
    if column.is_sensitive and column.sensitivity and column.sensitivity.kind == "free_text":
        return {"treatment": "text"}
    if column.is_sensitive:
        made = {**fake_column(column), **({"unique": True} if is_unique else {})}
        known = declared.columns.get(column.name)
        if not is_unique and known is not None and known.kind == "text" and known.length:
            made["max_length"] = known.length
        if column.sensitivity and column.sensitivity.kind != "birth_date":
            made["provider"] = made.pop("type")
            made = {"provider": made.pop("provider"), **made}
        return {"treatment": "fake", **made}
    if column.kind == "id":
        return {"treatment": "new"}
    return {"treatment": "text"} if column.kind == "text" else {}


def fake_column(column: ColumnProfile) -> Document:
    """A column of the schema language that makes values in place of sensitive ones."""
    sensitive = column.sensitivity
    if sensitive is None:
        return {"type": "text"}
    if sensitive.kind == "birth_date":
        return _birth_dates(column)
    return {"type": _fake(column, sensitive.kind), **_missing(column)}


def _fake(column: ColumnProfile, kind: str) -> str:
    if kind == "name":
        name = column.name.casefold()
        for part, provider in _NAMES:
            if part in name:
                return provider
    return _FAKES[kind]


def _birth_dates(column: ColumnProfile) -> Document:
    """Days in whole years around the source's, uniform: its own extremes are persons'."""
    years = [1950, 2005]
    if column.figures is not None:
        from datetime import UTC, datetime, timedelta

        start = datetime(1970, 1, 1, tzinfo=UTC)
        low, high = column.figures.quantiles[2], column.figures.quantiles[-3]
        years = [(start + timedelta(seconds=each)).year // 10 * 10 for each in (low, high)]
        years[1] += 9
    kind = "datetime" if column.kind == "datetime" else "date"
    dates = {"start_date": f"{years[0]}-01-01", "end_date": f"{years[1]}-12-31"}
    return {"type": kind, **dates, **declared_pattern(column.format.pattern), **_missing(column)}


def declared_pattern(pattern: str | None) -> Document:
    """The `format` of moments that the language has words for; empty where it has none, or where
    it writes so anyway."""
    if pattern is None or pattern in STANDARD_PATTERNS:
        return {}
    return {} if re.search(r"%-|%\df", pattern) else {"format": pattern}


def _missing(column: ColumnProfile) -> Document:
    return {"missing": round(column.missing, 4)} if column.missing else {}
