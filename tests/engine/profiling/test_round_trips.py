"""Typed tables written in ways that people write, read back as the same values."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pyarrow as pa
import pytest

from app.engine.formats.cells.cell_format import CellFormat, Kind
from app.engine.formats.cells.cells import write_cells
from app.engine.profiling.sources import profiled_source

ROWS = 150
NUMBER_FORMATS = [
    CellFormat(min_decimals=2, max_decimals=2),
    CellFormat(min_decimals=0, max_decimals=3),
    CellFormat(min_decimals=2, max_decimals=2, decimal_mark=","),
    CellFormat(min_decimals=2, max_decimals=2, decimal_mark=",", thousands="."),
    CellFormat(min_decimals=1, max_decimals=1, thousands=","),
    CellFormat(min_decimals=2, max_decimals=2, prefix="$"),
    CellFormat(min_decimals=1, max_decimals=1, suffix="%"),
]
DATE_PATTERNS = ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%-m/%-d/%Y", "%m%d%Y", "%d-%b-%Y", "%Y%m%d"]
TIME_PATTERNS = [
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S.%3fZ",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %I:%M %p",
]
LABELS = [("No", "Yes"), ("false", "true"), ("0", "1"), ("N", "Y")]
TOKENS = ["", "?", "NA", "NULL", " "]
DELIMITERS = [",", ";", "\t", "|"]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "cp1252"]


def columns(rng: random.Random) -> dict[str, tuple[Kind, CellFormat, pa.Array]]:
    """A column of every kind, in formats by chance, some values missing."""
    token = rng.choice(TOKENS)

    def some(values: list[object], kind: pa.DataType) -> pa.Array:
        return pa.array([None if rng.random() < 0.1 else each for each in values], kind)

    number = rng.choice(NUMBER_FORMATS)
    days = [dt.date(2001, 1, 1) + dt.timedelta(days=rng.randrange(7000)) for _ in range(ROWS)]
    moments = [
        dt.datetime(2001, 1, 1) + dt.timedelta(minutes=rng.randrange(10**6)) for _ in range(ROWS)
    ]
    numbers = [round(rng.uniform(-1e5, 1e5), number.max_decimals) for _ in range(ROWS)]
    made: dict[str, tuple[Kind, CellFormat, pa.Array]] = {
        "amount": ("number", number, some([*numbers], pa.float64())),
        "count": (
            "integer",
            CellFormat(),
            some([rng.randrange(-500, 500) for _ in days], pa.int64()),
        ),
        "the day": (
            "date",
            CellFormat(pattern=rng.choice(DATE_PATTERNS)),
            some([*days], pa.date32()),
        ),
        "the moment": (
            "datetime",
            CellFormat(pattern=rng.choice(TIME_PATTERNS)),
            some([*moments], pa.timestamp("us")),
        ),
        "flag": (
            "boolean",
            CellFormat(labels=rng.choice(LABELS)),
            some([rng.random() < 0.4 for _ in days], pa.bool_()),
        ),
        "city": (
            "category",
            CellFormat(),
            some(
                [rng.choice(["Köln", "Zürich", "Aix, en Provence", 'a "b"']) for _ in days],
                pa.string(),
            ),
        ),
        "zip": (
            "category",
            CellFormat(width=5),
            some([f"0{rng.randrange(1000, 1009)}" for _ in days], pa.string()),
        ),
    }
    return {
        name: (kind, form.model_copy(update={"missing": (token,)}), values)
        for name, (kind, form, values) in made.items()
    }


@pytest.mark.parametrize("seed", range(40))
def test_a_table_in_any_dress_is_read_as_it_was(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    made = columns(rng)
    cells = {name: write_cells(values, form, kind) for name, (kind, form, values) in made.items()}
    path = tmp_path / "table.csv"
    delimiter = rng.choice(DELIMITERS)
    lines = [list(cells), *zip(*(each.to_pylist() for each in cells.values()), strict=True)]
    text = "".join(
        delimiter.join('"' + cell.replace('"', '""') + '"' if set(cell) & set(',;\t|"') else cell
                       for cell in line) + "\n"
        for line in lines
    )  # fmt: skip
    path.write_bytes(text.encode(rng.choice(ENCODINGS)))
    with profiled_source(path) as found:
        typed = found.typed("table")
        for name, (kind, _, values) in made.items():
            column = typed.column(name)
            assert column.kind == kind, name
            back = column.values
            plain = back.cast(back.type.value_type) if pa.types.is_dictionary(back.type) else back
            assert plain.cast(values.type).equals(values), name
        written = typed.written({each.name: each.values for each in typed.columns})
        assert written.to_pydict() == {name: each.to_pylist() for name, each in cells.items()}


def test_five_hundred_columns(tmp_path: Path) -> None:
    rng = random.Random(1)
    names = [f"c{i}" for i in range(500)]
    path = tmp_path / "wide.csv"
    rows = [",".join(str(rng.randrange(50)) for _ in names) for _ in range(100)]
    path.write_text(",".join(names) + "\n" + "\n".join(rows) + "\n")
    with profiled_source(path) as found:
        (table,) = found.profile.tables
    assert len(table.columns) == 500
    assert table.dependencies == ()
    assert any("first 60" in each for each in table.sampled)
