"""What only XLSX has: moments as Excel counts them, escapes of its own, cells without places."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from python_calamine import CalamineWorkbook

from app.engine.formats import FORMATS, FormatOptions

XLSX = FORMATS["xlsx"]


def _written(folder: Path, values: list[Any], kind: pa.DataType) -> Path:
    batch = pa.record_batch({"x": pa.array(values, kind)})
    path, part = folder / "x.xlsx", folder / "part"
    part.write_bytes(XLSX.encode(batch, FormatOptions()))
    assembler = XLSX.assembler(path, "x", batch.schema, FormatOptions())
    assembler.append(part)
    assembler.finish()
    return path


def _sheet(path: Path) -> str:
    with zipfile.ZipFile(path) as book:
        return book.read("xl/worksheets/sheet1.xml").decode()


@pytest.mark.parametrize(
    ("day", "number"),
    [
        (dt.date(1900, 1, 1), 1),
        (dt.date(1900, 2, 28), 59),
        (dt.date(1900, 3, 1), 61),  # 60 is a day that Excel has and 1900 had not
        (dt.date(1970, 1, 1), 25569),
        (dt.date(9999, 12, 31), 2_958_465),
    ],
)
def test_days_have_the_numbers_that_excel_gives_them(
    day: dt.date, number: int, tmp_path: Path
) -> None:
    assert f'<c s="1"><v>{number}</v></c>' in _sheet(_written(tmp_path, [day], pa.date32()))


def test_moments_are_parts_of_days(tmp_path: Path) -> None:
    moment = dt.datetime(1970, 1, 2, 18, 0)
    assert '<c s="2"><v>25570.75</v></c>' in _sheet(
        _written(tmp_path, [moment], pa.timestamp("us"))
    )
    assert '<c s="3"><v>0.25</v></c>' in _sheet(_written(tmp_path, [dt.time(6)], pa.time64("us")))


@pytest.mark.parametrize(
    ("values", "kind", "texts"),
    [
        ([2**53, -(2**53) - 1], pa.int64(), [2.0**53, "-9007199254740993"]),
        ([3, 2**64 - 1], pa.uint64(), [3.0, "18446744073709551615"]),
        ([dt.date(1899, 12, 31), None], pa.date32(), ["1899-12-31", ""]),
        ([dt.datetime(1850, 1, 1, 6)], pa.timestamp("s"), ["1850-01-01T06:00:00"]),
    ],
)
def test_what_excel_cannot_hold_is_text(
    values: list[Any], kind: pa.DataType, texts: list[Any], tmp_path: Path
) -> None:
    path = _written(tmp_path, values, kind)
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert rows[1:] == [[text] for text in texts if text != ""]


@pytest.mark.parametrize(
    "text", ["_x0041_x0042_", "a\r\nb", "\x01\x1f", " lead and trail ", "<r>x</r>", "_x", "&amp;"]
)
def test_texts_come_back_as_they_are(text: str, tmp_path: Path) -> None:
    path = _written(tmp_path, [text], pa.string())
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert rows[1:] == [[text]]


def test_nothing_in_a_workbook_tells_a_time(tmp_path: Path) -> None:
    path = _written(tmp_path, [1], pa.int64())
    with zipfile.ZipFile(path) as book:
        assert {member.date_time for member in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert book.infolist()[0].filename == "[Content_Types].xml"
        texts = " ".join(book.read(member).decode() for member in book.infolist())
    assert not re.search(r"20\d\d-\d\d-\d\dT", texts)
