"""Running the command line in this process, and small definitions to run it on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import app

ONE_TABLE = """\
name: people
seed: 7
n_samples: 50
features:
  id: {type: id, format: sequence}
  age: {type: int, min: 18, max: 90}
  city: {type: category, cats: [Rome, Oslo]}
"""

TWO_TABLES = """\
seed: 7
tables:
  people:
    n_samples: 20
    features:
      age: {type: int, min: 18, max: 90}
  pets:
    n_samples: 30
    features:
      legs: {type: int, min: 2, max: 4}
"""

AT_FAULT = """\
n_samples: 50
features:
  age: {type: int, min: 90, max: 18}
  city: {type: category, cats: [Rome, Oslo], uniqe: true}
"""

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """Run the command line with these arguments."""

    def invoke(*arguments: object, stdin: str | None = None) -> Result:
        return CliRunner().invoke(app, list(map(str, arguments)), input=stdin)

    return invoke


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Write a definition into a file."""

    def definition(text: str) -> Path:
        file = tmp_path / "people.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    return definition


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run where no `.env` of the developer is read."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def own_umask() -> Iterator[None]:
    """Commands that keep their files private do so for their process, here the tests' own."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)
