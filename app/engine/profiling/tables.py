"""The profile of one table: every column, and what holds between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from app.engine.profiling.column_profiles import ProfiledColumn, profile_column
from app.engine.profiling.dependencies import find_dependencies
from app.engine.profiling.keys import count_duplicates, find_primary_keys
from app.engine.profiling.missing_together import find_missing_together
from app.engine.profiling.models import TableProfile
from app.engine.profiling.row_rules import MOST_COLUMNS, ORDERED, SAMPLE, find_rules
from app.engine.sources.column_store import ColumnStore

Progress = Callable[[str, int, int], None]
"""Called for each column: its name, how many are done, how many there are."""

FEW_ROWS = 100
TOO_FEW_ROWS = 20


def profile_table(
    name: str, store: ColumnStore, warnings: Sequence[str] = (), progress: Progress | None = None
) -> TableProfile:
    """The profile of a stored table; counts are of all rows.

    Args:
        warnings: of reading the table.
        progress: called for every column that is done.
    """
    columns: list[ProfiledColumn] = []
    for place, each in enumerate(store.names):
        columns.append(profile_column(each, store.column(each)))
        if progress is not None:
            progress(each, place + 1, len(store.names))
    return TableProfile(
        name=name,
        rows=store.rows,
        columns=tuple(each.profile for each in columns),
        primary_keys=find_primary_keys(columns, store.rows),
        duplicate_rows=count_duplicates(columns, store.rows),
        dependencies=find_dependencies(columns, store.rows),
        rules=find_rules(columns, store.rows),
        missing_together=find_missing_together(columns),
        warnings=(*warnings, *_warnings(store, columns)),
        sampled=_sampled(columns, store.rows),
    )


def profile_columns(name: str, store: ColumnStore, warnings: Sequence[str] = ()) -> TableProfile:
    """What the columns of a stored table are, without what holds between them: keys, duplicates,
    dependencies and rules are not looked for."""
    columns = tuple(profile_column(each, store.column(each)).profile for each in store.names)
    return TableProfile(name=name, rows=store.rows, columns=columns, warnings=tuple(warnings))


def _warnings(store: ColumnStore, columns: Sequence[ProfiledColumn]) -> list[str]:
    found = []
    if store.rows < TOO_FEW_ROWS:
        found.append(f"{store.rows} rows are too few to learn from; {TOO_FEW_ROWS} are needed")
    elif store.rows < FEW_ROWS:
        found.append(f"{store.rows} rows are few: only a simple model can be learned")
    if _second_header(store, columns):
        said = "the first row looks like a second header: it says what columns mean"
        found.append(f"{said}, and is read as a row like the others")
    empty = [each.profile.name for each in columns if store.rows and not each.distinct]
    if empty:
        found.append("nothing is there in " + ", ".join(map(repr, empty[:10])))
    for each in columns:
        found += [f"{each.profile.name}: {note}" for note in each.profile.notes]
    return found


def _second_header(store: ColumnStore, columns: Sequence[ProfiledColumn]) -> bool:
    """Whether the first row holds texts that no other row has, in most of the columns that
    otherwise repeat their values."""
    if store.rows < TOO_FEW_ROWS or not all(map(pa.types.is_string, store.schema.types)):
        return False
    first = [int(each.codes[0]) for each in columns]
    repeating = [
        (each, code)
        for each, code in zip(columns, first, strict=True)
        if 2 <= each.distinct <= store.rows / 10
    ]
    alone = [code >= 0 and int((each.codes == code).sum()) == 1 for each, code in repeating]
    return len(alone) >= 3 and float(np.mean(alone)) > 0.5


def _sampled(columns: Sequence[ProfiledColumn], rows: int) -> tuple[str, ...]:
    found = []
    if rows > SAMPLE:
        found.append(
            f"rules between columns were looked for in {SAMPLE:,} rows, spread evenly, and those "
            "found were tried in all"
        )
    ordered = sum(each.profile.kind in ORDERED for each in columns)
    if ordered > MOST_COLUMNS:
        found.append(f"rules were looked for between the first {MOST_COLUMNS} numbers and dates")
    return tuple(found)
