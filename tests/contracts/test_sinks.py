"""What every sink keeps to, whatever it writes to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.sinks.base import Attempt, Sink, SinkFile, Target
from app.sinks.failing import FailingSink
from app.sinks.local import LocalSink


@dataclass(frozen=True)
class Candidate:
    """A sink, a target that it takes, and a way to read back what arrived (None: it cannot)."""

    sink: Sink
    target: Target
    arrived: Callable[[], dict[str, bytes]] | None


def _local(folder: Path) -> Candidate:
    def arrived() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (folder / "out").iterdir()}

    return Candidate(LocalSink(folder), {"kind": "local", "folder": "out"}, arrived)


def _failing(_folder: Path) -> Candidate:
    return Candidate(FailingSink(), {"kind": "failing"}, None)


@pytest.fixture(params=[_local, _failing], ids=["local", "failing"])
def candidate(request: pytest.FixtureRequest, tmp_path: Path) -> Candidate:
    made: Candidate = request.param(tmp_path / "sink")
    return made


@pytest.fixture
def files(tmp_path: Path) -> list[SinkFile]:
    return [_file(tmp_path, "a.csv", b"x\n1\n"), _file(tmp_path, "b.csv", b"")]


def _file(folder: Path, name: str, content: bytes) -> SinkFile:
    path = folder / name
    path.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    return SinkFile(path, name, path.stem, "csv", len(content), digest)


def test_a_target_is_checked_without_touching_anything(
    candidate: Candidate, tmp_path: Path
) -> None:
    candidate.sink.check(candidate.target)
    assert not (tmp_path / "sink").exists()


def test_the_receipt_is_plain_json_and_names_every_file(
    candidate: Candidate, files: list[SinkFile]
) -> None:
    receipt = candidate.sink.deliver(files, candidate.target, None, Attempt("a/0"))
    assert json.loads(json.dumps(receipt)) == receipt
    assert [Path(entry["path"]).name for entry in receipt["files"]] == ["a.csv", "b.csv"]
    assert [entry["bytes"] for entry in receipt["files"]] == [4, 0]


def test_delivering_twice_leaves_the_same_as_once(
    candidate: Candidate, files: list[SinkFile]
) -> None:
    first = candidate.sink.deliver(files, candidate.target, None, Attempt("a/0"))
    assert candidate.sink.deliver(files, candidate.target, None, Attempt("a/0")) == first
    if candidate.arrived is not None:
        assert candidate.arrived() == {"a.csv": b"x\n1\n", "b.csv": b""}


def test_the_files_stay_where_they_were(candidate: Candidate, files: list[SinkFile]) -> None:
    candidate.sink.deliver(files, candidate.target, None, Attempt("a/0"))
    assert files[0].path.read_bytes() == b"x\n1\n"
