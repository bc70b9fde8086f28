"""Columns that could be a table's primary key, and rows that are there twice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from app.engine.profiling.column_profiles import ProfiledColumn
from app.engine.profiling.names import is_count_name, is_id_name, words

FEWEST_ROWS = 2
MOST_PARTS = 3
MOST_COLUMNS = 12
MOST_KEYS = 5
SAMPLE = 4096
_WHEN = re.compile(r"(?i)year|month|day|hour|minute|time|week|date|quarter|period|line|seq|step")

Codes = NDArray[np.uint64]


def find_primary_keys(columns: Sequence[ProfiledColumn], rows: int) -> tuple[tuple[str, ...], ...]:
    """Columns whose values are unique and all there, the likeliest first; where there is none,
    pairs and triples of columns that identify or say when."""
    if rows < FEWEST_ROWS:
        return ()
    unique = [
        each for place, each in enumerate(columns) if _is_unique(each, rows, first=place == 0)
    ]
    order = {each.profile.name: place for place, each in enumerate(columns)}
    single = sorted(unique, key=lambda each: (_rank(each), order[each.profile.name]))
    if single:
        return tuple((each.profile.name,) for each in single[:MOST_KEYS])
    return _composite(columns, rows)


def _is_unique(column: ProfiledColumn, rows: int, *, first: bool) -> bool:
    profile = column.profile
    named = is_id_name(profile.name) or is_count_name(profile.name) or _WHEN.search(profile.name)
    if profile.kind == "integer" and not named and not first:
        return False  # a measure of which no two are the same
    if profile.kind in {"number", "geo", "boolean", "constant", "time"}:
        return False
    if profile.kind == "text" and _words(column) > 6:
        return False
    return column.distinct == rows


def _words(column: ProfiledColumn) -> float:
    texts = [each.value or "" for each in column.profile.top]
    return float(np.mean([len(text.split()) for text in texts])) if texts else 0.0


def _rank(column: ProfiledColumn) -> int:
    profile = column.profile
    named = is_id_name(profile.name) or is_count_name(profile.name)
    if profile.kind == "id":
        return 0 if named else 1
    return 2 if named else 3 if profile.kind in {"category", "integer"} else 4


def _composite(columns: Sequence[ProfiledColumn], rows: int) -> tuple[tuple[str, ...], ...]:
    candidates = [each for each in columns if _may_be_part(each)][:MOST_COLUMNS]
    sample = np.linspace(0, rows - 1, min(rows, SAMPLE)).astype(np.intp)
    for parts in range(2, MOST_PARTS + 1):
        found = [
            tuple(each.profile.name for each in chosen)
            for chosen in combinations(candidates, parts)
            if np.prod([float(each.distinct) for each in chosen]) >= rows
            and _distinct_rows([each.codes[sample] for each in chosen]) == len(sample)
            and _distinct_rows([each.codes for each in chosen]) == rows
        ]
        if found:
            return tuple(found[:MOST_KEYS])
    return ()


def _may_be_part(column: ProfiledColumn) -> bool:
    profile = column.profile
    if profile.missing or column.distinct < 2:
        return False
    if profile.kind in {"id", "category", "date", "datetime"}:
        return True
    return profile.kind == "integer" and bool(
        set(words(profile.name)) & {"no", "nr", "num", "number"} or _WHEN.search(profile.name)
    )


def row_hashes(columns: Sequence[NDArray[np.int32]]) -> Codes:
    """A 64-bit hash of each row of codes (splitmix64's mixing), shape (rows,)."""
    mixed = np.zeros(len(columns[0]), np.uint64)
    with np.errstate(over="ignore"):
        for codes in columns:
            mixed += (codes.astype(np.int64) + 2).astype(np.uint64)
            mixed += np.uint64(0x9E3779B97F4A7C15)
            mixed ^= mixed >> np.uint64(30)
            mixed *= np.uint64(0xBF58476D1CE4E5B9)
            mixed ^= mixed >> np.uint64(27)
            mixed *= np.uint64(0x94D049BB133111EB)
            mixed ^= mixed >> np.uint64(31)
    return mixed


def _distinct_rows(columns: Sequence[NDArray[np.int32]]) -> int:
    return len(np.unique(row_hashes(columns)))


def count_duplicates(columns: Sequence[ProfiledColumn], rows: int) -> int:
    """Rows that are the same as one before them."""
    if not rows or any(each.distinct == rows for each in columns):
        return 0
    return rows - _distinct_rows([each.codes for each in columns])
