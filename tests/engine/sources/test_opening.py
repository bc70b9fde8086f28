"""Every format is opened, and what was detected of a text is right."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from app.engine.errors import SourceError
from app.engine.sources.opening import open_source
from app.engine.sources.tables import ReadingOptions, SourceTable

GERMAN = (
    "Name;Straße;Ort;Betrag\nMüller;Hauptstraße 5;Köln;12,50\nJäger;Grüner Weg 2;München;7,00\n"
)
PLAIN = "id,name,amount\n" + "".join(f"{i},Smith,{i * 3}\n" for i in range(200))


def rows_of(table: SourceTable) -> list[list[object]]:
    whole = pa.Table.from_batches(table.batches(), table.schema)
    return [list(row.values()) for row in whole.to_pylist()]


def opened(path: Path, **options: object) -> tuple[SourceTable, list[list[object]]]:
    with open_source(path, ReadingOptions(**options)) as source:  # type: ignore[arg-type]
        (table,) = source.tables
        return table, rows_of(table)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings_are_found(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes((GERMAN * 3).encode(encoding))
    table, rows = opened(path)
    assert table.schema.names == ["Name", "Straße", "Ort", "Betrag"]
    assert rows[0] == ["Müller", "Hauptstraße 5", "Köln", "12,50"]


def test_one_letter_far_behind_is_read_in_its_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes((PLAIN * 400 + "9,Müller,1\n").encode("latin-1"))
    table, rows = opened(path)
    assert rows[-1] == ["9", "Müller", "1"]
    assert any("likely but not certain" in each for each in table.warnings)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found(delimiter: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = [["id", "text", "n"], *([str(i), f'"x{delimiter}y"', "3.5"] for i in range(20))]
    path.write_text("\n".join(delimiter.join(line) for line in lines) + "\n")
    table, rows = opened(path)
    assert table.dialect is not None
    assert table.dialect.delimiter == delimiter
    assert rows[0] == ["0", f"x{delimiter}y", "3.5"]


def test_single_quotes_that_enclose_nothing_are_part_of_the_value(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,class\n" + "0.5,'-1'\n0.25,'1'\n" * 20)
    assert opened(path)[1][:2] == [["0.5", "'-1'"], ["0.25", "'1'"]]


def test_cells_stay_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('zip,x,y\n00501,?,\n02208," ",NA\n')
    assert opened(path)[1] == [["00501", "?", ""], ["02208", " ", "NA"]]


def test_a_file_without_a_header_gets_names_and_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("1,2.5,x\n2,3.5,y\n")
    table, rows = opened(path)
    assert table.schema.names == ["column_1", "column_2", "column_3"]
    assert len(rows) == 2
    assert any("no names" in each for each in table.warnings)
    assert opened(path, header=True)[0].schema.names == ["1", "2.5", "x"]


def test_a_header_of_several_lines_and_lines_in_cells(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('"first\nname",b\n"one\ntwo",2\nthree,4\n')
    table, rows = opened(path)
    assert table.schema.names == ["first\nname", "b"]
    assert rows == [["one\ntwo", "2"], ["three", "4"]]


def test_json_lines_keep_numbers_as_written(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 19.30, "b": "x"}\n\n{"a": null, "c": true, "b": ""}\n{"d": [1.0]}\n')
    table, rows = opened(path)
    assert table.schema.names == ["a", "b", "c", "d"]
    assert rows == [
        ["19.30", "x", None, None],
        [None, "", "true", None],
        [None, None, None, '["1.0"]'],
    ]


def test_parquet_and_arrow_keep_types(tmp_path: Path) -> None:
    table = pa.table(
        {"n": pa.array([1, None]), "label": pa.array(["a", "b"]).dictionary_encode(), "x": [0.5, 2]}
    )
    parquet.write_table(table, tmp_path / "a.parquet")
    feather.write_feather(table, tmp_path / "b.feather")
    with (
        pa.OSFile(str(tmp_path / "c.arrow"), "wb") as file,
        pa.ipc.new_stream(file, table.schema) as out,
    ):
        out.write_table(table)
    for name in ("a.parquet", "b.feather", "c.arrow"):
        found, rows = opened(tmp_path / name)
        assert list(map(str, found.schema.types)) == ["int64", "string", "double"]
        assert rows == [[1, "a", 0.5], [None, "b", 2.0]]


def test_sheets_are_tables(tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in ("people", "places"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["id", "zip", "share"])
            sheet.write_row(1, 0, [1, "00501", 0.25])
            sheet.write_row(2, 0, [2, "02208"])
        book.add_worksheet("empty")
    with open_source(path) as source:
        assert [each.name for each in source.tables] == ["people", "places"]
        assert rows_of(source.tables[1]) == [["1", "00501", "0.25"], ["2", "02208", ""]]


def test_archives_folders_and_compressed_files(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "customers.csv").write_text("id,n\n1,2\n")
    (folder / "orders.csv.gz").write_bytes(gzip.compress(b"id\tn\n7\t3\n"))
    (folder / "read.me").write_text("no table")
    with zipfile.ZipFile(tmp_path / "shop.zip", "w") as archive:
        archive.writestr("a/customers.csv", "id,n\n1,2\n")
        archive.writestr("b/customers.csv", "id,n\n3,4\n")
        archive.writestr("__MACOSX/._customers.csv", "x")
    with open_source(folder) as source:
        assert [each.name for each in source.tables] == ["customers", "orders"]
        assert rows_of(source.tables[1]) == [["7", "3"]]
        assert source.warnings == ("left out, as no tables: read.me",)
    with open_source(tmp_path / "shop.zip") as source:
        assert [each.name for each in source.tables] == ["customers", "customers_2"]
        assert rows_of(source.tables[1]) == [["3", "4"]]


def test_what_is_said_is_not_detected(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("a;b\n1;ß\n".encode("cp850"))
    assert opened(path, encoding="cp850", delimiter=";")[1] == [["1", "ß"]]
    with pytest.raises(SourceError, match="no encoding is called"):
        opened(path, encoding="klingon")
