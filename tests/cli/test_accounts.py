"""Accounts of files, and trainings that they pay for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.engine.synthesizers.model_file.files import load_model
from tests.cli.conftest import Run

PRIVACY = """\
algorithm: independent
bounds: {age: [18, 90]}
categories: {smokes: {labels: [yes, no], missing: false}}
drop: [id]
"""


@pytest.fixture
def people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A table in the folder where commands run, with what is declared of it."""
    monkeypatch.chdir(tmp_path)
    rows = [f"{row},{20 + row % 60},{'yes' if row % 3 else 'no'}" for row in range(200)]
    (tmp_path / "people.csv").write_text("\n".join(["id,age,smokes", *rows]) + "\n")
    (tmp_path / "privacy.yaml").write_text(PRIVACY)
    return Path("people.csv")


def account(run: Run, source: Path, *options: object) -> dict[str, Any]:
    result = run("account", source, *options, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_file_is_learned_for_as_much_as_its_account_has(run: Run, people: Path) -> None:
    train = ("train", people, "-o", "m.tsm", "--privacy", "privacy.yaml", "--epsilon", 1)
    refused = run(*train)
    assert (refused.exit_code, "no `epsilon_limit`" in refused.stderr) == (1, True)
    set_up = account(run, people, "--epsilon-limit", 1.2, "--policy", "dp_only")
    assert (set_up["policy"], set_up["spent"]["rho"]) == ("dp_only", 0)
    made = run(*train)
    assert made.exit_code == 0, made.output
    assert "learned with ε 1 (strong)" in made.stdout
    said = load_model(Path("m.tsm")).privacy
    assert said is not None and said.epsilon_spent <= 1
    people.rename("renamed.csv")
    found = account(run, Path("renamed.csv"))
    assert [each["kind"] for each in found["entries"]] == ["settings", "reserve", "begin", "commit"]
    assert found["entries"][-1]["transcript"] == said.transcript
    again = run("train", "renamed.csv", *train[2:], "--json")
    assert again.exit_code == 1
    assert json.loads(again.stdout)["type"] == "/problems/privacy-budget-exhausted"
    assert account(run, Path("renamed.csv")) == found
    assert "spent: ε 1.0000" in run("account", "renamed.csv").stdout


def test_what_does_not_go_together_is_refused(run: Run, people: Path) -> None:
    account(run, people, "--epsilon-limit", 1)
    command = ("train", people, "-o", "m.tsm")
    for options, status, message in (
        (("--epsilon", 1, "--seed", 3), 2, "--seed cannot be given"),
        (("--epsilon", 1, "--workers", 2), 2, "--workers cannot be given"),
        (("--epsilon", 1), 2, "nothing is declared of 3 columns"),
        (("--epsilon", 99, "--privacy", "privacy.yaml"), 2, "privacy.epsilon"),
        (("--privacy", "privacy.yaml"), 2, "privacy.epsilon"),
    ):
        result = run(*command, *options)
        assert (result.exit_code, message in result.stderr) == (status, True), result.output
    assert run("account", people, "--epsilon-limit", 99).exit_code == 2
    assert run("account", people, "--max-contributions", 2).exit_code == 1
    assert not Path("m.tsm").exists()
    assert len(account(run, people)["entries"]) == 1
