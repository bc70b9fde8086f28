"""Files read for differential privacy: what a row becomes follows from that row alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from app.engine.errors import SourceError
from app.engine.privacy.declared_domain import declared_domain
from app.engine.privacy.domain import OUT
from app.engine.sources.tables import ReadingOptions
from app.engine.training.private_tables import check_lines, private_columns, private_table

HEADER = b"\xef\xbb\xbfage,smokes,day,who\r\n"
ROWS = [
    b"12,yes,2024-01-05,a",
    b"1e5,no,2024-12-31T10:00,b",
    b"-3.5,perhaps,2024-13-45,",
    b'"12,5",\xff\xfe,31.12.2024,c',
    b"nan,YES,,d",
    b"inf, yes,20240105,e",
    b"1e999,no,2024-02-30,f",
    "٣,no,2024-05-05,g".encode(),
    b"001,0,1999-01-01,h",
    b",,,",
]
BROKEN = [b"1,yes", b"1,yes,2024-01-05,a,more"]
DOMAIN = declared_domain(
    ["age", "smokes", "day"],
    {"age": [0, 100], "day": {"low": "2024-01-01", "high": "2024-12-31", "bins": 12}},
    {"smokes": {"labels": ["yes", "no"], "missing": False}},
)
PLAIN = ReadingOptions()


def read(path: Path, rows: list[bytes]) -> pa.Table:
    path.write_bytes(HEADER + b"\r\n".join(rows) + b"\r\n")
    assert private_columns(path, PLAIN) == ("age", "smokes", "day", "who")
    return private_table(path, PLAIN, DOMAIN, "who")


def test_a_row_is_read_the_same_whatever_stands_beside_it(tmp_path: Path) -> None:
    together = read(tmp_path / "t.csv", [*BROKEN, *ROWS, *BROKEN])
    found = DOMAIN.codes(together)
    alone = [read(tmp_path / "t.csv", [row]) for row in ROWS]
    assert np.array_equal(found, np.concatenate([DOMAIN.codes(each) for each in alone]))
    assert together["who"].to_pylist() == [*"ab", None, *"cdefgh", None]
    assert found[0].tolist() == [4, 0, 0]
    assert found[1].tolist() == [31, 1, 11]
    assert found[2].tolist() == [0, OUT, 12]
    assert (found[3:, 0] == [32, 32, 32, 32, 32, 0, 32]).all()


def test_types_are_those_of_the_file_where_it_has_some(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    table = pa.table({"age": [1, None], "smokes": ["yes", "no"], "day": pa.nulls(2), "x": [1, 2]})
    parquet.write_table(table, path)
    assert private_columns(path, PLAIN) == ("age", "smokes", "day", "x")
    assert private_table(path, PLAIN, DOMAIN).equals(table.drop_columns("x"))
    assert private_table(tmp_path, PLAIN, DOMAIN).num_rows == 2


def test_files_whose_reading_follows_from_their_rows_are_refused(tmp_path: Path) -> None:
    for name in ("t.csv.gz", "t.xlsx", "t.jsonl", "t.zip"):
        (tmp_path / name).write_bytes(b"x")
        with pytest.raises(SourceError, match="CSV, TSV, Parquet and Arrow"):
            private_columns(tmp_path / name, PLAIN)
    with pytest.raises(SourceError, match="holds 4 tables"):
        private_columns(tmp_path, PLAIN)
    (tmp_path / "t.csv").write_bytes(b"12,yes\n")
    with pytest.raises(SourceError, match="no header"):
        private_columns(tmp_path / "t.csv", ReadingOptions(header=False))
    with pytest.raises(SourceError, match="there is no column 'age'"):
        private_table(tmp_path / "t.csv", PLAIN, DOMAIN)


OPEN = {
    "a quote that is not closed": b'12,"yes,2024-01-05,a',
    "a quote inside of a cell": b'12,ye"s,2024-01-05,a',
    "a quote behind a closed one": b'12,"y"es,2024-01-05,a',
    "two that are open in two cells": b'12,y"es,"2024-01-05,a',
    "a line break in quotes": b'12,yes,2024-01-05,"a\nb"',
    "a carriage return in quotes": b'12,yes,2024-01-05,"a\rb"',
    "a carriage return alone": b"12,yes,2024-01-05,a\r50,no,2024-01-05,b",
    "at the end of the file": b'12,yes,2024-01-05,"',
}
CLOSED = [b'12,"yes",2024-01-05,"a ""b"", c"', b'"",yes,"",""""', b'"12",yes,2024-01-05,a']


@pytest.mark.parametrize("text", OPEN)
def test_no_text_changes_how_other_rows_are_read(tmp_path: Path, text: str) -> None:
    """Each of these would join or divide rows, of others as well; a file that has one is refused,
    and never read another way."""
    for rows in ([OPEN[text]], [*ROWS[:3], OPEN[text], *ROWS[3:]], [OPEN[text], OPEN[text]]):
        with pytest.raises(SourceError, match="each line is one row") as caught:
            read(tmp_path / "t.csv", rows)
        assert "2024" not in str(caught.value) and "yes" not in str(caught.value)


def test_quotes_that_are_closed_are_read(tmp_path: Path) -> None:
    found = read(tmp_path / "t.csv", [*CLOSED, ROWS[0]])
    assert found["who"].to_pylist() == ['a "b", c', '"', "a", "a"]
    assert DOMAIN.codes(found)[:, 1].tolist() == [0, 0, 0, 0]


def test_lines_are_looked_at_whole_and_in_their_encoding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.engine.training.private_tables._BLOCK", 5)
    path, wide = tmp_path / "t.tsv", ReadingOptions(encoding="utf-16")
    path.write_bytes('a\tb\r\n"x\ty"\t1\r\n'.encode("utf-16"))
    check_lines(path, wide)
    path.write_bytes('a\tb\n"x\ty\t1\n'.encode("utf-16"))
    with pytest.raises(SourceError, match="each line is one row"):
        check_lines(path, wide)
    (tmp_path / "t.csv").write_text('a;b\n"x,y";"1;2"\n')
    check_lines(tmp_path / "t.csv", ReadingOptions(delimiter=";"))
    with pytest.raises(SourceError, match="each line is one row"):
        check_lines(tmp_path / "t.csv", PLAIN)


def test_lines_are_as_long_as_can_be_read_and_no_longer(tmp_path: Path) -> None:
    longest = (1 << 20) - len("1,yes,2024-01-05,")
    for sign in ("x", "\U0001f600"):
        row = f"1,yes,2024-01-05,{sign * longest}".encode()
        assert read(tmp_path / "t.csv", [*ROWS, row, *ROWS]).num_rows == 2 * len(ROWS) + 1
        with pytest.raises(SourceError, match="more than 1,048,576 characters"):
            read(tmp_path / "t.csv", [*ROWS, row + sign.encode(), *ROWS])
    with pytest.raises(SourceError, match="more than 1,048,576 characters"):
        read(tmp_path / "t.csv", [b"x" * (11 << 20)])
