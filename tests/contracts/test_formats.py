"""What every file format promises; new formats are held to it by being registered."""

from __future__ import annotations

import csv
import datetime
import gzip
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from app.engine import compile_plan, load_definition, run_generation
from app.engine.errors import FormatError, RowLimitError
from app.engine.evaluation.facts import measure_facts
from app.engine.evaluation.reading import best_files
from app.engine.execution.results import Generated
from app.engine.formats import FORMATS, FormatOptions, format_of, without_suffix
from app.engine.formats.shared.sheets import SHEET_ROWS
from app.engine.formats.shared.text import cast_text, column_text
from app.engine.plan.plan import Plan
from app.workers.estimates import estimated_bytes

Run = tuple[Plan, Generated, FormatOptions]

TEXT = ["csv", "tsv"]
SHEETS = ["xlsx", "ods"]
KEEPS_TYPES = ["parquet", "arrow"]

TEXTS = [
    "plain", None, "", "Grüße, 世界 🎉", 'say "hi"', "a,b", "tab\there", "two\nlines",
    " leading", "trailing  ", "=1+1", "-", "a\\b", "<&>'",
]  # fmt: skip
ROWS = len(TEXTS)


def _every_type() -> pa.RecordBatch:
    """Fourteen rows of every type the engine makes, with nulls and awkward values."""
    day = datetime.date(2020, 2, 29)
    moment = datetime.datetime(2021, 12, 31, 23, 59, 58)
    return pa.record_batch(
        {
            "whole": pa.array([0, -1, None, 2**53 - 1, *range(4, ROWS)], pa.int64()),
            "real": pa.array([0.1, -0.5, None, 1e-7, 1 / 3, *[2.5] * (ROWS - 5)], pa.float64()),
            "label": pa.DictionaryArray.from_arrays(
                pa.array([0, 1, None, 2, *[0] * (ROWS - 4)], pa.int8()), pa.array(["A", "b, c", ""])
            ),
            "yes": pa.array([True, False, None, *[True] * (ROWS - 3)]),
            "day": pa.array([day, None, *[day] * (ROWS - 2)], pa.date32()),
            "moment": pa.array([moment, None, *[moment] * (ROWS - 2)], pa.timestamp("us")),
            "clock": pa.array(
                [moment.time(), None, *[moment.time()] * (ROWS - 2)], pa.time64("us")
            ),
            "text": pa.array(TEXTS, pa.string()),
        }
    )


def _write(
    name: str,
    folder: Path,
    batches: list[pa.RecordBatch],
    options: FormatOptions | None = None,
    table: str = "table",
) -> Path:
    """A file of the batches, made the way a run makes it."""
    options = options or FormatOptions()
    path = folder / f"out.{FORMATS[name].suffix}"
    assembler = FORMATS[name].assembler(path, table, batches[0].schema, options)
    for number, batch in enumerate(batches):
        part = folder / f"{number}.part"
        part.write_bytes(FORMATS[name].encode(batch, options))
        assembler.append(part)
    size, sha256 = assembler.finish()
    assert size == path.stat().st_size
    assert sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    return path


def _read_delimited(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file, delimiter="\t" if path.suffix == ".tsv" else ","))


def _read_sheets(path: Path) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def _as_read(name: str, text: str) -> str:
    """A text as calamine gives it back: it passes over ODF's element for a tab."""
    return text.replace("\t", "") if name == "ods" else text


def _packed_rows(path: Path) -> int:
    unpacked = path.with_suffix("")
    unpacked.write_bytes(gzip.decompress(path.read_bytes()))
    return _rows_in(unpacked)


def _rows_in(path: Path) -> int:
    """Rows of a file by a reader that this project did not write."""
    readers: dict[str, Callable[[], int]] = {
        ".csv": lambda: len(_read_delimited(path)) - 1,
        ".tsv": lambda: len(_read_delimited(path)) - 1,
        ".jsonl": lambda: len(path.read_text().splitlines()),
        ".gz": lambda: _packed_rows(path),
        ".parquet": lambda: pl.read_parquet(path).height,
        ".arrow": lambda: pa.ipc.open_file(path).read_all().num_rows,
        ".xlsx": lambda: sum(len(rows) - 1 for rows in _read_sheets(path).values()),
        ".ods": lambda: sum(len(rows) - 1 for rows in _read_sheets(path).values()),
    }
    return readers[path.suffix]()


