"""The local sink: copies files to a folder of this machine, below one root only."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from app.sinks.base import Receipt, SinkFile, Target, TerminalSinkError, TransientSinkError

# A full disk or quota may be cleared; anything else the system refuses stays refused.
_PASSING = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EAGAIN, errno.EMFILE, errno.ENFILE}


@dataclass(frozen=True, slots=True)
class LocalSink:
    """Targets: `{"kind": "local", "folder": "a/b"}` takes every file under its own name;
    `{"kind": "local", "file": "a/x.csv"}` takes the one file of that suffix. Both are relative
    to `root`."""

    root: Path

    def check(self, target: Target) -> None:
        self._place(target)

    def deliver(self, files: Sequence[SinkFile], target: Target) -> Receipt:
        place = self._place(target)
        pairs = [(_only(files, place), place)] if "file" in target else _under(place, files)
        try:
            for file, goal in pairs:
                _copy(file, goal)
        except OSError as error:
            raise _refusal(error) from error
        return {
            "files": [
                {
                    "path": goal.relative_to(self.root.resolve()).as_posix(),
                    "bytes": file.bytes,
                    "sha256": file.sha256,
                }
                for file, goal in pairs
            ]
        }

    def _place(self, target: Target) -> Path:
        """The file or folder that a target names, which lies below the root."""
        unknown = set(target) - {"kind", "folder", "file"}
        if unknown:
            raise TerminalSinkError(f"the local sink has no {min(unknown)!r}; give folder or file")
        given = [target[key] for key in ("folder", "file") if key in target]
        if len(given) != 1 or not isinstance(given[0], str) or not given[0]:
            raise TerminalSinkError("give either folder or file, a path below the sink's root")
        return self._below_root(given[0])

    def _below_root(self, text: str) -> Path:
        path = PurePosixPath(text)
        if path.is_absolute() or ".." in path.parts or "\0" in text or "\\" in text:
            raise TerminalSinkError(f"{text!r} does not lie below the sink's root")
        root = self.root.resolve()
        try:
            place = (root / path).resolve()
        except (OSError, RuntimeError) as error:  # a circle of links
            raise TerminalSinkError(f"{text!r} cannot be used as a path") from error
        if not place.is_relative_to(root):
            raise TerminalSinkError(f"{text!r} leads out of the sink's root")
        return place


def _only(files: Sequence[SinkFile], place: Path) -> SinkFile:
    """The one file that a target file of this name can hold."""
    suffix = place.suffix.lower()
    fitting = [file for file in files if file.path.suffix.lower() == suffix]
    if len(fitting) != 1:
        names = ", ".join(file.name for file in files)
        raise TerminalSinkError(
            f"{place.name!r} holds one {suffix or 'suffixless'} file and there are "
            f"{len(fitting)} (of {names}); give a folder"
        )
    return fitting[0]


def _under(folder: Path, files: Sequence[SinkFile]) -> list[tuple[SinkFile, Path]]:
    return [(file, folder / file.name) for file in files]


def _copy(file: SinkFile, goal: Path) -> None:
    """Copy a whole file or none, and never through a link that stands at the goal."""
    goal.parent.mkdir(parents=True, exist_ok=True)
    temporary = goal.with_name(f".{goal.name}.{os.getpid()}.tmp")
    try:
        with file.path.open("rb") as source, temporary.open("wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
            copy.flush()
            os.fsync(copy.fileno())
        temporary.replace(goal)
    finally:
        temporary.unlink(missing_ok=True)


def _refusal(error: OSError) -> TransientSinkError | TerminalSinkError:
    kind = TransientSinkError if error.errno in _PASSING else TerminalSinkError
    return kind(f"the file system refused: {error.strerror or error}")
