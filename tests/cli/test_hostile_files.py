"""Whatever stands in a file, a command says in words what is wrong with it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from app.cli import app
from tests.cli.test_manifest import folder

__all__ = ["folder"]

FILE: dict[str, Any] = {"path": "t.csv", "bytes": 4, "sha256": "0" * 64}
PARTS = ("manifest.json", "manifest.json.sig", "manifest.json.pub")
DEEP = b'{"tables":' + b"[" * 200_000


def _manifest(**changes: Any) -> bytes:
    return json.dumps({"tables": [{"files": [{**FILE, **changes}]}]}).encode()


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def _told(result: Result, *statuses: int) -> None:
    assert result.exit_code in statuses, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\xff" * 100,
        b"[]",
        b"null",
        b'{"tables": 3}',
        DEEP,
        b'{"tables": [{"files": [{"path": "t.csv", "bytes": ' + b"9" * 5000 + b"}]}]}",
        _manifest(bytes="4"),
        _manifest(bytes=None),
        _manifest(bytes=4.5),
        _manifest(sha256=7),
        _manifest(path={"a": 1}),
        _manifest(path="a\nb\ud800"),
        _manifest(path="../../etc/passwd"),
    ],
)
def test_a_manifest_of_any_content_is_told_in_lines(folder: Path, content: bytes) -> None:
    (folder / "manifest.json").write_bytes(content)
    result = _run("verify-manifest", str(folder))
    _told(result, 1)
    assert all(line.startswith("error: ") for line in result.stderr.splitlines())


@pytest.mark.parametrize("part", PARTS)
def test_what_is_no_file_or_no_end_of_one_is_told(folder: Path, part: str) -> None:
    (folder / part).unlink()
    (folder / part).mkdir()
    _told(_run("verify-manifest", str(folder)), 1)
    (folder / part).rmdir()
    with (folder / part).open("wb") as file:
        file.truncate(1 << 40)
    result = _run("verify-manifest", str(folder))
    _told(result, 1)
    assert result.stderr


def test_keys_and_names_that_nobody_can_read_are_told(folder: Path) -> None:
    for key in ("/dev/zero", str(folder), str(folder / "none")):
        _told(_run("verify-manifest", str(folder), "--public-key", key), 1)
    Path(os.fsdecode(os.fsencode(folder) + b"/a\xff\nb")).write_bytes(b"")
    result = _run("verify-manifest", str(folder))
    _told(result, 1)
    assert len(result.stderr.splitlines()) == 1
    _told(_run("verify-manifest", str(folder / "nowhere")), 1)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(PARTS), st.binary(max_size=300))
def test_random_bytes_in_a_signed_folder_are_told(folder: Path, part: str, content: bytes) -> None:
    (folder / part).write_bytes(content)
    _told(_run("verify-manifest", str(folder)), 1)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(["validate", "compile", "preview", "generate"]), st.binary(max_size=200))
def test_random_bytes_as_a_definition_are_told(tmp_path: Path, command: str, data: bytes) -> None:
    file = tmp_path / "definition.yaml"
    file.write_bytes(data)
    out = ["-o", str(tmp_path / "out.csv")] if command == "generate" else []
    _told(_run(command, str(file), *out), 2)


@pytest.mark.parametrize("command", ["validate", "compile", "preview"])
def test_a_definition_without_an_end_or_of_no_file_is_told(tmp_path: Path, command: str) -> None:
    for file in ("/dev/zero", str(tmp_path), str(tmp_path / "none")):
        _told(_run(command, file), 1)
