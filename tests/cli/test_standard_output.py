"""Tables on standard output, numbers as people write them, and what is said of both."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import ONE_TABLE, TWO_TABLES, Run

Write = Callable[[str], Path]
NO_ROWS = "seed: 1\nfeatures: {x: {type: bool}}\n"


def test_a_table_is_written_to_standard_output(run: Run, write: Write, tmp_path: Path) -> None:
    file = write(ONE_TABLE)
    result = run("generate", file, "-o", "-")
    assert result.exit_code == 0
    assert not Path("-").exists()
    out = tmp_path / "out.csv"
    assert run("generate", file, "-o", out).exit_code == 0
    assert result.stdout_bytes == out.read_bytes()
    assert result.stderr == "seed 7\n"


def test_a_format_can_be_asked_for(run: Run, write: Write) -> None:
    result = run("generate", write(ONE_TABLE), "-o", "-", "--format", "jsonl", "--rows", 3)
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [list(record) for record in records] == [["id", "age", "city"]] * 3


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        (TWO_TABLES, (), "takes one table"),
        (ONE_TABLE, ("--format", "csv", "--format", "tsv"), "takes one format"),
        (ONE_TABLE, ("--json",), "do not go together"),
        (ONE_TABLE, ("--manifest",), "do not go together"),
        (ONE_TABLE, ("--format", "docx"), "no format"),
    ],
)
def test_what_one_stream_cannot_hold_is_refused(
    run: Run, write: Write, text: str, options: tuple[str, ...], said: str
) -> None:
    result = run("generate", write(text), "-o", "-", *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in " ".join(result.stderr.replace("│", " ").split())


@pytest.mark.parametrize("rows", ["7", "0.7e1", "7_"])
def test_warnings_speak_of_the_rows_that_will_be_made(run: Run, write: Write, rows: str) -> None:
    file = write(NO_ROWS)
    given = run("generate", file, "-o", "-", "--rows", rows)
    assert given.stderr == "seed 1\n"
    assert len(given.stdout.splitlines()) == 8
    assert "1,000 are made" in run("generate", file, "-o", "-").stderr
    assert "are made" not in run("compile", file, "--rows", rows).stderr


def test_rows_of_children_are_still_assumed(run: Run, write: Write) -> None:
    text = """
        tables:
          a: {primary_key: id, features: {id: {type: id, format: sequence}}}
          b: {foreign_keys: {a: {references: a.id}}, features: {x: {type: bool}}}
    """
    assert run("validate", write(text)).stderr.count("1,000 are made") == 2
    result = run("compile", write(text), "--rows", 5)
    assert result.stderr.count("1,000 are made") == 1
    assert "for `b`" in result.stderr


@pytest.mark.parametrize("rows", ["1.5", "-3", "many", "1e400", "nan"])
def test_a_number_of_rows_is_a_whole_number(run: Run, write: Write, rows: str) -> None:
    result = run("generate", write(ONE_TABLE), "-o", "-", f"--rows={rows}")
    assert result.exit_code == 2
    assert "--rows" in result.stderr


def test_first_rows_in_a_format(run: Run, write: Write, tmp_path: Path) -> None:
    file = write(ONE_TABLE)
    result = run("preview", file, "--format", "csv", "--rows", 3)
    run("generate", file, "-o", tmp_path / "out.csv")
    first = (tmp_path / "out.csv").read_bytes().splitlines(keepends=True)[:4]
    assert result.stdout_bytes == b"".join(first)
    assert run("preview", write(TWO_TABLES), "--format", "csv").exit_code == 2
    assert run("preview", file, "--format", "xlsx").exit_code == 2


def test_a_missing_file_is_told_plainly(run: Run) -> None:
    result = run("generate", "/nowhere/at-all.yaml", "-o", "-")
    assert result.exit_code == 1
    assert result.stderr == "error: /nowhere/at-all.yaml: no such file or directory\n"


def test_the_version(run: Run) -> None:
    result = run("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("tablesmith")


def test_compile_prints_facts_and_effects(run: Run, write: Write) -> None:
    text = """
        n_samples: 500
        features: {a: {type: float, mean: 0, std: 1, correlation: positive, strength: 0.3}}
        target: {z: {type: bool, proportion: 0.4}}
    """
    said = run("compile", write(text)).stdout
    assert "fact: share of z=true: 0.4 declared, 0.4 reached" in said
    assert "effect: a on true: positive 0.3, correlation 0.300" in said
    assert "reachable: auc from " in said
