from __future__ import annotations

import errno
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from app.sinks.base import DeliveryAttempt, SinkFile, TerminalSinkError, TransientSinkError
from app.sinks.egress import EgressPolicy
from app.sinks.kinds.local import LocalSink
from app.sinks.registry import available_sinks


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


@pytest.fixture
def own(root: Path) -> Path:
    """The folder of the default tenant."""
    folder = root / "default"
    folder.mkdir()
    return folder


@pytest.fixture
def table(tmp_path: Path) -> SinkFile:
    path = tmp_path / "churn.csv"
    path.write_bytes(b"a\n")
    return SinkFile(path, "churn.csv", "churn", "csv", 2, "0" * 64)


@pytest.mark.parametrize(
    "target",
    [
        {"folder": "../outside"},
        {"folder": "a/../../outside"},
        {"folder": "/etc"},
        {"file": "..\\outside.csv"},
        {"file": "a\0.csv"},
        {"folder": ""},
        {"folder": 3},
        {},
        {"folder": "a", "file": "a.csv"},
        {"folder": "a", "bucket": "b"},
    ],
)
def test_targets_that_are_refused(root: Path, target: dict[str, Any]) -> None:
    with pytest.raises(TerminalSinkError):
        LocalSink(root).check({"kind": "local", **target})


def test_a_link_that_leads_out_of_the_root_is_refused(
    root: Path, own: Path, table: SinkFile
) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (own / "link").symlink_to(outside)
    with pytest.raises(TerminalSinkError, match="out of"):
        LocalSink(root).deliver(
            [table], {"kind": "local", "folder": "link/deeper"}, None, DeliveryAttempt("a/0")
        )
    assert list(outside.iterdir()) == []


def test_a_link_at_the_goal_is_replaced_and_not_followed(
    root: Path, own: Path, table: SinkFile
) -> None:
    victim = root.parent / "victim"
    victim.write_bytes(b"keep")
    (own / "churn.csv").symlink_to(victim)
    LocalSink(root).deliver([table], {"kind": "local", "folder": "."}, None, DeliveryAttempt("a/0"))
    assert victim.read_bytes() == b"keep"
    assert (own / "churn.csv").read_bytes() == b"a\n"


def test_a_target_file_takes_the_one_file_of_its_suffix(root: Path, table: SinkFile) -> None:
    other = SinkFile(table.path.with_suffix(".parquet"), "churn.parquet", "churn", "parquet", 1, "")
    receipt = LocalSink(root).deliver(
        [other, table], {"kind": "local", "file": "data/x.csv"}, None, DeliveryAttempt("a/0")
    )
    assert (root / "default" / "data" / "x.csv").read_bytes() == b"a\n"
    assert receipt["files"][0]["path"] == "data/x.csv"


def test_a_target_file_refuses_several_tables(root: Path, table: SinkFile) -> None:
    with pytest.raises(TerminalSinkError, match="there are 2"):
        LocalSink(root).deliver(
            [table, table], {"kind": "local", "file": "x.csv"}, None, DeliveryAttempt("a/0")
        )


@pytest.mark.parametrize(
    ("number", "kind"), [(errno.ENOSPC, TransientSinkError), (errno.EROFS, TerminalSinkError)]
)
def test_what_the_system_refuses_leaves_nothing_half_written(
    root: Path,
    table: SinkFile,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    kind: type[Exception],
) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(number, "refused")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(kind, match="refused"):
        LocalSink(root).deliver(
            [table], {"kind": "local", "folder": "data"}, None, DeliveryAttempt("a/0")
        )
    assert list((root / "default" / "data").iterdir()) == []


def test_there_is_no_local_sink_without_a_root(root: Path) -> None:
    assert "local" not in available_sinks(local_root=None, egress=EgressPolicy())
    assert "local" in available_sinks(local_root=root, egress=EgressPolicy())


def test_two_deliveries_to_one_file_leave_one_of_the_two(root: Path, tmp_path: Path) -> None:
    slow = tmp_path / "slow.csv"
    os.mkfifo(slow)
    quick = tmp_path / "quick.csv"
    quick.write_bytes(b"quick\n")
    sink, target = LocalSink(root), {"kind": "local", "file": "out.csv"}

    def deliver(path: Path) -> None:
        sink.deliver(
            [SinkFile(path, "t.csv", "t", "csv", 6, "0" * 64)], target, None, DeliveryAttempt("x")
        )

    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(deliver, slow)
        with slow.open("wb") as pipe:  # opens once the first one reads, before it has written
            pipe.write(b"slow ")
            pipe.flush()
            deliver(quick)
            assert (root / "default" / "out.csv").read_bytes() == b"quick\n"
            pipe.write(b"one\n")
        first.result()
    assert (root / "default" / "out.csv").read_bytes() == b"slow one\n"
    assert [path.name for path in (root / "default").iterdir()] == ["out.csv"]


def _file(folder: Path, text: bytes) -> SinkFile:
    folder.mkdir()
    (folder / "t.csv").write_bytes(text)
    digest = hashlib.sha256(text).hexdigest()
    return SinkFile(folder / "t.csv", "t.csv", "t", "csv", len(text), digest)


def test_each_tenant_has_a_folder_of_its_own(root: Path, tmp_path: Path) -> None:
    sink, target = LocalSink(root), {"kind": "local", "file": "x/t.csv"}
    for tenant in ("a", "b"):
        file = _file(tmp_path / tenant, tenant.encode())
        receipt = sink.deliver([file], target, None, DeliveryAttempt("1/0", tenant))
        assert receipt["files"][0]["path"] == "x/t.csv"
    for tenant in ("a", "b"):
        assert (root / tenant / "x" / "t.csv").read_bytes() == tenant.encode()
    (root / "a" / "link").symlink_to(root / "b")
    with pytest.raises(TerminalSinkError, match="out of"):
        sink.deliver([file], {**target, "file": "link/t.csv"}, None, DeliveryAttempt("2/0", "a"))


@pytest.mark.parametrize("place", [{"file": "x/t.csv"}, {"folder": "x"}])
def test_rename_leaves_the_files_of_other_jobs(
    root: Path, tmp_path: Path, place: dict[str, str]
) -> None:
    sink, target = LocalSink(root), {"kind": "local", "if_exists": "rename", **place}
    first, second = _file(tmp_path / "1", b"first"), _file(tmp_path / "2", b"other")
    paths = [
        sink.deliver([file], target, None, DeliveryAttempt(f"{job}/0"))["files"][0]["path"]
        for job, file in (("j1", first), ("j2", second), ("j2", second), ("j1", first))
    ]
    renamed = "x/t-j2.csv" if "file" in place else "x-j2/t.csv"
    assert paths == ["x/t.csv", renamed, renamed, "x/t.csv"]
    assert (root / "default" / "x" / "t.csv").read_bytes() == b"first"
    assert (root / "default" / renamed).read_bytes() == b"other"


def test_copies_that_a_killed_delivery_left_are_swept(
    root: Path, own: Path, table: SinkFile
) -> None:
    left, young = own / f".{'a' * 16}.tmp", own / f".{'b' * 16}.tmp"
    others = [own / name for name in (".notes.tmp", f"{'a' * 16}.tmp", f".{'A' * 16}.tmp")]
    for path in (left, young, *others):
        path.write_bytes(b"half")
    for path in (left, *others):
        os.utime(path, (0, 0))
    LocalSink(root).deliver([table], {"kind": "local", "folder": "."}, None, DeliveryAttempt("a/0"))
    assert not left.exists()
    assert all(path.exists() for path in (young, *others))
