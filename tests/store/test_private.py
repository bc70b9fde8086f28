from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.store.private import make_private, make_private_file, tighten


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_made_is_private_whatever_the_umask(tmp_path: Path) -> None:
    make_private(tmp_path / "a" / "b")
    make_private_file(tmp_path / "a" / "file")
    assert _mode(tmp_path / "a") == _mode(tmp_path / "a" / "b") == 0o700
    assert _mode(tmp_path / "a" / "file") == 0o600


def test_an_existing_folder_is_tightened_and_links_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("")
    root = tmp_path / "root"
    (root / "jobs" / "x").mkdir(parents=True)
    (root / "jobs" / "x" / "plan").write_text("")
    (root / "link").symlink_to(outside)
    tighten(root)
    assert [_mode(path) for path in (root, root / "jobs", root / "jobs" / "x")] == [0o700] * 3
    assert _mode(root / "jobs" / "x" / "plan") == 0o600
    assert _mode(outside) == 0o666
    tighten(tmp_path / "nothing")