DECLARED = """
name: people
seed: 7
n_samples: 500
features:
  id: {type: id, format: sequence}
  age: {type: int, min: 18, max: 90}
  score: {type: float, mean: 3, std: 2}
  city: {type: category, cats: [Rome, "=Oslo"]}
  day: {type: date, start: 2020-01-01, end: 2021-01-01}
  note: {type: sentence, missing: 0.1}
"""


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "escaped"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One table in every format, with or without escaped formulas."""
    plan = compile_plan(load_definition(DECLARED).definition)
    options = FormatOptions(escape_formulas=request.param)
    folder = tmp_path_factory.mktemp("run")
    return plan, run_generation(plan, folder, list(FORMATS), workers=1, options=options), options


@pytest.mark.parametrize("name", FORMATS)
class TestEveryFormat:
    def test_is_the_module_of_its_name_and_is_named_for_people(self, name: str) -> None:
        form = FORMATS[name]
        assert form.name == name
        assert form.label
        assert re.fullmatch(r"[a-z][\w.]*", form.suffix)
        assert re.fullmatch(r"(application|text)/[\w.+-]+", form.media_type)

    def test_shares_its_names_with_no_other(self, name: str) -> None:
        others = [form for other, form in FORMATS.items() if other != name]
        taken = {each for form in others for each in (form.media_type, *form.other_media_types)}
        assert not {FORMATS[name].media_type, *FORMATS[name].other_media_types} & taken
        assert FORMATS[name].suffix not in {form.suffix for form in others}
        assert FORMATS[name].label not in {form.label for form in others}

    def test_reads_back_what_was_declared(self, name: str, run: Run) -> None:
        plan, generated, options = run
        (file,) = [file for file in generated.tables[0].files if file.format == name]
        facts = measure_facts(plan, best_files([file], options))
        assert len(facts) > 5
        assert [fact for fact in facts if not fact.holds] == []

    def test_its_size_is_expected_before_it_is_made(self, name: str, run: Run) -> None:
        plan, generated, _ = run
        (file,) = [file for file in generated.tables[0].files if file.format == name]
        assert 0.1 < file.bytes / estimated_bytes(plan)[name] < 3

    def test_holds_all_rows_of_all_blocks(self, name: str, tmp_path: Path) -> None:
        assert _rows_in(_write(name, tmp_path, [_every_type()] * 3)) == 3 * ROWS

    def test_same_blocks_give_the_same_bytes(self, name: str, tmp_path: Path) -> None:
        first = _write(name, tmp_path, [_every_type()] * 2).read_bytes()
        assert _write(name, tmp_path, [_every_type()] * 2).read_bytes() == first

    def test_a_table_without_rows_is_a_readable_file(self, name: str, tmp_path: Path) -> None:
        path = _write(name, tmp_path, [_every_type().slice(0, 0)])
        assert _rows_in(path) == 0

    def test_a_column_of_nulls(self, name: str, tmp_path: Path) -> None:
        batch = pa.record_batch(
            {"nothing": pa.nulls(3, pa.int64()), "n": [1, 2, 3], "t": pa.nulls(3, pa.string())}
        )
        assert _rows_in(_write(name, tmp_path, [batch])) == 3

    def test_awkward_column_names(self, name: str, tmp_path: Path) -> None:
        names = ['a "b", c', "Größe (€)", "x.y", "line\nbreak", "<tag>"]
        batch = pa.record_batch([pa.array([1, 2])] * len(names), names=names)
        assert _rows_in(_write(name, tmp_path, [batch])) == 2


@pytest.mark.parametrize("name", sorted(FORMATS.keys() - {"arrow"}))
def test_a_slice_is_written_like_a_batch_of_its_own(name: str, tmp_path: Path) -> None:
    sliced = pa.concat_batches([_every_type()] * 3).slice(ROWS, ROWS)
    expected = _write(name, tmp_path, [sliced]).read_bytes()
    assert _write(name, tmp_path, [_every_type()]).read_bytes() == expected


@pytest.mark.parametrize("name", KEEPS_TYPES)
def test_typed_formats_give_back_what_was_written(name: str, tmp_path: Path) -> None:
    path = _write(name, tmp_path, [_every_type()] * 3)
    read = pq.read_table(path) if name == "parquet" else pa.ipc.open_file(path).read_all()
    read.validate(full=True)
    assert read.equals(pa.Table.from_batches([_every_type()] * 3))


def test_parquet_is_read_alike_by_others(tmp_path: Path) -> None:
    path = _write("parquet", tmp_path, [_every_type()] * 2)
    assert pl.read_parquet(path)["text"].to_list() == TEXTS * 2
    assert pl.scan_parquet(path).filter(pl.col("whole") == 5).collect().height == 2
    assert pd.read_parquet(path)["whole"].count() == 2 * (ROWS - 1)


def test_parquet_counts_and_points_right(tmp_path: Path) -> None:
    path = _write("parquet", tmp_path, [_every_type()] * 40)
    file = pq.ParquetFile(path)
    assert file.metadata.num_rows == 40 * ROWS
    assert file.metadata.num_row_groups == 40
    end = 4
    for number in range(40):
        group = file.metadata.row_group(number)
        assert file.read_row_group(number).to_batches()[0].equals(_every_type())
        for place in range(group.num_columns):
            chunk = group.column(place)
            start = chunk.dictionary_page_offset or chunk.data_page_offset
            assert start == end
            end = start + chunk.total_compressed_size


@pytest.mark.parametrize("name", TEXT)
def test_delimited_text_reads_back(name: str, tmp_path: Path) -> None:
    header, *rows = _read_delimited(_write(name, tmp_path, [_every_type()]))
    assert header == _every_type().schema.names
    assert [row[-1] for row in rows] == [text or "" for text in TEXTS]
    assert rows[0] == [
        "0",
        "0.1",
        "A",
        "true",
        "2020-02-29",
        "2021-12-31 23:59:58",
        "23:59:58",
        "plain",
    ]
    assert rows[3][:4] == [str(2**53 - 1), "1e-7", "", "true"]


@pytest.mark.parametrize("name", TEXT)
def test_null_and_empty_text_differ(name: str, tmp_path: Path) -> None:
    path = _write(name, tmp_path, [_every_type()])
    options = pa_csv.ParseOptions(delimiter="\t" if name == "tsv" else ",", newlines_in_values=True)
    convert = pa_csv.ConvertOptions(
        column_types={"text": pa.string()},
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    read = pa_csv.read_csv(path, parse_options=options, convert_options=convert)
    assert read["text"].to_pylist() == TEXTS


def test_pandas_reads_the_csv(tmp_path: Path) -> None:
    frame = pd.read_csv(_write("csv", tmp_path, [_every_type()]), keep_default_na=False)
    assert frame["text"].to_list() == [text or "" for text in TEXTS]


def test_quotes_only_where_needed(tmp_path: Path) -> None:
    batch = pa.record_batch({"t": ["a b", "a,b", 'q"', " x "], "n": [1, 2, 3, 4]})
    text = _write("csv", tmp_path, [batch]).read_text()
    assert text == 't,n\na b,1\n"a,b",2\n"q""",3\n x ,4\n'


