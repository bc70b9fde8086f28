"""The local sink: copies files to a folder of this machine, below one root only, where each tenant
has a folder of its own."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import ClassVar, Literal

from pydantic import BaseModel, Field, model_validator

from app.engine.formats import without_suffix
from app.sinks.base import (
    MANIFEST,
    DeliveryAttempt,
    Environment,
    Receipt,
    SinkFile,
    SinkKind,
    Target,
    TerminalSinkError,
    TransientSinkError,
)
from app.sinks.targets import TargetModel, read_target

# A full disk or quota may be cleared; anything else the system refuses stays refused.
_PASSING = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EAGAIN, errno.EMFILE, errno.ENFILE}


class LocalTarget(TargetModel):
    """Either `folder`, which takes every file under its own name, or `file`, which takes the one
    of its suffix; both are relative to the tenant's own folder below the root of the sink."""

    folder: str | None = Field(None, min_length=1, description="Folder for all files.")
    file: str | None = Field(
        None, min_length=1, description="Name of the one file of this suffix, instead."
    )
    if_exists: Literal["replace", "fail", "rename"] = Field(
        "replace",
        description="What to do where another file has the name: `replace`, `fail`, `rename` (the "
        "job's id is added to the name of the new one).",
    )

    @model_validator(mode="after")
    def _one_place(self) -> LocalTarget:
        if (self.folder is None) == (self.file is None):
            raise ValueError("give either folder or file, a path below the sink's root")
        return self


# Copies that were not written to for so long were left by a process that was killed.
_LEFT_SECONDS = 3600
_COPY = re.compile(r"\.[0-9a-f]{16}\.tmp")


@dataclass(frozen=True, slots=True)
class LocalSink:
    """Writes below `root`, into the folder of the tenant, and nowhere else."""

    credentials: ClassVar[type[BaseModel] | None] = None
    formats: ClassVar[tuple[str, ...] | None] = None
    foreign: ClassVar[bool] = False
    target: ClassVar[type[TargetModel]] = LocalTarget

    root: Path

    def check(self, target: Target) -> None:
        _relative(read_target(LocalTarget, target))

    def deliver(
        self,
        files: Sequence[SinkFile],
        target: Target,
        credentials: BaseModel | None,
        attempt: DeliveryAttempt,
    ) -> Receipt:
        wanted = read_target(LocalTarget, target)
        own = (self.root / attempt.tenant).resolve()
        place = _place(own, wanted)
        try:
            pairs = _pairs(wanted, place, files)
            if wanted.if_exists == "rename" and any(_taken(*pair) for pair in pairs):
                pairs = _pairs(wanted, _renamed(place, attempt), files)
            replace = wanted.if_exists == "replace"
            for folder in {goal.parent for _, goal in pairs}:
                _sweep(folder)
            for file, goal in pairs:
                attempt.go_on()
                if replace or not _kept(file, goal):
                    _copy(file, goal, replace=replace)
        except OSError as error:
            raise _refusal(error) from error
        return {
            "files": [
                {
                    "path": goal.relative_to(own).as_posix(),
                    "bytes": file.bytes,
                    "sha256": file.sha256,
                }
                for file, goal in pairs
            ]
        }


def _relative(target: LocalTarget) -> PurePosixPath:
    """The path that a target names. Raises TerminalSinkError where it could lead elsewhere."""
    text = target.folder or target.file or ""
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or "\0" in text or "\\" in text:
        raise TerminalSinkError(f"{text!r} does not lie below the sink's root")
    return path


def _place(own: Path, target: LocalTarget) -> Path:
    """The file or folder that a target names, which lies below the tenant's own folder."""
    path = _relative(target)
    try:
        place = (own / path).resolve()
    except (OSError, RuntimeError) as error:  # a circle of links
        raise TerminalSinkError(f"{str(path)!r} cannot be used as a path") from error
    if not place.is_relative_to(own):
        raise TerminalSinkError(f"{str(path)!r} leads out of the sink's root")
    return place


def _renamed(place: Path, attempt: DeliveryAttempt) -> Path:
    """A name that no other job has; the same at every attempt."""
    stem = without_suffix(place).name
    delivery = attempt.delivery.partition("/")[0]
    return place.with_name(f"{stem}-{delivery}{place.name[len(stem) :]}")


def _pairs(
    target: LocalTarget, place: Path, files: Sequence[SinkFile]
) -> list[tuple[SinkFile, Path]]:
    if target.folder is None:
        return [(_only(files, place), place)]
    return [(file, place / file.name) for file in files]


def _suffix(path: Path) -> str:
    """All of a format's suffix, such as `.csv.gz`, in lower case."""
    return path.name[len(without_suffix(path).name) :].lower()


def _only(files: Sequence[SinkFile], place: Path) -> SinkFile:
    """The one file that a target file of this name can hold."""
    suffix = _suffix(place)
    fitting = [file for file in files if _suffix(file.path) == suffix and file.format != MANIFEST]
    if len(fitting) != 1:
        names = ", ".join(file.name for file in files if file.format != MANIFEST)
        raise TerminalSinkError(
            f"{place.name!r} holds one {suffix or 'suffixless'} file and there are "
            f"{len(fitting)} (of {names}); give a folder"
        )
    return fitting[0]


def _kept(file: SinkFile, goal: Path) -> bool:
    """Whether this very file stands there already. Raises TerminalSinkError for another one."""
    if _taken(file, goal):
        raise TerminalSinkError(f"{goal.name!r} is there already, and if_exists is fail")
    return os.path.lexists(goal)


def _taken(file: SinkFile, goal: Path) -> bool:
    """Whether something else than this very file stands there."""
    if not os.path.lexists(goal):
        return False
    if not goal.is_file() or goal.stat().st_size != file.bytes:
        return True
    with goal.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() != file.sha256


def _copy(file: SinkFile, goal: Path, *, replace: bool) -> None:
    """Copy a whole file or none, and never through a link that stands at the goal."""
    goal.parent.mkdir(parents=True, exist_ok=True)
    # Two deliveries may write the same file at the same time, in one process or on two hosts.
    temporary = goal.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with file.path.open("rb") as source, temporary.open("wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
            copy.flush()
            os.fsync(copy.fileno())
        if replace:
            temporary.replace(goal)
        else:
            goal.hardlink_to(temporary)
    except FileExistsError:
        raise TransientSinkError(f"{goal.name!r} was written by another delivery") from None
    finally:
        temporary.unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """Remove the copies that killed deliveries left here."""
    if not folder.is_dir():
        return
    oldest = time.time() - _LEFT_SECONDS
    for path in folder.iterdir():
        if _COPY.fullmatch(path.name):
            with contextlib.suppress(FileNotFoundError):  # another delivery was quicker
                if path.lstat().st_mtime < oldest:
                    path.unlink()


def _refusal(error: OSError) -> TransientSinkError | TerminalSinkError:
    kind = TransientSinkError if error.errno in _PASSING else TerminalSinkError
    return kind(f"the file system refused: {error.strerror or error}")


def _make(environment: Environment) -> LocalSink | None:
    root = environment.local_root
    return None if root is None else LocalSink(root)


KIND = SinkKind(
    "local",
    "Folder of the service",
    LocalSink,
    _make,
    "TABLESMITH_LOCAL_SINK_ROOT, the folder below which it writes",
)
