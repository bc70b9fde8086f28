"""`generate --manifest`: what is signed can be checked, and the facts are told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.engine.manifest import public_pem, signing_key, verify_manifest
from tests.cli.conftest import ONE_TABLE, TWO_TABLES, Run

Write = Callable[[str], Path]
FORMATS = ("--format", "csv", "--format", "parquet", "--workers", 1)


def test_the_folder_is_signed_and_the_facts_are_printed(
    run: Run, write: Write, tmp_path: Path
) -> None:
    out, keys = tmp_path / "out", tmp_path / "keys"
    signing = ("--manifest", "--key-dir", keys)
    result = run("generate", write(TWO_TABLES), "-o", out, *FORMATS, *signing)
    assert result.exit_code == 0, result.stderr
    assert verify_manifest(out, public_pem(signing_key(keys).public_key())) == []
    assert f"signed {out / 'manifest.json'}" in result.stdout
    told = [line.replace("│", " ").split() for line in result.stdout.splitlines()]
    assert ["pets", "rows", "30", "30", "yes"] in told
    assert result.stderr == ""


def test_facts_as_json_are_those_in_the_manifest(run: Run, write: Write, tmp_path: Path) -> None:
    out = tmp_path / "out"
    signing = ("--manifest", "--key-dir", tmp_path / "keys", "--escape-formulas", "--json")
    result = run("generate", write(ONE_TABLE), "-o", out, *FORMATS, *signing)
    assert result.exit_code == 0, result.stderr
    said = json.loads(result.stdout)
    manifest = json.loads((out / "manifest.json").read_bytes())
    assert said["manifest"] == str(out / "manifest.json")
    assert said["facts"] == manifest["facts"]
    assert all(fact["holds"] for fact in said["facts"])
    assert (manifest["name"], manifest["seed"]) == ("people", 7)


def test_the_key_is_kept_in_the_users_configuration(
    run: Run, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    result = run("generate", write(ONE_TABLE), "-o", tmp_path / "out", *FORMATS, "--manifest")
    assert result.exit_code == 0, result.stderr
    kept = tmp_path / "home" / ".config" / "tablesmith" / "keys"
    public = public_pem(signing_key(kept).public_key())
    assert (tmp_path / "out" / "manifest.json.pub").read_bytes() == public


def test_a_file_as_destination_is_refused(run: Run, write: Write, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    result = run("generate", write(ONE_TABLE), "-o", out, "--manifest")
    assert result.exit_code == 2
    assert "give -o a folder" in " ".join(result.stderr.replace("│", " ").split())
    assert not out.exists()


def test_files_of_others_in_the_folder_are_warned_of(
    run: Run, write: Write, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    signing = ("--manifest", "--key-dir", tmp_path / "keys")
    result = run("generate", write(ONE_TABLE), "-o", out, *FORMATS, *signing)
    assert result.exit_code == 0, result.stderr
    assert "not in the manifest: notes.txt" in result.stderr
    assert verify_manifest(out) == ["notes.txt is not in the manifest"]


def test_an_unusable_key_leaves_the_folder_as_it_was(
    run: Run, write: Write, tmp_path: Path
) -> None:
    keys, out = tmp_path / "keys", tmp_path / "out"
    keys.mkdir()
    (keys / "manifest-key.pem").write_text("no key")
    signing = ("--manifest", "--key-dir", keys)
    result = run("generate", write(ONE_TABLE), "-o", out, *FORMATS, *signing)
    assert result.exit_code == 1
    assert "holds no private key" in result.stderr
    assert list(out.iterdir()) == []


def test_a_manifest_says_the_day_from_which_the_same_bytes_come(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "clocked.yaml"
    path.write_text("n_samples: 200\nseed: 3\nfeatures: {x: {type: date_this_year}}")
    first = run(
        "generate", path, "-o", tmp_path / "one", "--manifest", "--key-dir", tmp_path / "keys"
    )
    assert first.exit_code == 0, first.stderr
    manifest = json.loads((tmp_path / "one" / "manifest.json").read_bytes())
    assert manifest["definition"]["today"]
    again = tmp_path / "again.json"
    again.write_text(json.dumps(manifest["definition"]))
    run("generate", again, "-o", tmp_path / "two.csv")
    (made,) = (tmp_path / "one").glob("*.csv")
    assert (tmp_path / "two.csv").read_bytes() == made.read_bytes()
