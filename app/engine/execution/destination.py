"""Where tables are written: one path is a file for one table and a folder for several."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.engine.errors import FormatError
from app.engine.execution.results import Generated, GeneratedFile, GeneratedTable
from app.engine.formats import DEFAULT_FORMAT, FORMATS, format_of

if TYPE_CHECKING:
    from app.engine.execution.run import ProgressCallback
    from app.engine.formats import FormatOptions
    from app.engine.plan.plan import Plan


@dataclass(frozen=True)
class Destination:
    """Where the files go.

    Args:
        path: the file, or the folder of the files.
        is_file: whether `path` is the one file.
        formats: names of the formats to write.
    """

    path: Path
    is_file: bool
    formats: tuple[str, ...]

    @property
    def folder(self) -> Path:
        return self.path.parent if self.is_file else self.path


def resolve(out: Path, formats: Sequence[str], tables: int, output_file: str | None) -> Destination:
    """Read a path together with the formats asked for.

    Args:
        out: the path as given.
        formats: formats asked for; where there are none, the path's suffix says it, then the
            suffix of the definition's `output_file`, then CSV.
        tables: how many tables the definition has.
        output_file: the definition's own `output_file`.

    Raises:
        FormatError: an unknown format, or a path that cannot take what is to be written.
    """
    _check_names(formats)
    by_suffix = format_of(out)
    if tables == 1 and by_suffix and not out.is_dir():
        return _file(out, formats or [by_suffix])
    if tables == 1 and len(formats) == 1 and out.suffix and not out.is_dir():
        return _file(out, formats)
    if by_suffix and not out.is_dir():
        raise FormatError(f"{tables} tables need a folder, and {out} names a file")
    if out.is_file() or (out.suffix and not formats and not out.is_dir()):
        raise FormatError(
            f"the suffix of {out} is no format: name a format, or one of {_suffixes()}; a folder "
            "of such a name has to be there"
        )
    fallback = format_of(Path(output_file)) if output_file else None
    return Destination(out, False, tuple(formats) or (fallback or DEFAULT_FORMAT,))


def _suffixes() -> str:
    return ", ".join(f".{each.suffix}" for each in FORMATS.values())


def _check_names(formats: Sequence[str]) -> None:
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise FormatError(f"no format {unknown[0]!r}; there are {', '.join(FORMATS)}")


def _file(out: Path, formats: Sequence[str]) -> Destination:
    if len(formats) > 1:
        raise FormatError(f"{len(formats)} formats need a folder, and {out} names a file")
    by_suffix = format_of(out)
    if by_suffix and by_suffix != formats[0]:
        raise FormatError(f"{out} ends like {by_suffix}, and the format asked for is {formats[0]}")
    return Destination(out, True, tuple(formats))


@contextmanager
def staging(destination: Destination) -> Iterator[Path]:
    """A temporary folder on the destination's own file system, gone at the end.

    Files are made here and moved when they are complete: an interrupted run leaves what stood at
    the destination as it was, and never resumes from the parts of another run.
    """
    destination.folder.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".tablesmith-", dir=destination.folder))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def deliver(generated: Generated, destination: Destination) -> Generated:
    """Move finished files to their destination; the same with the paths where they stand now."""
    return Generated(tuple(_delivered(table, destination) for table in generated.tables))


def _delivered(table: GeneratedTable, destination: Destination) -> GeneratedTable:
    return replace(table, files=tuple(_moved(file, destination) for file in table.files))


def _moved(file: GeneratedFile, destination: Destination) -> GeneratedFile:
    place = destination.path if destination.is_file else destination.path / file.path.name
    file.path.replace(place)
    return replace(file, path=place)


def write_tables(
    plan: Plan,
    out: Path,
    formats: Sequence[str] = (),
    *,
    workers: int = 1,
    options: FormatOptions | None = None,
    progress: ProgressCallback | None = None,
) -> Generated:
    """Make every table of a plan and write it to a file or a folder, whole or not at all.

    Args:
        out: a file for one table, a folder for several or for several formats.
        formats: as for `resolve`.
        workers: processes that make blocks.
        progress: called in this thread after each block.

    Raises:
        FormatError: as `resolve`, or a format that cannot hold a table.
        GenerationError: a full disk, too little memory, workers that keep dying.
        OSError: where nothing can be written to `out`.
    """
    from app.engine.execution.run import run_generation

    target = resolve(out, formats, len(plan.tables), plan.output_file)
    with staging(target) as folder:
        generated = run_generation(
            plan, folder, target.formats, workers=workers, options=options, progress=progress
        )
        return deliver(generated, target)