def test_a_null_in_a_lonely_column_is_no_blank_line(tmp_path: Path) -> None:
    path = _write("csv", tmp_path, [pa.record_batch({"n": pa.array([1, None, 3])})])
    assert path.read_text() == 'n\n1\n""\n3\n'
    assert len(pd.read_csv(path)) == 3


def test_json_lines_are_json(tmp_path: Path) -> None:
    lines = _write("jsonl", tmp_path, [_every_type()]).read_text().split("\n")
    rows = [json.loads(line) for line in lines[:-1]]
    assert [row["text"] for row in rows] == TEXTS
    assert rows[1] == {
        "whole": -1, "real": -0.5, "label": "b, c", "yes": False,
        "day": None, "moment": None, "clock": None, "text": None,
    }  # fmt: skip
    assert rows[0]["moment"] == "2021-12-31T23:59:58"


def test_json_lines_escape_control_characters(tmp_path: Path) -> None:
    texts = ["".join(map(chr, range(33))), "\x7f\u2028", '\\"']
    path = _write("jsonl", tmp_path, [pa.record_batch({"t": texts})])
    assert [json.loads(line)["t"] for line in path.read_bytes().splitlines()] == texts


def test_numbers_that_json_lacks_are_null(tmp_path: Path) -> None:
    values = pa.array([float("nan"), float("inf"), -0.0])
    path = _write("jsonl", tmp_path, [pa.record_batch({"x": values})])
    assert path.read_text() == '{"x":null}\n{"x":null}\n{"x":0}\n'


