"""Sources that are broken or made to do harm: each is refused in words, without a value of it."""

from __future__ import annotations

import gzip
import io
import random
import tempfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from app.engine.errors import SourceError
from app.engine.formats import FORMATS, FormatOptions
from app.engine.sources.limits import SourceLimits
from app.engine.sources.opening import open_source

SECRET = "Zaphod Beeblebrox"
SMALL = SourceLimits(
    file_bytes=1 << 20, unpacked_bytes=1 << 20, tables=3, columns=50, cells=10_000, cell_bytes=1000
)


def read(path: Path, limits: SourceLimits = SMALL) -> int:
    with open_source(path, limits=limits) as source:
        return sum(batch.num_rows for table in source.tables for batch in table.batches())


def zipped(*members: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def workbook(last_cell: str) -> bytes:
    sheet = (
        f'<worksheet><sheetData><row><c r="A1"/><c r="{last_cell}"/></row></sheetData></worksheet>'
    )
    return zipped(("xl/worksheets/sheet1.xml", sheet.encode()))


def open_document(columns: int, rows: int) -> bytes:
    row = (
        f'<table:table-row table:number-rows-repeated="{rows}"><table:table-cell '
        f'table:number-columns-repeated="{columns}" office:value="1"/></table:table-row>'
    )
    return zipped(("content.xml", row.encode()))


def parquet_bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    parquet.write_table(table, sink)
    return sink.getvalue().to_pybytes()


def arrow_bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as file:
        file.write_table(table)
    return sink.getvalue().to_pybytes()


def workbook_bytes(name: str, table: pa.Table) -> bytes:
    """A workbook as this project writes it."""
    with tempfile.TemporaryDirectory() as folder:
        path, part = Path(folder) / f"made.{name}", Path(folder) / "part"
        form, options = FORMATS[name], FormatOptions()
        assembler = form.assembler(path, "table", table.schema, options)
        for batch in table.to_batches():
            part.write_bytes(form.encode(batch, options))
            assembler.append(part)
        assembler.finish()
        return path.read_bytes()


REFUSED: dict[str, tuple[str, bytes, str]] = {
    "nothing": ("a.csv", b"", "empty"),
    "blanks": ("a.csv", b"\n \n\n", "empty"),
    "NUL bytes": ("a.csv", b"a,b\n1,\0\n" * 30, "NUL"),
    "NUL bytes far behind": ("a.csv", b"a,b\n" + b"1,2\n" * 20_000 + b"\0\n", "NUL"),
    "an image": ("a.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "NUL"),
    "two columns of a name": ("a.csv", b"a,b,a\n1,2,3\n", "columns 1 and 3"),
    "too many columns": ("a.csv", b",".join(b"c%d" % i for i in range(10_000)) + b"\n", "columns"),
    "a row too short": ("a.csv", f"a,b,c\n{SECRET},2\n".encode(), "line 2 has 2 cells"),
    "a row too long": ("a.csv", f"a,b\n1,2\n{SECRET},2,3\n".encode(), "line 3 has 3 cells"),
    "an endless quote": ("a.csv", b'a,b\n"' + SECRET.encode() + b"x,1\n" * 20_000, "quote"),
    "a long cell": ("a.csv", b"a,b\n1," + b"x" * 5000 + b"\n", "5,000 bytes"),
    "too many cells": ("a.csv", b"a,b\n" + b"1,2\n" * 6000, "cells"),
    "an unknown suffix": ("a.exe", b"MZ", ".exe"),
    "too large a file": ("a.csv", b"a,b\n" + b"1,2\n" * 300_000, "bytes are more"),
    "a gzip bomb": ("a.csv.gz", gzip.compress(b"0" * (5 << 20)), "unpacked"),
    "no gzip": ("a.csv.gz", b"a,b\n1,2\n", "broken"),
    "half a gzip": ("a.csv.gz", gzip.compress(random.Random(1).randbytes(9000))[:4000], "broken"),
    "a zip bomb": ("a.zip", zipped(("a.csv", b"0" * (5 << 20))), "unpacked"),
    "too many tables": ("a.zip", zipped(*((f"{i}.csv", b"a\n1\n") for i in range(4))), "tables"),
    "a zip of no tables": ("a.zip", zipped(("a.exe", b"")), "no table"),
    "a zip in a zip": ("a.zip", zipped(("b.zip", zipped(("a.csv", b"a\n1\n")))), "no table"),
    "no zip": ("a.zip", b"PK\3\4" + b"x" * 50, "broken"),
    "no JSON": ("a.jsonl", f'{{"a": 1}}\n{{"a": {SECRET}}}\n'.encode(), "line 2"),
    "JSON that is a list": ("a.jsonl", b"[1, 2]\n", "line 1 is no JSON object"),
    "deep JSON": ("a.jsonl", b'{"a":' + b"[" * 3000 + b"\n", "line 1"),
    "a long line of JSON": ("a.jsonl", b'{"a": "' + b"x" * 9000 + b'"}\n', "characters"),
    "JSON of too many keys": (
        "a.jsonl",
        b"".join(b'{"k%d": 1}\n' % i for i in range(200)),
        "columns",
    ),
    "no Parquet": ("a.parquet", b"PAR1" + b"x" * 90 + b"PAR1", "Parquet"),
    "no Arrow": ("a.arrow", b"ARROW1\0\0" + b"x" * 90, "Arrow"),
    "Parquet of too many cells": (
        "a.parquet",
        parquet_bytes(pa.table({"a": pa.array([0] * 20_000)})),
        "cells",
    ),
    "Parquet of binary alone": (
        "a.parquet",
        parquet_bytes(pa.table({"a": pa.array([b"\0\1"])})),
        "no columns",
    ),
    "no workbook": ("a.xlsx", b"x" * 50, "workbook"),
    "a workbook of nothing": ("a.xlsx", zipped(("a.xml", b"")), "workbook"),
    "a far cell": ("a.xlsx", workbook("XFD1048576"), "cells"),
    "cells that repeat": ("a.ods", open_document(16384, 1048576), "cells"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_in_words(name: str, tmp_path: Path) -> None:
    file, data, reason = REFUSED[name]
    path = tmp_path / file
    path.write_bytes(data)
    with pytest.raises(SourceError) as caught:
        read(path)
    assert reason in str(caught.value)
    assert SECRET not in str(caught.value)
    assert len(str(caught.value)) < 400


def broken(data: bytes, seed: int) -> bytes:
    """The file with some of its bytes changed, or its end cut off."""
    rng = random.Random(seed)
    if seed % 3 == 0:
        return data[: rng.randrange(1, len(data))]
    changed = bytearray(data)
    for _ in range(rng.randrange(1, 20)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def whole_files() -> dict[str, bytes]:
    table = pa.table({"id": list(range(50)), "name": [f"{SECRET} {i}" for i in range(50)]})
    csv = "id,name\n" + "".join(f'{i},"{SECRET}, {i}"\n' for i in range(50))
    lines = "".join(f'{{"id": {i}, "name": "{SECRET}"}}\n' for i in range(50))
    return {
        "a.csv": csv.encode(),
        "a.csv.gz": gzip.compress(csv.encode()),
        "a.jsonl": lines.encode(),
        "a.parquet": parquet_bytes(table),
        "a.arrow": arrow_bytes(table),
        "a.xlsx": workbook_bytes("xlsx", table),
        "a.ods": workbook_bytes("ods", table),
        "a.zip": zipped(("a.csv", csv.encode())),
    }


def test_names_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.arrow"
    path.write_bytes(arrow_bytes(pa.table({"xyzname": [1]})).replace(b"xyzname", b"xyz\xffame"))
    with pytest.raises(SourceError, match="broken one"):
        read(path)


@pytest.mark.parametrize("file", whole_files())
def test_broken_files_are_read_or_refused(file: str, tmp_path: Path) -> None:
    data = whole_files()[file]
    for seed in range(40):
        path = tmp_path / file
        path.write_bytes(broken(data, seed))
        assert SECRET not in _outcome(path)


def _outcome(path: Path) -> str:
    """How many rows were read, or why not; any other error fails the test."""
    try:
        return f"{read(path)} rows"
    except SourceError as error:
        return str(error)
