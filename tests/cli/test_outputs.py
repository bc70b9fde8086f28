"""Where commands write is looked at before they work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from sqlite3 import connect

import pytest

from tests.cli.conftest import ONE_TABLE, Run

Write = Callable[[str], Path]

COMMANDS = {
    "generate": ["generate", "IN", "-o", "made.csv", "--report", "nodir/r.html"],
    "generate into a file": ["generate", "IN", "-o", "file/made.csv"],
    "train": ["train", "IN", "-o", "nodir/m.tsm"],
    "synthesize": ["synthesize", "IN", "-o", "file/made.csv"],
    "evaluate": ["evaluate", "IN", "IN", "-o", "nodir/r.json"],
    "profile": ["profile", "IN", "-o", "nodir/s.yaml"],
    "import": ["import", "IN", "-o", "nodir/d.yaml"],
    "ddl": ["ddl", "IN", "--load", "nodir/l.sql"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_no_work_is_done_for_a_file_that_cannot_be_written(
    command: str, run: Run, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    definition = write(ONE_TABLE)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    before = sorted(tmp_path.iterdir())
    done = run(*(definition if each == "IN" else each for each in COMMANDS[command]))
    assert done.exit_code == 1 and done.stderr.startswith("error: "), done.output
    assert "cannot be written" in done.stderr
    assert sorted(tmp_path.iterdir()) == before


def test_a_report_may_stand_in_the_folder_that_is_made(
    run: Run, write: Write, tmp_path: Path
) -> None:
    out = tmp_path / "made" / "here"
    done = run("generate", write(ONE_TABLE), "-o", out, "--report", tmp_path / "made" / "r.json")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "made" / "r.json").is_file()


def test_draws_are_of_cells_that_are_filled(run: Run, tmp_path: Path) -> None:
    done = run("synthesize", tmp_path / "none.tsm", "-o", tmp_path / "a.csv", "--draw")
    assert done.exit_code == 2 and "--impute" in done.stderr


def test_several_tables_of_a_database_are_chosen_by_an_option(run: Run, tmp_path: Path) -> None:
    with connect(tmp_path / "shop.db") as database:
        database.executescript("CREATE TABLE a (x); CREATE TABLE b (x);")
    done = run("profile", f"sqlite:///{tmp_path / 'shop.db'}")
    assert done.exit_code == 1 and "2 tables: a, b" in done.stderr
    assert "--table NAME, which may be repeated" in done.stderr
