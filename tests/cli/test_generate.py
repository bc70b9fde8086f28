"""`generate`: where files go, what they hold, what is refused."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.cli.conftest import AT_FAULT, ONE_TABLE, TWO_TABLES, Run

Write = Callable[[str], Path]


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_writes_one_table_into_the_file_of_that_name(
    run: Run, write: Write, tmp_path: Path
) -> None:
    out = tmp_path / "made" / "out.csv"
    result = run("generate", write(ONE_TABLE), "-o", out, "--workers", 1)
    assert result.exit_code == 0, result.stderr
    made = rows(out)
    assert len(made) == 50
    assert list(made[0]) == ["id", "age", "city"]
    assert [each.name for each in out.parent.iterdir()] == ["out.csv"]


def test_suffix_says_the_format_and_rows_and_seed_can_be_told(
    run: Run, write: Write, tmp_path: Path
) -> None:
    out = tmp_path / "out.parquet"
    arguments = ("--rows", 12, "--seed", 3, "--workers", 1, "--json")
    result = run("generate", write(ONE_TABLE), "-o", out, *arguments)
    assert result.exit_code == 0, result.stderr
    assert pq.read_table(out).num_rows == 12
    said = json.loads(result.stdout)
    assert said["seed"] == 3
    file = said["tables"][0]["files"][0]
    assert file["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    assert file["bytes"] == out.stat().st_size


def test_reads_standard_input_and_gives_the_same_bytes(
    run: Run, write: Write, tmp_path: Path
) -> None:
    from_file, from_stdin = tmp_path / "a.csv", tmp_path / "b.csv"
    assert run("generate", write(ONE_TABLE), "-o", from_file, "--workers", 1).exit_code == 0
    result = run("generate", "-", "-o", from_stdin, "--workers", 2, stdin=ONE_TABLE)
    assert result.exit_code == 0, result.stderr
    assert from_file.read_bytes() == from_stdin.read_bytes()


def test_writes_several_tables_and_formats_into_a_folder(
    run: Run, write: Write, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    formats = ("--format", "csv", "--format", "jsonl", "--workers", 1)
    result = run("generate", write(TWO_TABLES), "-o", out, *formats)
    assert result.exit_code == 0, result.stderr
    names = {each.name for each in out.iterdir()}
    assert names == {"people.csv", "people.jsonl", "pets.csv", "pets.jsonl"}
    assert len(rows(out / "pets.csv")) == 30


@pytest.mark.parametrize(
    ("text", "out", "formats", "said"),
    [
        (TWO_TABLES, "out.csv", (), "2 tables need a folder"),
        (ONE_TABLE, "out.csv", ("parquet",), "the format asked for is parquet"),
        (ONE_TABLE, "out.csv", ("csv", "parquet"), "2 formats need a folder"),
        (ONE_TABLE, "out", ("sav",), "no format 'sav'"),
        (ONE_TABLE, "out.sav", (), "is no format"),
    ],
)
def test_refuses_a_destination_that_cannot_take_it(
    run: Run, write: Write, tmp_path: Path, text: str, out: str, formats: tuple[str, ...], said: str
) -> None:
    options = [part for name in formats for part in ("--format", name)]
    result = run("generate", write(text), "-o", tmp_path / out, *options)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert not (tmp_path / out).exists()


def test_a_definition_at_fault_leaves_nothing_behind(
    run: Run, write: Write, tmp_path: Path
) -> None:
    out = tmp_path / "made" / "out.csv"
    result = run("generate", write(AT_FAULT), "-o", out)
    assert result.exit_code == 2
    assert not out.parent.exists()


def test_an_unwritable_destination_is_said_before_any_work(
    run: Run, write: Write, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("a file, not a folder")
    result = run("generate", write(ONE_TABLE), "-o", blocked / "out.csv")
    assert result.exit_code == 1
    assert "file is no folder" in " ".join(result.stderr.split())


def test_a_report_says_what_the_files_hold(run: Run, write: Write, tmp_path: Path) -> None:
    definition = write(ONE_TABLE)
    out, page, data = tmp_path / "out.csv", tmp_path / "r.html", tmp_path / "r.json"
    made = run("generate", definition, "-o", out, "--report", page)
    assert made.exit_code == 0, made.output
    assert page.read_text().startswith("<!doctype html>")
    told = run("generate", definition, "-o", out, "--report", data, "--json")
    printed, report = json.loads(told.stdout), json.loads(data.read_text())
    assert sorted(map(str, report["facts"])) == sorted(map(str, printed["facts"]))
    digest = printed["tables"][0]["files"][0]["sha256"]
    assert report["tables"][0]["files"] == [{"format": "csv", "sha256": digest}]
    wrong = run("generate", definition, "-o", out, "--report", tmp_path / "r.docx")
    assert wrong.exit_code == 2 and ".html" in wrong.output
    beside = run("generate", definition, "-o", "-", "--report", page)
    assert beside.exit_code == 2 and "--report" in beside.output
