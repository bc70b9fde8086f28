"""The page on tables from models and its example say what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.engine.errors import DefinitionError
from app.engine.execution.preview import preview
from app.engine.plan.compiler import compile_plan
from app.engine.schema.load import load_definition
from app.engine.synthesizers.catalog import ModelFolder
from tests.test_docs import FENCE, blocks, text

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "from-model.md"
EXAMPLE = ROOT / "examples" / "telco"
RUN = CliRunner()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the model that the examples name."""
    found = tmp_path_factory.mktemp("telco")
    source = ROOT / "tests" / "data" / "sources" / "telco.csv"
    command = ["train", str(source), "-o", str(found / "telco.tsm"), "--target", "Churn"]
    result = RUN.invoke(app, [*command, "--seed", "1"])
    assert result.exit_code == 0, result.output
    return found


@pytest.mark.parametrize("definition", blocks("yaml learned"))
def test_every_definition_makes_rows(definition: str, folder: Path) -> None:
    loaded = load_definition(definition, models=ModelFolder(folder))
    shown = preview(compile_plan(loaded.definition, rows=1_000, seed=1), 5)
    assert len(shown) == 5


def test_faults_read_as_documented(folder: Path) -> None:
    shown = re.search(r"```yaml learned fault\n(.*?)```\n\n```\n(error: .*?)```", text(PAGE), re.S)
    assert shown
    with pytest.raises(DefinitionError) as caught:
        load_definition(shown[1], models=ModelFolder(folder))
    assert [f"error: {fault}" for fault in caught.value.faults] == shown[2].splitlines()


def test_the_example_holds_what_the_page_says_of_it(folder: Path) -> None:
    definition = text(EXAMPLE / "winback.yaml")
    (first, *_) = [match[2] for match in FENCE.finditer(text(PAGE)) if match[1] == "yaml learned"]
    models = ModelFolder(folder)
    shown, example = (
        load_definition(each, models=models).definition for each in (first, definition)
    )
    assert shown.tables["winback"].target == example.tables["winback"].target
    (folder / "winback.yaml").write_text(definition, encoding="utf-8")
    command = ["generate", str(folder / "winback.yaml"), "-o", str(folder / "out.csv")]
    result = RUN.invoke(app, [*command, "--strict"])
    assert result.exit_code == 0, result.output
    lines = text(folder / "out.csv").splitlines()
    assert len(lines) == 10_001
    assert sum(line.endswith(",Yes") for line in lines) == 4_000
    assert sum(",Electronic check," in line for line in lines) == 2_500
