"""Files with one row more, from the bytes on: what is asked is the same, and counts are no further
apart than is declared. Ways of reading that let a row change others are planted, and must show."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from app.engine.errors import SourceError
from app.engine.privacy.budget import Budget
from app.engine.privacy.curator import Curator
from app.engine.privacy.declared_domain import declared_domain
from app.engine.privacy.events import variance_for
from app.engine.privacy.mechanisms import Noise
from app.engine.sources.tables import ReadingOptions
from app.engine.training import private_tables
from app.engine.training.private_tables import private_columns, private_table
from tests.engine.privacy.replay import Run, violations

Rows = list[bytes]
Read = Callable[[Path], pa.Table]

HEADER = b"who,age,city,day"
ROWS = [
    b"p%d,%d,%s,2024-%02d-05" % (row // 2, 18 + row, [b"Rome", b"Oslo"][row % 2], 1 + row % 12)
    for row in range(40)
]
DOMAIN = declared_domain(
    ["age", "city", "day"],
    {"age": [18, 80], "day": {"low": "2024-01-01", "high": "2024-12-31", "bins": 12}},
    {"city": ["Rome", "Oslo"]},
)
MORE = {
    "another person": b"new,33,Rome,2024-03-01",
    "no number": b"new,nan,Rome,2024-03-01",
    "infinite": b"new,-inf,Rome,2024-03-01",
    "an outlier": b"new,1e99,Rome,2024-03-01",
    "too large for any number": b"new,1e999,Rome,2024-03-01",
    "a text for a number": b"new,many,Rome,2024-03-01",
    "a number of another language": "new,٣,Rome,2024-03-01".encode(),
    "a new label": b"new,33,Bern,2024-03-01",
    "another date": b"new,33,Rome,31.12.2024",
    "nothing": b",,,",
    "too few cells": b"new,33",
    "too many cells": b"new,33,Rome,2024-03-01,more",
    "another delimiter": b"new;33;Rome;2024-03-01",
    "no UTF-8": b"new,33,\xff\xfe,2024-03-01",
    "a byte of zero": b"new,33,\x00,2024-03-01",
    "quotes": b'"n ""e"" w","33","Ro,me",2024-03-01',
    "a long text": b"new,33," + b"x" * 100_000 + b",2024-03-01",
    "a line that is empty": b"",
}


def run_of(read: Read) -> Run:
    def run(rows: Any, noise: Noise, seed: int) -> tuple[Curator, Any]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "t.csv"
            path.write_bytes(b"\n".join([HEADER, *rows]) + b"\n")
            table = read(path)
        curator = Curator(table, DOMAIN, Budget(3.0, 1e-6), noise, unit="who", max_contributions=2)
        part = variance_for(curator.budget.rho // 4, curator.sensitivity)
        asked = (("age",), ("city", "day"), ("age", "city"))
        return curator, [curator.measure("m", each, part).counts.tolist() for each in asked]

    return run


def private(path: Path) -> pa.Table:
    return private_table(path, ReadingOptions(), DOMAIN, "who")


@pytest.mark.parametrize("more", MORE)
def test_one_row_more_changes_nothing_else(more: str) -> None:
    for neighbour in ([*ROWS, MORE[more]], [MORE[more], *ROWS]):
        assert violations(run_of(private), ROWS, neighbour) == set()
        assert violations(run_of(private), neighbour, ROWS) == set()


def test_one_person_less_or_a_hundred_times_changes_nothing_else() -> None:
    for neighbour in (ROWS[2:], ROWS[:10] + ROWS[12:], [*ROWS, *[MORE["another person"]] * 100]):
        assert violations(run_of(private), ROWS, neighbour) == set()


def quotes_join_rows(path: Path) -> pa.Table:
    """As `private_table` would read if it did not look at lines."""
    names = private_columns(path, ReadingOptions())
    found = private_tables._cells(path, "csv", ReadingOptions(), names)
    columns = {name: private_tables._texts(found[name]) for name in names}
    for column in DOMAIN.columns[::2]:
        columns[column.name] = private_tables._numbers(columns[column.name], column.scale)  # type: ignore[union-attr]
    return pa.table(columns)


def types_are_found_out(path: Path) -> pa.Table:
    """A column is one of numbers where all its cells are."""
    frame = pd.read_csv(path)
    numbers = frame["age"] if frame["age"].dtype.kind in "if" else [None] * len(frame)
    table = private(path).slice(0, len(frame))
    place = table.column_names.index("age")
    return table.set_column(place, "age", pa.array(numbers, pa.float64()))


OPEN = b'new,33,"Rome,2024-03-01'
BUGS: dict[str, tuple[Read, Rows]] = {
    "quotes join rows": (quotes_join_rows, [*ROWS[:7], OPEN, *ROWS[7:30], b'x,1,",', *ROWS[30:]]),
    "types are found out": (types_are_found_out, [*ROWS, MORE["a text for a number"]]),
}


@pytest.mark.parametrize("bug", BUGS)
def test_planted_ways_of_reading_are_caught(bug: str) -> None:
    read, neighbour = BUGS[bug]
    assert "sensitivity" in violations(run_of(read), ROWS, neighbour)


def test_a_quote_that_is_left_open_is_refused() -> None:
    with pytest.raises(SourceError, match="each line is one row"):
        run_of(private)([*ROWS, OPEN], None, 0)
