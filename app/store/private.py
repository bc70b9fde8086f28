"""Folders and files that only the service's own user can read, whatever the umask."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import structlog

FOLDER_MODE = 0o700
FILE_MODE = 0o600
# Bits that a umask takes away from everybody but the owner.
UMASK = 0o077

log = structlog.get_logger(__name__)


def make_private(folder: Path) -> None:
    """Make a folder and those above it that are missing, for this user alone."""
    for missing in reversed([each for each in (folder, *folder.parents) if not each.exists()]):
        missing.mkdir(mode=FOLDER_MODE, exist_ok=True)


def make_private_file(file: Path) -> None:
    """Make an empty file for this user alone, unless there is one already; that is tightened."""
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE))
    except FileExistsError:
        tighten_file(file)


def tighten(root: Path) -> None:
    """Take from other users what they may do with a folder and all in it.

    A root that is private already is left as it is: nobody else gets at what lies below. The root
    comes last, so that a walk that was cut off is made again.
    """
    if not root.exists() or not _open_to_others(root):
        return
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            tighten_file(Path(folder, name))
    tighten_file(root)


def tighten_file(path: Path) -> None:
    """Take a file or folder from other users; one of another owner stays, with a warning."""
    try:
        if not path.is_symlink() and _open_to_others(path):
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~UMASK)
    except FileNotFoundError:
        pass
    except PermissionError:
        log.warning("open to other users, and not this user's own", path=str(path))


def _open_to_others(path: Path) -> bool:
    return bool(path.stat().st_mode & UMASK)