@pytest.mark.parametrize("name", SHEETS)
class TestSheets:
    def test_cells_are_typed(self, name: str, tmp_path: Path) -> None:
        rows = _read_sheets(_write(name, tmp_path, [_every_type()]))["table"]
        assert rows[0] == _every_type().schema.names
        assert rows[1][:4] == [0, 0.1, "A", True]
        assert rows[1][4] == datetime.date(2020, 2, 29)
        assert rows[1][5] == datetime.datetime(2021, 12, 31, 23, 59, 58)
        assert str(rows[1][6]).endswith("23:59:58")
        # Readers of sheets do not tell an empty text from an empty cell.
        assert [row[7] for row in rows[1:]] == [_as_read(name, text or "") for text in TEXTS]

    def test_control_characters_do_not_break_the_file(self, name: str, tmp_path: Path) -> None:
        path = _write(name, tmp_path, [pa.record_batch({"t": ["a\x01b\x0b", "ok"]})])
        rows = _read_sheets(path)["table"]
        assert rows[2] == ["ok"]
        assert rows[1][0].startswith("a")

    def test_markup_of_the_format_itself_is_text(self, name: str, tmp_path: Path) -> None:
        texts = ["<r>a & b</r>", "<r><t>x</t></r>", "<r></r>", "<r> y\n </r>", "<t>z</t>", "</row>"]
        batch = pa.record_batch({"<r>head</r>": pa.array(texts)})
        rows = _read_sheets(_write(name, tmp_path, [batch]))["table"]
        assert [row[0] for row in rows] == ["<r>head</r>", *texts]

    def test_rows_go_on_in_further_sheets(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("app.engine.formats.shared.sheets.SHEET_ROWS", 10)
        batch = pa.record_batch({"n": list(range(25))})
        sheets = _read_sheets(_write(name, tmp_path, [batch.slice(0, 7), batch.slice(7)]))
        assert list(sheets) == ["table", "table_2", "table_3"]
        assert [len(rows) for rows in sheets.values()] == [10, 10, 8]
        assert [row[0] for rows in sheets.values() for row in rows[1:]] == list(range(25))

    def test_too_many_rows_are_refused_where_asked(self, name: str, tmp_path: Path) -> None:
        schema = pa.schema([("n", pa.int64())])
        refuse = FormatOptions(on_row_limit="refuse")
        FORMATS[name].check(schema, SHEET_ROWS - 1, refuse)
        FORMATS[name].check(schema, SHEET_ROWS, FormatOptions())
        with pytest.raises(RowLimitError, match=r"1,048,575.*parquet"):
            FORMATS[name].check(schema, SHEET_ROWS, refuse)

    def test_too_long_a_text_is_refused(self, name: str) -> None:
        batch = pa.record_batch({"t": ["x" * 32_768]})
        with pytest.raises(FormatError, match=r"'t'.*32,767"):
            FORMATS[name].encode(batch, FormatOptions())

    def test_sheet_names_that_no_sheet_may_have(self, name: str, tmp_path: Path) -> None:
        path = _write(name, tmp_path, [pa.record_batch({"n": [1]})], table="a/b:[c]" * 9)
        (sheet,) = _read_sheets(path)
        assert sheet == ("a_b__c_" * 9)[:31]


@pytest.mark.parametrize("name", [*TEXT, *SHEETS])
def test_formulas_are_disarmed_on_request(name: str, tmp_path: Path) -> None:
    texts = ["=1+1", "+1", "-1", "@a", "\tx", "fine", "a=b"]
    batch = pa.record_batch({"=t": texts, "n": [-1] * 7})
    path = _write(name, tmp_path, [batch], FormatOptions(escape_formulas=True))
    rows = _read_sheets(path)["table"] if name in SHEETS else _read_delimited(path)
    expected = ["'=t", *(f"'{text}" for text in texts[:5]), "fine", "a=b"]
    assert [row[0] for row in rows] == [_as_read(name, text) for text in expected]
    assert {str(row[1]) for row in rows[1:]} <= {"-1", "-1.0"}


@pytest.mark.parametrize("name", [*TEXT, "jsonl", *SHEETS])
def test_a_type_without_text_is_refused_before_any_row(name: str) -> None:
    with pytest.raises(FormatError, match="parquet"):
        FORMATS[name].check(pa.schema([("x", pa.list_(pa.int64()))]), 1, FormatOptions())


def test_ods_writes_tabs_and_spaces_as_elements(tmp_path: Path) -> None:
    path = _write("ods", tmp_path, [pa.record_batch({"t": ["a\tb", " x  y "]})])
    with zipfile.ZipFile(path) as document:
        assert document.infolist()[0].filename == "mimetype"
        assert document.infolist()[0].compress_type == zipfile.ZIP_STORED
        content = document.read("content.xml").decode()
    assert "<text:p>a<text:tab/>b</text:p>" in content
    assert "<text:p><text:s/>x<text:s/><text:s/>y<text:s/></text:p>" in content


cells = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), max_size=8))


