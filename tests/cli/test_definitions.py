"""validate, compile, preview, schema: what they print and their exit status."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import yaml

from app.cli.faults import problem
from app.engine.errors import DefinitionError
from app.engine.schema.load import load_definition
from app.workers import worker_tasks
from tests.cli.conftest import AT_FAULT, ONE_TABLE, TWO_TABLES, Run

Write = Callable[[str], Path]


def test_validate_counts_what_a_sound_definition_has(run: Run, write: Write) -> None:
    result = run("validate", write(ONE_TABLE))
    assert result.exit_code == 0
    assert result.stdout == "valid: 1 table, 3 columns\n"


NAMED = f"name: town\n{TWO_TABLES}"


def test_json_is_what_the_service_answers(run: Run, write: Write) -> None:
    file = write(NAMED)
    answered = json.loads(worker_tasks.validate(NAMED.encode(), max_rows=1000))
    said = json.loads(run("validate", file, "--json").stdout)
    assert said == {key: answered[key] for key in said}
    assert answered.keys() == said.keys()
    shown = json.loads(run("preview", file, "--rows", 3, "--json").stdout)
    assert (
        shown["tables"]
        == json.loads(worker_tasks.preview(NAMED.encode(), 3, max_rows=1000))["tables"]
    )


@pytest.mark.parametrize("command", ["validate", "compile", "preview"])
def test_every_fault_is_told_on_standard_error_with_status_2(
    run: Run, write: Write, command: str
) -> None:
    result = run(command, write(AT_FAULT))
    assert result.exit_code == 2
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert [line for line in lines if line.startswith("error: line 3, ")]
    assert [line for line in lines if line.startswith("error: line 4, ")]


@pytest.mark.parametrize("command", ["validate", "compile", "preview"])
def test_json_prints_the_problem_document(run: Run, write: Write, command: str) -> None:
    result = run(command, write(AT_FAULT), "--json")
    assert result.exit_code == 2
    with pytest.raises(DefinitionError) as caught:
        load_definition(AT_FAULT)
    assert json.loads(result.stdout) == problem(caught.value)
    assert len(json.loads(result.stdout)["errors"]) == len(result.stderr.splitlines()) == 2


def test_a_file_that_is_not_there_is_told_with_status_1(run: Run, tmp_path: Path) -> None:
    result = run("validate", tmp_path / "nowhere.yaml")
    assert result.exit_code == 1
    assert "nowhere.yaml" in result.stderr


def test_preview_shows_the_rows_that_generate_begins_with(
    run: Run, write: Write, tmp_path: Path
) -> None:
    file = write(ONE_TABLE)
    shown = json.loads(run("preview", file, "--rows", 5, "--json").stdout)
    assert run("generate", file, "-o", tmp_path / "all.jsonl", "--workers", 1).exit_code == 0
    lines = (tmp_path / "all.jsonl").read_text(encoding="utf-8").splitlines()
    assert shown["tables"] == {"people": [json.loads(line) for line in lines[:5]]}
    assert shown["seed"] == 7


def test_preview_of_several_tables_shows_each_or_the_one_asked_for(run: Run, write: Write) -> None:
    file = write(TWO_TABLES)
    both = run("preview", file, "--rows", 2).stdout
    assert "age" in both
    assert "legs" in both
    one = json.loads(run("preview", file, "--rows", 2, "--table", "pets", "--json").stdout)
    assert [list(record) for record in one["tables"]["pets"]] == [["legs"], ["legs"]]
    assert list(one["tables"]) == ["pets"]
    unknown = run("preview", file, "--table", "cats")
    assert unknown.exit_code == 2
    assert "there are people, pets" in " ".join(unknown.stderr.split())


def test_schema_accepts_a_definition_and_refuses_another(run: Run) -> None:
    document = json.loads(run("schema", "--json").stdout)
    assert yaml.safe_load(run("schema").stdout) == document
    checker = jsonschema.Draft202012Validator(document)
    assert checker.is_valid(yaml.safe_load(ONE_TABLE))
    assert not checker.is_valid({"features": {"age": {"type": "int", "mini": 3}}})


def test_compile_shows_the_rules_of_a_target(run: Run, write: Write) -> None:
    text = ONE_TABLE.replace("[Rome, Oslo]", "{Rome: {correlation: positive}, Oslo: }")
    text += "target: {moved: {type: category, cats: {no: {proportion: 0.9}, yes: }}}\n"
    result = run("compile", write(text))
    assert result.exit_code == 0, result.stderr
    assert "P(moved = yes)" in result.stdout
    explained = json.loads(run("compile", write(text), "--json").stdout)
    assert {"rules", "else", "facts", "effects", "expected", "reachable", "text"} <= set(explained)
    assert result.stdout.startswith(explained["text"] + "\n")
