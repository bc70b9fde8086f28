"""What a shell offers while a command is typed."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from app.cli import app


@pytest.mark.parametrize(
    ("words", "wanted"),
    [("tablesmith gen", "generate"), ("tablesmith generate --ro", "--rows")],
)
def test_commands_and_options_are_completed(words: str, wanted: str) -> None:
    asked = {
        "_TABLESMITH_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    told = CliRunner().invoke(app, [], prog_name="tablesmith", env=asked)
    assert wanted in told.stdout.split()


def test_the_help_says_how_to_install_it() -> None:
    told = CliRunner().invoke(app, ["--help"])
    assert "--install-completion" in told.stdout and "--show-completion" in told.stdout