@pytest.mark.parametrize("name", ["csv", "tsv", "jsonl"])
@settings(deadline=None)
@given(st.lists(st.tuples(cells, st.sampled_from(["x", 'y"', "", "z,\n\t"])), min_size=1))
def test_any_text_reads_back(name: str, rows: list[tuple[str | None, str]]) -> None:
    first = pa.array([row[0] for row in rows], pa.string())
    second = pa.array([row[1] for row in rows]).dictionary_encode()
    batch = pa.record_batch({"a": first, "b": second})
    text = bytes(FORMATS[name].encode(batch, FormatOptions())).decode()
    if name == "jsonl":
        assert [tuple(json.loads(line).values()) for line in text.split("\n")[:-1]] == rows
    else:
        read = csv.reader(io.StringIO(text, newline=""), delimiter="," if name == "csv" else "\t")
        assert [tuple(row) for row in read] == [(row[0] or "", row[1]) for row in rows]


numbers = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(10**7), 10**7).map(lambda number: number / 100),
)


@settings(deadline=None)  # the first example fills tables
@given(st.lists(numbers, min_size=1, max_size=100), st.integers(0, 4))
def test_floats_have_one_text_whatever_the_way(values: list[float], decimals: int) -> None:
    values += [round(value, decimals) for value in values]
    cells = [column_text(pa.array(part), {}) for part in (values, values[:1], values[1:])]
    assert cells[0].to_pylist() == [*cells[1].to_pylist(), *cells[2].to_pylist()]
    assert list(map(float, cells[0].to_pylist())) == values


@pytest.mark.parametrize("decimals", range(1, 7))
@pytest.mark.parametrize("scale", [1.0, 100.0, 10_000.0, 1e7, 1e12])
def test_decimals_have_the_text_of_the_plain_cast(decimals: int, scale: float) -> None:
    rng = np.random.default_rng(decimals)
    values = rng.normal(0, scale, 60_000).round(decimals)
    values[:200] = (rng.integers(-50, 50, 200) / 10**decimals).round(decimals)
    array = pa.array([*values, None, 0.0, -0.0])
    assert column_text(array, {}).equals(cast_text(array, "float"))


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.datetimes()), min_size=1))
def test_moments_have_fractions_only_where_there_are_any(
    moments: list[datetime.datetime | None],
) -> None:
    texts = column_text(pa.array(moments, pa.timestamp("us")), {}).to_pylist()
    assert texts == [moment and str(moment) for moment in moments]
    clocks = [moment and moment.time() for moment in moments]
    assert column_text(pa.array(clocks, pa.time64("us")), {}).to_pylist() == [
        clock if clock is None else str(clock) for clock in clocks
    ]


def test_csv_in_memory_matches_the_csv_module() -> None:
    batch = pa.record_batch({"a": ["x", 'y"', "z\r\n"], "b": ["1,", "2", "3"]})
    text = bytes(FORMATS["csv"].encode(batch, FormatOptions())).decode()
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["x", "1,"], ['y"', "2"], ["z\r\n", "3"],
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["csv", "jsonl"])
def test_packed_files_hold_what_the_others_hold(name: str, tmp_path: Path) -> None:
    plain = _write(name, tmp_path, [_every_type()] * 3).read_bytes()
    packed = _write(f"{name}.gz", tmp_path, [_every_type()] * 3).read_bytes()
    assert gzip.decompress(packed) == plain
    assert packed[:10] == b"\x1f\x8b\x08\0\0\0\0\0\0\xff"  # no time, no name


@pytest.mark.parametrize(
    ("path", "form", "stem"),
    [
        ("a/b.csv.gz", "csv.gz", "a/b"),
        ("B.JSONL.GZ", "jsonl.gz", "B"),
        ("x.y.csv", "csv", "x.y"),
        ("x.gz", None, "x"),
        ("x.parquet.gz", None, "x.parquet"),
        ("csv", None, "csv"),
        (".csv", None, ".csv"),
        (".csv.gz", None, ".csv"),
        ("a.dat", None, "a"),
    ],
)
def test_a_path_names_its_format(path: str, form: str | None, stem: str) -> None:
    assert format_of(PurePosixPath(path)) == form
    assert str(without_suffix(PurePosixPath(path))) == stem
