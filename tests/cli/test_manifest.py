"""`tablesmith verify-manifest` on the command line."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.engine.manifest import public_pem, signing_key, write_manifest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "result"
    folder.mkdir()
    (folder / "t.csv").write_bytes(b"x\n1\n")
    file = {"path": "t.csv", "bytes": 4, "sha256": hashlib.sha256(b"x\n1\n").hexdigest()}
    tables = [{"name": "t", "rows": 1, "files": [file]}]
    key = signing_key(tmp_path / "keys")
    write_manifest(folder, key, name="t", seed=1, definition={}, tables=tables)
    (tmp_path / "public.pem").write_bytes(public_pem(key.public_key()))
    return folder


def test_a_sound_result_gives_status_0(folder: Path) -> None:
    key = folder.parent / "public.pem"
    result = CliRunner().invoke(app, ["verify-manifest", str(folder), "--public-key", str(key)])
    assert result.exit_code == 0
    assert "as they were signed" in result.stdout


def test_a_changed_result_gives_status_1_and_names_the_file(folder: Path) -> None:
    (folder / "t.csv").write_bytes(b"x\n2\n")
    result = CliRunner().invoke(app, ["verify-manifest", str(folder)])
    assert result.exit_code == 1
    assert "t.csv was changed" in result.stderr


def test_problems_as_json(folder: Path) -> None:
    (folder / "t.csv").unlink()
    result = CliRunner().invoke(app, ["verify-manifest", str(folder), "--json"])
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "valid": False,
        "problems": ["t.csv is missing"],
        "unmet_facts": [],
    }


def test_a_key_that_is_not_there_gives_status_1(folder: Path) -> None:
    result = CliRunner().invoke(
        app, ["verify-manifest", str(folder), "--public-key", str(folder / "none.pem")]
    )
    assert result.exit_code == 1
    assert "none.pem" in result.stderr
