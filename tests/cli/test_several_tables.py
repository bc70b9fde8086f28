"""`train` of a folder of tables and `synthesize` into one."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow.csv
import pytest
from typer.testing import CliRunner

from app.cli import app
from app.engine.schema.yaml.write import write_yaml
from tests.engine.several_tables import DEFINITION, shop

RUN = CliRunner()


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    for name, table in shop().items():
        pyarrow.csv.write_csv(table, folder / f"{name}.csv")
    return folder


@pytest.fixture(scope="module")
def model(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    definition, out = folder / "synthesis.yaml", folder / "shop.tsm"
    document = {**DEFINITION, "synthesizer": {"name": "sequential", "max_rounds": 2}}
    definition.write_text(write_yaml(document), encoding="utf-8")
    command = ["train", str(source), "-o", str(out), "--definition", str(definition), "--seed", "4"]
    result = RUN.invoke(app, command)
    assert result.exit_code == 0, result.output
    assert "5 tables" in result.stdout and "seed 4" in result.stdout
    assert "items: " in result.stdout
    assert "drawn for the rows of orders, refers to products" in result.stdout
    assert "carriers: 2 rows, comes out unchanged" in result.stdout
    return out


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_tables_are_written_to_a_folder(model: Path, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = ["synthesize", str(model), "-o", str(out), "--rows", "50", "--seed", "1", "--json"]
    result = RUN.invoke(app, command)
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert said["rows"]["customers"] == 50 and len(said["files"]) == 5
    tables = {name: rows(out / f"{name}.csv") for name in shop()}
    assert {name: len(each) for name, each in tables.items()} == said["rows"]
    assert {each["order"] for each in tables["items"]} <= {
        each["number"] for each in tables["orders"]
    }
    assert {each["customer"] for each in tables["orders"]} - {""} <= {
        each["id"] for each in tables["customers"]
    }
    assert (out / "carriers.csv").read_text().split() == ["code,label", "dhl,Yellow", "ups,Brown"]


def test_only_a_number_of_rows_may_be_asked_for(model: Path, tmp_path: Path) -> None:
    given = tmp_path / "given.csv"
    given.write_text("a\n1\n")
    command = ["synthesize", str(model), "-o", str(tmp_path / "out"), "--given", str(given)]
    result = RUN.invoke(app, command)
    assert result.exit_code == 2 and "takes no --given" in result.output
    command = ["synthesize", str(model), "-o", str(tmp_path / "out")]
    for option in (["--licence", "CC0-1.0"], ["--card"]):
        result = RUN.invoke(app, [*command, *option])
        assert result.exit_code == 2 and f"takes no {option[0]}" in result.output
    result = RUN.invoke(app, ["synthesize", str(model), "-o", str(tmp_path / "out.csv")])
    assert result.exit_code == 2 and "5 tables need a folder" in result.output


def test_a_source_that_needs_a_definition_is_refused_with_what_it_needs(
    source: Path, tmp_path: Path
) -> None:
    result = RUN.invoke(app, ["train", str(source), "-o", str(tmp_path / "m.tsm")])
    assert result.exit_code == 2 and "original: true" in result.output
    assert not (tmp_path / "m.tsm").exists()
