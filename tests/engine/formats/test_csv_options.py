"""CSV as it is asked for: token of nulls, delimiter, quotes, byte order mark, line ends."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.cli.csv_options import csv_options_of
from app.engine.evaluation.reading import TableFile, batches, plain_schema
from app.engine.formats import FORMATS, FormatOptions
from app.engine.formats.shared.csv_options import CsvOptions
from app.jobs.models import JobRequest
from app.jobs.validation import data_faults

TEXTS = ["plain", None, "", "NULL", 'say "hi"', "a,b;c|d\te", "two\nlines", "é"]
BATCH = pa.record_batch(
    {
        "n": pa.array([1, None, -3, 4, 5, 6, 7, 8]),
        "x": pa.array([0.5, None, 1.25, 2, 3, 4, 5, 6]),
        "t": pa.array(TEXTS),
        "c": pa.array(TEXTS).dictionary_encode(),
    }
)
OPTIONS = st.builds(
    CsvOptions,
    null=st.sampled_from(["", "NULL", r"\N", "NA", "-", "NaN"]),
    delimiter=st.sampled_from([",", ";", "|", "\t"]),
    quote=st.sampled_from(["minimal", "all"]),
    bom=st.booleans(),
    line_end=st.sampled_from(["lf", "crlf"]),
)


def written(batch: pa.RecordBatch, own: CsvOptions, folder: Path, name: str = "csv") -> Path:
    options, form = FormatOptions(csv=own), FORMATS[name]
    part, path = folder / "part", folder / f"t.{form.suffix}"
    part.write_bytes(bytes(form.encode(batch, options)))
    assembler = form.assembler(path, "t", batch.schema, options)
    assembler.append(part)
    assembler.finish()
    return path


def read(path: Path, name: str, own: CsvOptions, schema: pa.Schema) -> list[dict[str, Any]]:
    file = TableFile(path, name, FormatOptions(csv=own))
    return pa.Table.from_batches(batches(file, schema), plain_schema(schema)).to_pylist()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(own=OPTIONS, name=st.sampled_from(["csv", "csv.gz"]), columns=st.sampled_from([4, 1]))
def test_what_was_written_is_read(
    own: CsvOptions, name: str, columns: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assume(columns == 4 or own.null)  # otherwise a null is "" in a table of one column
    numbers = pa.array([2, None, -3, 4, 5, 6, 7, 8])
    batch = BATCH.set_column(0, "n", numbers).select(["n", "x", "t", "c"][-columns:])
    path = written(batch, own, tmp_path_factory.mktemp("csv"), name)
    assert read(path, name, own, batch.schema) == batch.to_pylist()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(own=OPTIONS)
def test_python_reads_the_same_cells(
    own: CsvOptions, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = written(BATCH, own, tmp_path_factory.mktemp("csv")).read_bytes()
    assert data.startswith(b"\xef\xbb\xbf") == own.bom
    assert data.count(b"\r\n") == (9 if own.line_end == "crlf" else 0)
    text = data.decode("utf-8-sig")
    cells = list(csv.reader(io.StringIO(text, newline=""), delimiter=own.delimiter))
    assert cells[0] == BATCH.schema.names
    texts = [own.null if value is None else value for value in TEXTS]
    assert [row[2] for row in cells[1:]] == texts
    assert cells[2][:2] == [own.null, own.null]


def test_all_cells_but_nulls_are_quoted(tmp_path: Path) -> None:
    own = CsvOptions(null="NULL", delimiter=";", quote="all", line_end="crlf")
    lines = written(BATCH, own, tmp_path).read_bytes().split(b"\r\n")
    assert lines[0] == b'"n";"x";"t";"c"'
    assert lines[1] == b'"1";"0.5";"plain";"plain"'
    assert lines[2] == b"NULL;NULL;NULL;NULL"
    assert lines[4] == b'"4";"2";"NULL";"NULL"'


def test_other_formats_stay_as_they_are(tmp_path: Path) -> None:
    own = CsvOptions(null="NULL", delimiter=";", quote="all", bom=True)
    for name in ("tsv", "jsonl"):
        plain = written(BATCH, CsvOptions(), tmp_path, name).read_bytes()
        assert written(BATCH, own, tmp_path, name).read_bytes() == plain


def test_packed_csv_has_them_too(tmp_path: Path) -> None:
    own = CsvOptions(null="NA", bom=True)
    plain = written(BATCH, own, tmp_path).read_bytes()
    assert gzip.decompress(written(BATCH, own, tmp_path, "csv.gz").read_bytes()) == plain


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"delimiter": "#"}, "options.csv.delimiter"),
        ({"null": 'a"b'}, "options.csv.null"),
        ({"null": "-99"}, "options.csv.null"),
        ({"null": "true"}, "options.csv.null"),
        ({"null": None}, "options.csv.null"),
        ({"bom": 1}, "options.csv.bom"),
        ({"quote": []}, "options.csv.quote"),
        ({"nulls": "x"}, "options.csv.nulls"),
        ("all", "options.csv"),
    ],
)
def test_faults_of_a_request(given: object, path: str) -> None:
    request = JobRequest(kind="generate", document={}, options={"csv": given})
    assert [fault.path for fault in data_faults(request)] == [path]


def test_options_of_the_command_line() -> None:
    import typer

    given = ["null=NULL", "delimiter=tab", "bom=true", "line_end=crlf"]
    assert csv_options_of(given) == CsvOptions("NULL", "\t", bom=True, line_end="crlf")
    for wrong in ("delimiter", "delimiter=#", "nul=x", "bom=yes"):
        with pytest.raises(typer.BadParameter, match="--csv"):
            csv_options_of([wrong])
