"""The local sink: copies files to a folder of this machine, below one root only."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import ClassVar, Literal

from pydantic import BaseModel, Field, model_validator

from app.sinks.base import (
    MANIFEST,
    Attempt,
    Receipt,
    SinkFile,
    Target,
    TerminalSinkError,
    TransientSinkError,
)
from app.sinks.targets import TargetModel, read_target

# A full disk or quota may be cleared; anything else the system refuses stays refused.
_PASSING = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EAGAIN, errno.EMFILE, errno.ENFILE}


class LocalTarget(TargetModel):
    """Either `folder`, which takes every file under its own name, or `file`, which takes the one
    of its suffix; both are relative to the root of the sink."""

    folder: str | None = Field(None, min_length=1, description="Folder for all files.")
    file: str | None = Field(
        None, min_length=1, description="Name of the one file of this suffix, instead."
    )
    if_exists: Literal["replace", "fail"] = Field(
        "replace", description="What to do where another file has the name: `replace`, `fail`."
    )

    @model_validator(mode="after")
    def _one_place(self) -> LocalTarget:
        if (self.folder is None) == (self.file is None):
            raise ValueError("give either folder or file, a path below the sink's root")
        return self


@dataclass(frozen=True, slots=True)
class LocalSink:
    """Writes below `root` and nowhere else."""

    credentials: ClassVar[type[BaseModel] | None] = None
    formats: ClassVar[tuple[str, ...] | None] = None
    target: ClassVar[type[TargetModel]] = LocalTarget

    root: Path

    def check(self, target: Target) -> None:
        self._place(read_target(LocalTarget, target))

    def deliver(
        self,
        files: Sequence[SinkFile],
        target: Target,
        credentials: BaseModel | None,
        attempt: Attempt,
    ) -> Receipt:
        wanted = read_target(LocalTarget, target)
        place = self._place(wanted)
        pairs = _under(place, files) if wanted.folder else [(_only(files, place), place)]
        try:
            for file, goal in pairs:
                attempt.go_on()
                if not (wanted.if_exists == "fail" and _kept(file, goal)):
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

    def _place(self, target: LocalTarget) -> Path:
        """The file or folder that a target names, which lies below the root."""
        text = target.folder or target.file or ""
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
    fitting = [
        file for file in files if file.path.suffix.lower() == suffix and file.format != MANIFEST
    ]
    if len(fitting) != 1:
        names = ", ".join(file.name for file in files if file.format != MANIFEST)
        raise TerminalSinkError(
            f"{place.name!r} holds one {suffix or 'suffixless'} file and there are "
            f"{len(fitting)} (of {names}); give a folder"
        )
    return fitting[0]


def _under(folder: Path, files: Sequence[SinkFile]) -> list[tuple[SinkFile, Path]]:
    return [(file, folder / file.name) for file in files]


def _kept(file: SinkFile, goal: Path) -> bool:
    """Whether this very file stands there already. Raises TerminalSinkError for another one."""
    if not os.path.lexists(goal):
        return False
    if goal.is_file() and goal.stat().st_size == file.bytes:
        with goal.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() == file.sha256:
                return True
    raise TerminalSinkError(f"{goal.name!r} is there already, and if_exists is fail")


def _copy(file: SinkFile, goal: Path) -> None:
    """Copy a whole file or none, and never through a link that stands at the goal."""
    goal.parent.mkdir(parents=True, exist_ok=True)
    # Two deliveries may write the same file at the same time, in one process or on two hosts.
    temporary = goal.with_name(f".{secrets.token_hex(8)}.tmp")
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
